"""The page of a segmented image."""

from __future__ import annotations

import re

import numpy as np
import pytest

from ganglion.applications.images import segment_image
from ganglion.report.segments import segment_report


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def test_the_answer_stands_first():
    image = np.zeros((60, 90, 3), np.uint8)
    image[:, 60:] = (200, 30, 30)
    page = segment_report(segment_image(image, 2, random_state=0), seed=0)
    assert "2 segments" in page and "black (67\u00a0%), red (33\u00a0%)" in page
    assert page.count("<img") >= 5  # the image, its segments, borders, and two of them alone


def test_pictures_that_do_not_compress_still_fit():
    found = segment_image(noise(900, 1250), 12, n_superpixels=1000, smoothing=0, random_state=0)
    page = segment_report(found, seed=0)
    assert len(page.encode()) < 1_500_000


def test_many_segments_are_shown_in_part_and_listed_in_full():
    found = segment_image(noise(40, 40), 60, random_state=0)
    page = segment_report(found)
    shown = re.findall(r"Segment \d+, ", page)
    assert 0 < len(set(shown)) <= 24
    assert f"{len(found.segments) - 24} more are in the table" in page


def test_segments_in_many_places_are_a_doubt():
    board = np.indices((80, 80)).sum(axis=0) // 8 % 2 * 255
    found = segment_image(board.astype(np.uint8), 2, position=0, random_state=0)
    assert found.coherence < 0.5
    assert "colours that occur in many places" in segment_report(found)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1)])
def test_odd_shapes_have_pages(shape):
    found = segment_image(np.zeros(shape, np.uint8), 1, random_state=0)
    assert "1 segment" in segment_report(found)


def test_the_choice_of_the_number_is_shown():
    image = noise(60, 90) // 12
    image[:, 30:60] += np.array([200, 30, 30], np.uint8)
    image[:, 60:] += 230
    found = segment_image(image, random_state=0)
    assert found.choice.reason in segment_report(found).replace("&#39;", "'")
