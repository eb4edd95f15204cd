"""Ctrl-C sent to a real process in the middle of long work."""

import signal
import subprocess
import sys
import time

TRIES = 6


def interrupt_soon(script, after, *, within=0.5, before="", environment=None):
    """Run a script, interrupt it, see that it ends soon and well; returns the lines that it printed.

    The script prints "ready" where it would catch an interrupt, right before its long work, and when it has caught it
    a line with `before` and the time. A busy machine keeps any process waiting: what the work itself needs shows in
    the quickest of six tries, farther and farther apart. All else must hold in each.
    """
    took = []
    while len(took) < TRIES:
        time.sleep(len(took))  # what keeps a machine busy passes
        sent, out = _interrupted(script, after, environment)
        lines = out.splitlines()
        line = next(line for line in lines if line.startswith(before))
        took.append(float(line.removeprefix(before).split()[0]) - sent)
        if took[-1] < within:
            return lines
    raise AssertionError(f"ended after {', '.join(f'{seconds:.2f}' for seconds in took)} s")


def _interrupted(script, after, environment):
    """Run the script once: when it was interrupted, and what it printed."""
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as child:
        try:
            assert child.stdout.readline() == "ready\n", child.stderr.read()
            time.sleep(after)
            sent = time.monotonic()
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=300)
        finally:
            child.kill()
    assert child.returncode == 0 and err == "", err
    return sent, out


def ends_soon_and_whole(script):
    """Run a script that says "whole" where it is left between two whole steps, and interrupt it."""
    assert interrupt_soon(script, 0.6)[-1].endswith("whole")
