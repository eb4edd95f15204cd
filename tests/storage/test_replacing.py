"""A file is written whole or not at all: through full disks, signals, kills and rivals."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from ganglion._errors import ParameterError
from ganglion.storage import State, read_state, replace_file, write_state


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def python(script: str, *arguments: object, before: tuple[str, ...] = ()) -> list[str]:
    return [*before, sys.executable, "-c", script, *map(str, arguments)]


@pytest.mark.parametrize("data", [b"", b"abc", [b"a", b"", b"bc"], [memoryview(b"abc")]])
def test_the_bytes_given_are_the_bytes_written(tmp_path, data):
    replace_file(tmp_path / "a", data)
    assert (tmp_path / "a").read_bytes() == (b"" if data == b"" else b"abc")
    assert os.listdir(tmp_path) == ["a"]


def test_large_pieces_and_other_item_types_are_written_whole(tmp_path):
    numbers = np.arange(3_000_000, dtype=np.float64)
    replace_file(str(tmp_path / "a"), [numbers.data, b"end"])
    assert (tmp_path / "a").read_bytes() == numbers.tobytes() + b"end"


def test_a_new_file_gets_what_the_umask_leaves(tmp_path):
    before = os.umask(0o027)
    try:
        replace_file(tmp_path / "a", b"new")
    finally:
        os.umask(before)
    assert mode(tmp_path / "a") == 0o640


@pytest.mark.parametrize("permissions", [0o600, 0o644, 0o666, 0o755])
def test_an_existing_file_keeps_its_permissions_and_owner(tmp_path, permissions):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    if os.geteuid() == 0:
        os.chown(path, 1234, 4321)
    path.chmod(permissions)
    before = path.stat()
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert mode(path) == permissions
    assert (path.stat().st_uid, path.stat().st_gid) == (before.st_uid, before.st_gid)


def test_a_private_file_is_private_while_it_is_written(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o600)

    def content():
        yield b"secret"
        (temporary,) = tmp_path.glob(".ganglion-*.tmp")
        assert mode(temporary) == 0o600

    replace_file(path, content())


def test_a_symbolic_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "there").mkdir()
    target = tmp_path / "there" / "target"
    link = tmp_path / "link"
    link.symlink_to(target)
    for content in (b"first", b"second"):
        replace_file(link, content)
        assert link.is_symlink()
        assert target.read_bytes() == content


def test_a_directory_is_refused(tmp_path):
    with pytest.raises(IsADirectoryError):
        replace_file(tmp_path, b"x")
    with pytest.raises(FileNotFoundError):
        replace_file(f"{tmp_path}/missing/", b"x")
    with pytest.raises(FileNotFoundError):
        replace_file("", b"x")
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "missing" / "a", b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_or_a_device_is_refused_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    message = "must name a regular file; .* is a device, a pipe or a socket"
    with pytest.raises(ParameterError, match=message):
        replace_file(pipe, b"x")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(ParameterError, match=message):
            replace_file(pipe, b"x")
    finally:
        os.close(reader)
    with pytest.raises(ParameterError, match=message):
        replace_file("/dev/null", b"x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


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


def test_a_read_only_file_or_directory_is_refused():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a").write_bytes(b"old")
        (folder / "a").chmod(0o444)
        folder.chmod(0o777)
        with without_privileges(), pytest.raises(PermissionError):
            replace_file(folder / "a", b"new")
        folder.chmod(0o555)
        with without_privileges(), pytest.raises(PermissionError):
            replace_file(folder / "b", b"new")
        folder.chmod(0o755)
        assert (folder / "a").read_bytes() == b"old"
        assert os.listdir(folder) == ["a"]


def test_a_directory_that_may_be_written_but_not_read_is_fine():
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o733)
        with without_privileges():
            replace_file(Path(name) / "a", b"new")
        Path(name).chmod(0o755)
        assert (Path(name) / "a").read_bytes() == b"new"


def test_content_that_fails_halfway_leaves_the_old_file(tmp_path):
    def content():
        yield b"x" * 10_000_000
        raise RuntimeError("no more")

    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(RuntimeError, match="no more"):
        replace_file(tmp_path / "a", content())
    with pytest.raises(TypeError):
        replace_file(tmp_path / "a", ["text"])
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_ctrl_c_leaves_the_old_file(tmp_path):
    def content():
        yield b"x" * 10_000
        os.kill(os.getpid(), signal.SIGINT)
        yield b"y" * 10_000

    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        replace_file(tmp_path / "a", content())
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


FILL = """
import errno, os, resource, sys
from ganglion.storage import replace_file
path, limit = sys.argv[1], int(sys.argv[2])
replace_file(path, b"old")
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
for size in (70_000, 5_000_000):
    try:
        replace_file(path, [b"x" * size])
    except OSError as error:
        print(errno.errorcode[error.errno])
    print(open(path, "rb").read().decode(), os.listdir(os.path.dirname(path)))
