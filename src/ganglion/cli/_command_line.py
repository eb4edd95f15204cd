"""The command line that gives the same result again, for pages and models."""

from __future__ import annotations

import os
import shlex

import click
from click.core import ParameterSource

ASIDE = frozenset({"labels", "misfits", "report", "save", "as_json", "quiet", "excel_safe"})


def command_line() -> str:
    """Return the words of the running command that decide its result, without the files that it writes.

    A file that is read is named without its folder: pages and models are given away, and folders name people.
    """
    context = click.get_current_context()
    words = ["ganglion", str(context.info_name)]
    for option in context.command.params:
        name = option.name or ""
        value = context.params[name]
        if isinstance(option, click.Argument):
            words.append(os.path.basename(str(value)) or str(value))
        elif (
            name in ASIDE
            or not isinstance(option, click.Option)
            or context.get_parameter_source(name) is ParameterSource.DEFAULT
        ):
            continue
        elif option.is_flag:
            words += [option.opts[0]] if value else list(option.secondary_opts[:1])
        else:
            words += [option.opts[0], "auto" if value is None else str(value)]
    return shlex.join(words)
