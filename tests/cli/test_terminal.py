"""On a real terminal: a bar while the work goes on, colours where they are wanted, nothing left behind."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).parent / "ganglion"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
ANY_CODE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def on_a_terminal(tmp_path):
    """Run the command with a terminal as its output; return all that the terminal was sent."""

    def run(*words, **environment):
        controller, terminal = pty.openpty()
        process = subprocess.Popen(
            [str(PROGRAM), *map(str, words)],
            cwd=tmp_path,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", **environment},
        )
        os.close(terminal)
        sent = b""
        while True:
            try:
                piece = os.read(controller, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            sent += piece
        os.close(controller)
        assert process.wait(timeout=300) == 0, sent
        return sent.decode()

    return run


@pytest.fixture
def plain(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)


def test_bars_say_what_goes_on_and_disappear(on_a_terminal, groups, plain):
    sent = on_a_terminal("cluster", groups, "--report", "r.html")
    for title in ("reading", "how many clusters?", "k-means", "once more, for the replay"):
        assert title in sent
    left = ANY_CODE.sub("", sent).replace("\r", "").splitlines()
    assert left[-1].startswith("The rules give"), "nothing is drawn behind the result"
    assert "\x1b[?25h" in sent, "the cursor is shown again"


def test_quiet_draws_no_bar(on_a_terminal, groups, plain):
    sent = on_a_terminal("cluster", groups, "--quiet")
    assert "reading" not in sent
    assert "\x1b[?25l" not in sent


def test_colours_can_be_turned_off(on_a_terminal, groups, plain):
    def colours(sent):
        return set(re.findall(r"\x1b\[(?:1;)?(3[0-7]|38;[0-9;]+)m", sent))

    assert colours(on_a_terminal("choose-k", groups, "-q"))
    assert colours(on_a_terminal("choose-k", groups, "-q", NO_COLOR="1")) == set()
    assert COLOUR.search(on_a_terminal("choose-k", groups, "-q", TERM="dumb")) is None


def test_a_pipe_gets_no_codes_at_all(ganglion, groups):
    done = ganglion("cluster", groups)
    assert ANY_CODE.search(done.stdout + done.stderr) is None


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_tables_fit_the_terminal(on_a_terminal, penguins, plain, columns):
    sent = on_a_terminal("cluster", penguins, "-k", "3", "-q", COLUMNS=str(columns))
    lines = [line.rstrip("\r") for line in ANY_CODE.sub("", sent).split("\n")]
    tables = [line for line in lines[2:] if not line.startswith(("WSS ", "The rules give"))]
    assert [line for line in tables if len(line) > columns] == []
