"""The news of the Lee study, as the package gensim brings them: 300 documents, and 50 that people compared."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest


def _folder():
    """Where the files lie; gensim itself is never imported."""
    found = importlib.util.find_spec("gensim")
    if found is None or found.origin is None:
        if os.environ.get("GANGLION_REQUIRE_PEERS") == "1":
            pytest.fail("gensim is part of the peers extra")
        pytest.skip("gensim brings the news")
    return Path(found.origin).parent / "test" / "test_data"


def background():
    """300 documents, one a line, UTF-8."""
    return _folder() / "lee_background.cor"


def compared():
    """50 documents, one a line, in an older encoding."""
    return _folder() / "lee.cor"


def judged():
    """How alike people found each pair of the 50 (Lee, Pincombe and Welsh 2005): from 0 to 1."""
    half = np.loadtxt(_folder() / "similarities0-1.txt")
    return np.triu(half, 1) + np.triu(half, 1).T
