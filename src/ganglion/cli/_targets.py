"""Output files are looked at before the work starts: a run of an hour must not end in a wrong folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import click

from .._errors import ParameterError
from ..data.writing import DELIMITERS


@dataclass(frozen=True, kw_only=True)
class Targets:
    """What a command is to write.

    Attributes
    ----------
    labels, report, save : str or None
        Paths; labels may be "-", standard output.
    excel_safe : bool
        As in `write_labels`.
    """

    labels: str | None = None
    report: str | None = None
    save: str | None = None
    excel_safe: bool = True

    def files(self) -> dict[str, str]:
        """Return the paths by what they hold."""
        found = {"labels": self.labels, "report": self.report, "model": self.save}
        return {what: path for what, path in found.items() if path is not None}

    def check(self, *inputs: str, as_json: bool = False) -> None:
        """Refuse what could not be written.

        Raises
        ------
        ParameterError
            A folder that is missing or not writable, an input, one file twice, labels by another name than .csv.
        UsageError
            Two results for standard output.
        """
        if self.labels == "-" and as_json:
            raise click.UsageError("--json and --labels - both want standard output. Name a file.")
        _check_labels_name(self.labels)
        paths = {"--labels": self.labels, "--report": self.report, "--save": self.save}
        check_places(
            {option: path for option, path in paths.items() if path not in (None, "-")},
            [path for path in inputs if path != "-"],
        )


def check_places(targets: Mapping[str, str | None], inputs: list[str]) -> None:
    """Refuse targets (option to path) that could not be written, that are an input, or that are one another."""
    taken = {os.path.realpath(path): "what is read" for path in inputs}
    for option, path in targets.items():
        assert path is not None
        _check_place(option, path)
        real = os.path.realpath(path)
        twin = next((other for other in taken if _is_same(real, other)), None)
        if twin is not None:
            raise ParameterError(
                f"{option} must be a file of its own; {path!r} is {taken[twin]}. Name another file."
            )
        taken[real] = f"the file of {option} too"


def _check_labels_name(path: str | None) -> None:
    """Labels are CSV or TSV, and their name says so."""
    if path not in (None, "-") and os.path.splitext(path)[1].lower() not in DELIMITERS:
        raise ParameterError(
            f"--labels must end in .csv or .tsv; got {path!r}. Change the ending, or use - for standard output."
        )


def _check_place(option: str, path: str) -> None:
    """There is a folder that can be written to, and no folder in the file's place."""
    if os.path.isdir(path):
        raise ParameterError(f"{option} must name a file; {path!r} is a folder. Add a file name.")
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise ParameterError(
            f"The folder of {option} must exist; there is none at {folder!r}. Create it (mkdir -p)."
        )
    if not os.access(folder, os.W_OK):
        raise ParameterError(
            f"The folder of {option} must be writable; {folder!r} is not. Choose another one."
        )


def _is_same(real: str, other: str) -> bool:
    """Whether two paths are one file, also by a second name of it."""
    if real == other:
        return True
    return os.path.exists(real) and os.path.exists(other) and os.path.samefile(real, other)
