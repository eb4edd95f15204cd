"""How a run ends when it does not end well: Ctrl-C, kill, closed pipes, full disks. No file is half-written."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from interrupting import TRIES

PROGRAM = Path(sys.executable).parent / "ganglion"
OUTPUTS = ("--report", "out/r.html", "--labels", "out/l.csv", "--save", "out/m.model")


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A table whose clustering takes long: no structure, many rows, many clusters."""
    path = tmp_path_factory.mktemp("large").resolve() / "large.csv"
    block = np.random.default_rng(0).normal(size=(50_000, 8))
    lines = "\n".join(",".join(f"{value:.3f}" for value in row) for row in block) + "\n"
    path.write_text("a,b,c,d,e,f,g,h\n" + lines * 6)
    return path


def started(large, folder, *words):
    """Start a run that would take long, its outputs in a folder where older ones stand."""
    (folder / "out").mkdir(exist_ok=True)
    for name in ("r.html", "l.csv", "m.model"):
        (folder / "out" / name).write_text("old")
    return subprocess.Popen(
        [PROGRAM, "cluster", large, "-k", "200", "--n-init", "50", "--tol", "0", *OUTPUTS, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def has_begun_to_read(process, path):
    """Wait until the process has the file open: how long it takes to start is the machine's affair."""
    opened = Path(f"/proc/{process.pid}/fd")
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError):  # a file that was closed meanwhile
            if any(os.readlink(entry) == str(path) for entry in opened.iterdir()):
                return True
        time.sleep(0.001)
    return False


def nothing_was_written(folder):
    """Whether the old outputs are there as they were, and nothing else is."""
    found = {path.name: path.read_text() for path in (folder / "out").iterdir()}
    return found == {"r.html": "old", "l.csv": "old", "m.model": "old"}


# While the table is read, and while it is clustered; the moments between in the long run.
@pytest.mark.parametrize(
    "after", [0.0, 1.5, *(pytest.param(after, marks=pytest.mark.heavy) for after in (0.5, 3.5))]
)
def test_ctrl_c_ends_within_a_second_with_130_and_leaves_the_old_files(large, tmp_path, after):
    took = []
    while len(took) < TRIES and min(took, default=1.0) >= 1.0:
        time.sleep(len(took))  # what keeps a machine busy passes
        process = started(large, tmp_path)
        assert has_begun_to_read(process, large)
        time.sleep(after)
        assert process.poll() is None, "the run was to take longer"
        asked = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=300)
        took.append(time.monotonic() - asked)
        assert process.returncode == 130
        assert (out, err.count("Interrupted")) == ("", 1)
        assert "Traceback" not in err
        assert nothing_was_written(tmp_path)
    assert min(took) < 1.0


@pytest.mark.parametrize("after", [0.0, pytest.param(0.5, marks=pytest.mark.heavy), 2.5])
def test_being_terminated_ends_with_143_and_leaves_the_old_files(large, tmp_path, after):
    process = started(large, tmp_path)
    assert has_begun_to_read(process, large)
    time.sleep(after)
    process.terminate()
    out, err = process.communicate(timeout=300)
    assert process.returncode == 143
    assert (out, "Traceback" in err) == ("", False)
    assert nothing_was_written(tmp_path)


@pytest.mark.parametrize("words", [(), ("--json",), ("--labels", "-")])
def test_a_reader_who_goes_away_gets_no_traceback(groups, tmp_path, words):
    command = [str(PROGRAM), "cluster", str(groups), "-k", "3", "-q", *words]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_the_first_line_can_be_taken_from_a_pipe(groups, tmp_path):
    line = f"{PROGRAM} cluster {groups} -k 3 -q | head -n 1"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.startswith("groups.csv: 60 rows")
    assert done.stderr == ""


def test_files_are_there_although_nobody_reads_the_result(groups, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    command = [PROGRAM, "cluster", groups, "-k", "3", "--save", "m.model", "--labels", "l.csv"]
    subprocess.run(command, stdout=writing, stderr=subprocess.DEVNULL, cwd=tmp_path)
    os.close(writing)
    assert (tmp_path / "l.csv").stat().st_size > 500
    assert (tmp_path / "m.model").exists()


def test_a_full_disk_behind_standard_output_is_an_error(groups, tmp_path):
    with open("/dev/full", "w") as full:
        command = [PROGRAM, "cluster", groups, "-k", "3", "-q"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "Error: The system refused: No space left on device.\n"


@pytest.mark.parametrize("option", ["--report r.html", "--labels l.csv", "--save m.model"])
def test_a_disk_that_is_full_leaves_the_old_file_and_says_so_in_one_line(groups, tmp_path, option):
    # the system's cap on the size of a file stands for the full disk: the same write fails in the same place
    word, name = option.split()
    (tmp_path / name).write_text("old")

    def cap():
        resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    command = [PROGRAM, "cluster", groups, "-k", "3", "-q", word, name]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, preexec_fn=cap)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"{name!r} does not: File too large. Nothing was changed there." in line
    assert (tmp_path / name).read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == sorted([groups.name, name])


def test_an_ascii_terminal_gets_what_it_can_show(ganglion, tmp_path):
    (tmp_path / "t.csv").write_text("größe,b\n1.5,1\n2.5,2\n9.5,8\n9.75,9\n", encoding="utf-8")
    done = ganglion("choose-k", "t.csv", "--max-k", "4", env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert "###" in done.stdout
    done = ganglion("cluster", "t.csv", "-k", "2", env={"PYTHONIOENCODING": "ascii"})
    assert "gr\\xf6\\xdfe" in done.stdout
