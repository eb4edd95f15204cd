"""NAME=VALUE on the command line: numbers, arrays, files of numbers."""

from __future__ import annotations

import json
import os
import warnings
from typing import Any

import click
import numpy as np

from .._errors import DataError

SUFFIXES = (".csv", ".json", ".npy")
LARGEST_FILE = 1 << 28  # bytes


def assignments(
    ctx: click.Context, param: click.Parameter, words: tuple[str, ...]
) -> dict[str, Any]:
    """Return the values by name."""
    found: dict[str, Any] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name.isidentifier():
            raise click.BadParameter(
                f"an input is NAME=VALUE, such as x=-2; got {word!r}.", ctx, param
            )
        if name in found:
            raise click.BadParameter(f"{name!r} is given twice. Give each input once.", ctx, param)
        found[name] = (
            _from_file(name, value[1:])
            if value.startswith("@")
            else _number(ctx, param, name, value)
        )
    return found


def _number(ctx: click.Context, param: click.Parameter, name: str, value: str) -> Any:
    """Return a number, or an array of numbers."""
    try:
        return float(value)
    except ValueError:
        pass
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise click.BadParameter(
            f"the value of {name} is a number, an array such as '[1,2]', or @FILE; got {value!r}.",
            ctx,
            param,
        )
    return found  # pyright: ignore[reportUnknownVariableType]


def _from_file(name: str, path: str) -> Any:
    """Return the numbers of a file; the system's own errors pass."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in SUFFIXES:
        raise DataError(
            f"The file of {name} must end in {', '.join(SUFFIXES)}; got {path!r}. Rename or convert it."
        )
    size = os.stat(path).st_size
    if size > LARGEST_FILE:
        raise DataError(
            f"The file of {name} must have at most {LARGEST_FILE:,} bytes; {path!r} has {size:,}."
        )
    try:
        if suffix == ".npy":
            return np.load(path, allow_pickle=False)
        if suffix == ".json":
            with open(path, encoding="utf-8") as file:
                return json.load(file)
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # of a file without numbers
            return np.loadtxt(path, delimiter=",", encoding="utf-8")
    except (ValueError, EOFError, RecursionError, UserWarning) as error:
        raise DataError(
            f"The file of {name}, {path!r}, must hold numbers and nothing else: {error}."
        ) from error
