"""The line that `verbose` shows: epoch, loss, metric, learning rate, time left."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import Any, TextIO


@dataclass
class ProgressLine:
    """Writes a line after each epoch to the standard error; in a terminal always the same one."""

    name: str
    n_epochs: int
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    _begun: float = field(default_factory=time.monotonic)
    _first: int = 0
    _width: int = 0

    def __call__(self, epoch: Any) -> None:
        """Show one epoch."""
        self._first = self._first or epoch.epoch
        made = epoch.epoch - self._first + 1
        spent = time.monotonic() - self._begun
        left = spent / made * (self.n_epochs - epoch.epoch)
        parts = [f"{self.name}: epoch {epoch.epoch}/{self.n_epochs}", f"loss {epoch.loss:.6g}"]
        if epoch.validation_loss is not None:
            parts.append(f"validation loss {epoch.validation_loss:.6g}")
        if epoch.metric is not None:
            parts.append(f"metric {epoch.metric:.6g}")
        if epoch.learning_rate == epoch.learning_rate:
            parts.append(f"rate {epoch.learning_rate:.3g}")
        parts.append(f"{duration(left)} left")
        self._write("  ".join(parts))

    def finish(self, why: str) -> None:
        """Say why it is over, and leave the line."""
        spent = duration(time.monotonic() - self._begun)
        self._write(f"{self.name}: stopped by {why} after {spent}")
        if self.stream.isatty():
            self.stream.write("\n")
        self.stream.flush()

    def _write(self, text: str) -> None:
        if self.stream.isatty():
            self.stream.write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self.stream.write(text + "\n")
        self.stream.flush()


def duration(seconds: float) -> str:
    """Return a time as a person reads it: 0.4 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
