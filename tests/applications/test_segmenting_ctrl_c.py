"""Ctrl-C in the middle of a large image."""

from __future__ import annotations

import pytest

from interrupting import ends_soon_and_whole

SCRIPT = """
import time
import numpy as np
from ganglion.applications.colors import lab_planes
from ganglion.applications.superpixels import superpixels

planes = lab_planes(np.random.default_rng(0).integers(0, 256, (2000, 3000, 3)).astype(np.uint8))
try:
    print("ready", flush=True)
    while True:
        superpixels(planes, 5000)
except KeyboardInterrupt:
    print(time.monotonic())
print("whole")
"""


@pytest.mark.alone
def test_ctrl_c_ends_superpixels_at_once():
    ends_soon_and_whole(SCRIPT)
