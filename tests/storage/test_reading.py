"""What reading asks of the system, and what the system may answer."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ganglion._errors import MemoryPlanError, ModelFileError
from ganglion.storage import State, inspect, load, read_state, write_state


@pytest.fixture
def small(tmp_path):
    write_state(tmp_path / "small", State("KMeans", {"k": 2}, {}))
    return tmp_path / "small"


@pytest.mark.parametrize("read", [load, inspect, read_state])
def test_what_the_system_cannot_open_is_its_own_error(tmp_path, read):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "missing")
    with pytest.raises(IsADirectoryError):
        read(tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(OSError, match="symbolic links"):
        read(tmp_path / "loop")


@contextlib.contextmanager
def without_privileges():
    """Be nobody for a while, if the tests run as root, whom no permission stops."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_without_read_permission_is_a_permission_error(small):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "a"
        path.write_bytes(small.read_bytes())
        path.chmod(0)
        with without_privileges(), pytest.raises(PermissionError):
            load(path)


def test_a_symbolic_link_is_followed(small, tmp_path):
    (tmp_path / "link").symlink_to(small)
    assert read_state(tmp_path / "link").kind == "KMeans"


def test_a_pipe_or_a_device_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(ModelFileError, match="must be a regular file"):
            read_state(path)


def test_a_file_larger_than_the_memory_is_a_memory_error(tmp_path):
    path = tmp_path / "a"
    write_state(path, State("KMeans", {}, {}))
    with path.open("r+b") as file:
        file.truncate(2**43)
    with pytest.raises(MemoryPlanError, match=r"8796093\d+ bytes are not available"):
        read_state(path)


READ_WATCHED = """
import sys
from ganglion.storage import read_state
read_state(sys.argv[1])
seen = []
sys.addaudithook(lambda event, arguments: seen.append(event))
read_state(sys.argv[1])
print(sorted(set(seen)))
"""


def test_reading_opens_the_file_and_does_nothing_else(small):
    command = [sys.executable, "-c", READ_WATCHED, str(small)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['open']"
