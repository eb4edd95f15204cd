"""`ganglion segment` as a user runs it."""

from __future__ import annotations

import io
import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image as Pillow

from ganglion.data import png_bytes


@pytest.fixture
def flag(tmp_path):
    """Three stripes of 30 x 60 pixels."""
    colors = np.array([[200, 30, 30], [240, 240, 240], [20, 40, 160]], np.uint8)
    path = tmp_path / "flag.png"
    path.write_bytes(png_bytes(np.repeat(np.repeat(colors, 20, axis=0)[:, None], 60, axis=1)))
    return path


def pictures(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_palette_is_printed(call, flag):
    done = call("segment", flag, "-k", 3)
    assert done.exit_code == 0
    assert (
        "flag.png: 60 x 60 pixels in 3 segments, which account for 100.0 % of the spread of colours"
        in done.stdout
    )
    for words in ("#c81e1e   red", "#f0f0f0   white", "#1428a0   dark blue", "33.3 %"):
        assert words in done.stdout
    assert "no picture was written" in done.stderr


def test_the_number_is_found(call, flag):
    done = call("segment", flag, "--json")
    answer = json.loads(done.stdout)
    assert answer["k"] == 3 and answer["reason"] is None
    assert answer["notes"] == ["its number of colours is 3, and each is a segment"]


def test_the_number_is_found_among_noise(call, flag, tmp_path):
    stripes = np.asarray(Pillow.open(flag)).astype(float)
    noise = np.random.default_rng(0).normal(0, 6, stripes.shape)
    (tmp_path / "noisy.png").write_bytes(png_bytes((stripes + noise).clip(0, 255).astype(np.uint8)))
    answer = json.loads(call("segment", "noisy.png", "--json").stdout)
    assert answer["k"] == 3 and answer["reason"]


def test_pictures_show_the_segments(call, flag, tmp_path):
    done = call("segment", flag, "-k", 3, "--out", "made", "--json")
    assert done.exit_code == 0
    made = pictures(tmp_path / "made")
    assert set(made) == {
        *(f"mask-{label}.png" for label in range(3)),
        "overlay.jpg",
        "palette.json",
        "palette.png",
        "segmented.png",
    }
    image = np.asarray(Pillow.open(flag))
    segmented = Pillow.open(io.BytesIO(made["segmented.png"]))
    assert segmented.mode == "P"  # the numbers of the segments are in it
    assert np.abs(np.asarray(segmented.convert("RGB")).astype(int) - image).max() <= 1
    labels = np.asarray(segmented)
    for label in range(3):
        mask = Pillow.open(io.BytesIO(made[f"mask-{label}.png"]))
        assert mask.mode == "1" and np.array_equal(np.asarray(mask), labels == label)
    assert Pillow.open(io.BytesIO(made["overlay.jpg"])).size == (60, 60)
    colors = json.loads(made["palette.json"])["colors"]
    answer = json.loads(done.stdout)
    assert [c["color"] for c in colors] == [s["color"] for s in answer["segments"]]
    assert answer["files"]["segmented"] == "made/segmented.png"


def test_the_same_seed_writes_the_same_bytes(call, flag, tmp_path):
    for name in ("one", "two"):
        assert (
            call("segment", flag, "--seed", 4, "--out", name, "--report", f"{name}.html").exit_code
            == 0
        )
    assert pictures(tmp_path / "one") == pictures(tmp_path / "two")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_an_image_may_come_through_a_pipe(call, flag):
    done = call("segment", "-", "-k", 2, "--json", input=flag.read_bytes())
    assert done.exit_code == 0 and json.loads(done.stdout)["source"] == "-"


def test_the_page_tells_how_to_make_it_again(call, flag, tmp_path):
    done = call("segment", flag, "-k", 3, "--position", "0.5", "--report", "page.html")
    assert done.exit_code == 0 and "report: page.html" in done.stderr
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert f"ganglion segment {flag} -k 3 --position 0.5" in page
    assert len(page.encode()) < 1_500_000


def test_what_was_decided_while_reading_is_said(call, tmp_path):
    Pillow.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    done = call("segment", "clear.png")
    assert done.exit_code == 0
    assert "clear.png: its transparent pixels are laid over white" in done.stderr


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"GIF89a" + bytes(30), "is a GIF file"),
        (b"\xff\xd8\xff\xe0 broken", "begins as JPEG and cannot be decoded"),
        (b"\x89PNG\r\n\x1a\n", "begins as PNG and cannot be decoded"),
    ],
)
def test_a_file_that_is_no_image_is_one_line_and_exit_code_1(call, tmp_path, content, what):
    (tmp_path / "photo.jpg").write_bytes(content)
    done = call("segment", "photo.jpg", "--out", "made")
    assert done.exit_code == 1 and done.stdout == ""
    assert what in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "made").exists()


