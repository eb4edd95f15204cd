"""Ctrl-C sent to a real process in the middle of long work."""

import math
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
            _let_work(child, after)
            sent = time.monotonic()
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=300)
        finally:
            child.kill()
    assert (child.returncode, err) == (0, "")
    return sent, out


def _let_work(child, seconds):
    """Wait until the process is about as far as it comes in so many seconds on a machine that is not busy.

    A signal that meets it while it imports what the work needs is none in the middle of the work.
    """
    begin, worked = time.monotonic(), _processor_time(child)
    time.sleep(seconds)
    while _processor_time(child) - worked < seconds / 2 and time.monotonic() < begin + 60:
        time.sleep(0.01)


def _processor_time(child):
    """Seconds of all threads of the process; infinitely many where it has ended, or the system does not say."""
    try:
        return time.clock_gettime((~child.pid << 3) | 2)  # as clock_getcpuclockid makes it on Linux
    except OSError:
        return math.inf


def ends_soon_and_whole(script):
    """Run a script that says "whole" where it is left between two whole steps, and interrupt it."""
    assert interrupt_soon(script, 0.6)[-1].endswith("whole")
