"""Talk: what goes to standard error while the work is done. Notes, warnings, a bar on a terminal."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from .._errors import GanglionWarning
from ..progress import Progress as Listener, Step
from ..report import _wording
from ._failures import in_options


class Screen(Console):
    """A console that takes every text as it is, and leaves a closed pipe to whoever ends the program."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(
            file=sys.stderr if stderr else sys.stdout, markup=False, highlight=False, emoji=False
        )

    def on_broken_pipe(self) -> None:
        """Let the error through."""
        raise


def clean(text: str, limit: int = 600) -> str:
    """Return text from a file for a terminal: no control characters, which could move its cursor or rename it."""
    return _wording.visible(text, limit).replace("\n", "␊").replace("\t", " ")


class Talk:
    """Everything that is said beside the result.

    Parameters
    ----------
    quiet : bool
        Say nothing but errors.
    """

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.screen = Screen(stderr=True)
        self._said: set[str] = set()

    def note(self, text: str) -> None:
        """Say one thing, once."""
        if self.quiet or text in self._said:
            return
        self._said.add(text)
        line = Text("note: ", style="dim").append(clean(in_options(text)), style="default not dim")
        self.screen.print(line, soft_wrap=True)

    def wrote(self, what: str, path: str) -> None:
        """Say where a file is."""
        if not self.quiet:
            line = Text(f"{what}: ", style="dim").append(clean(path), style="bold not dim")
            self.screen.print(line, soft_wrap=True)

    @contextmanager
    def listening(self) -> Generator[None]:
        """Turn the library's warnings into notes."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", GanglionWarning)
            try:
                yield
            finally:
                for warning in caught:
                    if issubclass(warning.category, GanglionWarning):
                        self.note(str(warning.message))

    @contextmanager
    def bar(self, title: str, total: int | None = None) -> Generator[Listener | None]:
        """Give a listener that moves a bar; None where nobody would see it.

        With a `total` the listener is told parts of it by `advance` in the steps' numbers; without, the bar only shows
        that something goes on.
        """
        if self.quiet or not self.screen.is_terminal:
            yield None
            return
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[what]}", markup=False, style="dim"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.screen, transient=True) as progress:
            task = progress.add_task(title, total=total, what="")

            def listen(step: Step, /) -> None:
                what = _words(step)
                if total is None:
                    progress.update(task, what=what)
                else:
                    progress.update(task, what=what, completed=step.step)

            yield listen


def _words(step: Step) -> str:
    """What one step says: its message and the objective."""
    value = "" if step.value != step.value else f"WSS {_wording.number(step.value, 5)}"
    parts = (step.message, value) if step.task == "choose k" else (f"step {step.step}", value, step.message)
    return ", ".join(part for part in parts if part)