def test_an_enormous_header_is_refused_at_once(call, tmp_path):
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    data = (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )
    data += struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    (tmp_path / "bomb.png").write_bytes(data)
    done = call("segment", "bomb.png")
    assert done.exit_code == 1
    assert (
        "100,000 x 100,000 = 10,000,000,000 pixels" in done.stderr and "--max-pixels" in done.stderr
    )


def test_no_number_is_an_answer_with_an_exit_code_of_its_own(call, tmp_path):
    # Grey noise without any groups.
    noise = np.random.default_rng(0).normal(128, 20, (60, 60)).clip(0, 255).astype(np.uint8)
    (tmp_path / "noise.png").write_bytes(png_bytes(noise))
    done = call("segment", "noise.png", "--position", 0, "--out", "made")
    assert done.exit_code in (0, 3)
    if done.exit_code == 3:
        assert (
            done.stderr.startswith("No answer: No number of segments stands out")
            and "(-k)" in done.stderr
        )
        assert not (tmp_path / "made").exists()
    else:
        assert "1 segment" in done.stdout


def test_an_image_that_is_not_there_is_called_so(call):
    done = call("segment", "missing.png")
    assert done.exit_code == 1
    assert done.stderr == (
        "Error: The file must exist; there is none at 'missing.png'. Check the path.\n"
    )


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("-k", "0"), "-k"),
        (("-k", "300"), "-k must be an integer from 1 to 256"),
        (("--position", "-1"), "--position"),
        (("--superpixels", "0"), "--superpixels"),
        (("--max-k", "1000"), "--max-k"),
    ],
)
def test_parameters_out_of_range_are_told_in_options(call, flag, options, what):
    done = call("segment", flag, *options)
    assert done.exit_code in (1, 2) and what in done.stderr


def test_more_segments_than_pixels_are_told_in_options(call, tmp_path):
    Pillow.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    done = call("segment", "dot.png", "-k", 2)
    assert done.exit_code == 1 and "-k=2 and 1 regions in 1 pixels" in done.stderr
    assert call("segment", "dot.png").exit_code == 0


def test_places_are_looked_at_before_the_work(call, flag, tmp_path):
    (tmp_path / "taken").write_text("a file")
    done = call("segment", flag, "--out", "taken")
    assert done.exit_code == 1 and "is a file" in done.stderr
    done = call("segment", flag, "--report", "no/such/folder.html")
    assert done.exit_code == 1 and "must exist" in done.stderr
    done = call("segment", flag, "--report", flag)
    assert done.exit_code == 1 and "what is read" in done.stderr


def test_a_hostile_name_moves_no_cursor(call, tmp_path):
    path = tmp_path / "a\x1b[31m<b>.png"
    Pillow.new("RGB", (4, 4)).save(path, "PNG")
    done = call("segment", path, "--report", "page.html")
    assert done.exit_code == 0 and "\x1b" not in done.stdout + done.stderr
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<b>.png" not in page and "\x1b" not in page
