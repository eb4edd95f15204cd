"""Talk: what goes to standard error while the work is done. Notes, warnings, a bar on a terminal."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from math import isnan

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from .._errors import GanglionWarning
from ..progress import Progress as Listener
from ..progress import Step
from ..report import _wording
from ._failures import in_options

UNKNOWN_WIDTH = 80  # of a terminal that does not tell


class Screen(Console):
    """A console that takes every text as it is, and leaves a closed pipe to whoever ends the program."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(
            file=sys.stderr if stderr else sys.stdout, markup=False, highlight=False, emoji=False
        )
        if self.width < 1:  # COLUMNS=0
            self.width = UNKNOWN_WIDTH

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
    def bar(self, title: str, total: int | None = None) -> Generator[Bar | None]:
        """Give a bar that fills up to `total` (without one it only moves); None where nobody would see it."""
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
            yield Bar(progress, progress.add_task(title, total=total, what=""))


class Bar:
    """A bar on a terminal: a listener that fills it by the steps it is told."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def __call__(self, step: Step, /) -> None:
        """Show one step of the whole."""
        self._progress.update(self._task, what=_words(step.message, step), completed=step.step)

    def sweeps(self) -> Listener:
        """Return a listener for the sweeps of chains, each of which is one step of the bar."""

        def listen(step: Step, /) -> None:
            self._progress.update(self._task, what=_sweep_words(step), completed=step.step)

        return listen

    def part(self, number: int, of: int) -> Listener:
        """Return a listener for the steps of one of several equal parts, counted from 1."""
        name = f"start {number} of {of}, " if of > 1 else ""

        def listen(step: Step, /) -> None:
            what = _words(f"{name}step {step.step}", step)
            self._progress.update(self._task, what=what, completed=number - 1)

        return listen


def _sweep_words(step: Step) -> str:
    """What one sweep of the chains says: its number, their log posterior, and how many clusters they have."""
    said = f"sweep {step.step}, log posterior {_wording.number(step.value, 5)}"
    return f"{said}, {step.message}" if step.message else said


def result_screen(labels: str | None, talk: Talk) -> Screen | None:
    """Where a result is printed: where the labels are the result ("-"), the rest is talk, and may not be wanted."""
    if labels != "-":
        return Screen()
    return None if talk.quiet else talk.screen


def _words(name: str, step: Step) -> str:
    """What one step says: its name and the objective."""
    return name if isnan(step.value) else f"{name}, WSS {_wording.number(step.value, 5)}"
