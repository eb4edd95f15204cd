"""Ctrl-C sent to a real process in the middle of a training."""

import signal
import subprocess
import sys
import time


def ends_soon_and_whole(script):
    """Run a script, interrupt it, and see that it ends within half a second with a state between two whole steps.

    The script prints "ready" before its long work, the time when it has caught the interrupt, and "whole".
    """
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout.readline() == "ready\n", child.stderr.read()
            time.sleep(0.6)
            sent = time.monotonic()
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=60)
        finally:
            child.kill()
    assert child.returncode == 0, err
    returned, whole = out.split()
    assert float(returned) - sent < 0.5
    assert whole == "whole" and err == ""