"""
MOUNTED = ("unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=64k none "$0" && exec "$@"')


def can_mount(folder: Path) -> bool:
    """Whether a small disk can be mounted here, seen by one process only."""
    try:
        return not subprocess.run([*MOUNTED, folder, "true"], capture_output=True).returncode
    except FileNotFoundError:
        return False


def test_a_full_disk_leaves_the_old_file(tmp_path):
    kinds = [("EFBIG", python(FILL, tmp_path / "a", 65536))]
    if can_mount(tmp_path):
        disk = (*MOUNTED, str(tmp_path))
        kinds.append(("ENOSPC", python(FILL, tmp_path / "a", 0, before=disk)))
    for name, command in kinds:
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.stdout.splitlines() == [name, "old ['a']"] * 2, done.stderr


SAVE_FOREVER = """
import sys
import numpy as np
from ganglion.storage import State, write_state
path, fill = sys.argv[1], float(sys.argv[2])
print("started", flush=True)
while True:
    write_state(path, State("Sample", {"fill": fill}, {"a": np.full(200_000, fill)}))
"""


def is_whole(state: State) -> bool:
    fill = state.parameters["fill"]
    return bool(np.all(state.arrays["a"] == fill)) and len(state.arrays["a"]) == 200_000


@contextlib.contextmanager
def saving(path: Path, fill: float):
    """Save to `path` again and again in another process, until it is killed."""
    command = python(SAVE_FOREVER, path, fill)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"started\n"
            yield process
        finally:
            process.kill()


def test_a_process_killed_while_saving_leaves_a_whole_file(tmp_path):
    path = tmp_path / "model"
    chance = random.Random(0)
    left = 0
    for round_ in range(12):
        with saving(path, float(round_)):
            while not path.exists():
                time.sleep(0.001)
            time.sleep(chance.uniform(0.0, 0.05))
        assert is_whole(read_state(path))
        left += len(os.listdir(tmp_path)) - 1
    write_state(path, State("Sample", {}, {}))
    assert os.listdir(tmp_path) == ["model"]
    assert left <= 12  # each round removes what the one before left


def test_what_a_killed_process_left_is_removed_but_not_what_is_being_written(tmp_path):
    abandoned = tmp_path / ".ganglion-0123456789abcdef.tmp"
    abandoned.write_bytes(b"half")
    not_ours = tmp_path / ".ganglion-notes.tmp"
    not_ours.write_bytes(b"keep")

    def slow():
        yield b"slow"
        assert not abandoned.exists()
        replace_file(tmp_path / "fast", b"fast")
        yield b"ly"

    replace_file(tmp_path / "slow", slow())
    assert sorted(os.listdir(tmp_path)) == [".ganglion-notes.tmp", "fast", "slow"]
    assert (tmp_path / "slow").read_bytes() == b"slowly"


def test_two_processes_saving_at_once_leave_one_whole_file(tmp_path):
    path = tmp_path / "model"
    seen = set()
    with saving(path, 1.0), saving(path, 2.0):
        begin = time.monotonic()
        while seen != {1.0, 2.0} or time.monotonic() < begin + 2:
            assert time.monotonic() < begin + 300
            if path.exists():
                state = read_state(path)
                assert is_whole(state)
                seen.add(state.parameters["fill"])
    write_state(path, State("Sample", {}, {}))
    assert os.listdir(tmp_path) == ["model"]


def test_threads_saving_at_once_leave_one_whole_file(tmp_path):
    path = tmp_path / "a"
    contents = [bytes([65 + i]) * 100_000 for i in range(8)]
    failures = []

    def write(content: bytes) -> None:
        try:
            for _ in range(15):
                replace_file(path, content)
        except OSError as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert path.read_bytes() in contents
    assert os.listdir(tmp_path) == ["a"]
