"""Learning rates that change while a network is trained.

A schedule is made from the optimiser's learning rate, the number of the step and how many there will be. Where torch
has the same schedule, the rates are torch's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, fields
from types import MappingProxyType
from typing import Any, cast, final

from .._errors import ParameterError
from ._names import refuse_unknown
from ._ranges import number_in
from .scheduling.falling import Constant, Exponential, InverseScaling, Step
from .scheduling.plateau import OnPlateau
from .scheduling.schedule import Moment, Schedule
from .scheduling.warm_up import WarmUp
from .scheduling.waves import Cosine, CosLog, OneCycle

__all__ = [
    "Constant",
    "CosLog",
    "Cosine",
    "Exponential",
    "Function",
    "InverseScaling",
    "OnPlateau",
    "OneCycle",
    "Schedule",
    "Step",
    "WarmUp",
    "from_record",
    "schedule_of",
    "schedules",
    "to_record",
]


@final
class Function(Schedule):
    """A schedule that is a function of your own: the step, from 0, to the rate itself.

    Parameters
    ----------
    function : callable
        `function(step)`: the learning rate, at least 0; not multiplied with the base.

    Examples
    --------
    >>> from ganglion.nn import schedules
    >>> schedules.Function(lambda step: 0.1 / (1 + step)).rates(0, 2, 2, 1.0)
    array([0.1 , 0.05])
    """

    def __init__(self, function: Callable[[int], float]) -> None:
        self.function = function

    def _rate(self, at: Moment) -> float:
        return number_in(
            self.function(at.step),
            f"The learning rate of the schedule for step {at.step}",
            least=0.0,
        )


schedules: Mapping[str, type[Schedule]] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (
            Constant,
            CosLog,
            Cosine,
            Exponential,
            InverseScaling,
            OnPlateau,
            OneCycle,
            Step,
            WarmUp,
        )
    }
)


def schedule_of(given: Any, what: str = "schedule") -> Schedule | None:
    """Return the schedule that stands behind what was given.

    Parameters
    ----------
    given : Schedule, callable or None
        A schedule, or a function of the step, from 0, that returns the rate.
    what : str, default 'schedule'
        What it was given as, for the error.

    Returns
    -------
    Schedule or None
        None for None.

    Raises
    ------
    ParameterError
        Something else.
    """
    if given is None or isinstance(given, Schedule):
        return given
    if callable(given) and not isinstance(given, type):
        return Function(cast("Callable[[int], float]", given))
    raise ParameterError(
        f"{what} must be a schedule such as gl.nn.schedules.Cosine(), a function of the step, or None; got {given!r}."
    )


def to_record(schedule: Schedule) -> dict[str, Any]:
    """Return a schedule as a name and numbers, for a file.

    Parameters
    ----------
    schedule : Schedule
        One of `schedules`.

    Returns
    -------
    dict of str to object
        `name`, and the settings by their names; a schedule inside it in the same form.

    Raises
    ------
    ParameterError
        A function of your own, which a file cannot hold.

    Examples
    --------
    >>> from ganglion.nn import schedules
    >>> schedules.to_record(schedules.Step(10))
    {'name': 'Step', 'step_size': 10, 'gamma': 0.1}
    """
    name = type(schedule).__name__
    if schedules.get(name) is not type(schedule):
        raise ParameterError(
            f"A file holds schedules by name and numbers; got {schedule!r}. Use one of {', '.join(schedules)}."
        )
    settings = {field.name: getattr(schedule, field.name) for field in _settings(type(schedule))}
    return {"name": name} | {
        key: to_record(value) if isinstance(value, Schedule) else value
        for key, value in settings.items()
    }


def from_record(record: Mapping[str, Any]) -> Schedule:
    """Return the schedule that a record stands for.

    Parameters
    ----------
    record : mapping of str to object
        What `to_record` returned.

    Returns
    -------
    Schedule
        An equal schedule, at its start.

    Raises
    ------
    ParameterError
        No dict, an unknown name, a setting that is missing, unknown or outside its range.

    Examples
    --------
    >>> from ganglion.nn import schedules
    >>> schedules.from_record({"name": "Step", "step_size": 10, "gamma": 0.5})
    Step(step_size=10, gamma=0.5)
    """
    if not isinstance(record, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ParameterError(
            f"A schedule's record must be a dict with its name and settings; got {record!r}. "
            "Use what to_record returned."
        )
    name = record.get("name")
    refuse_unknown(name, schedules, "The name of a schedule")
    kind, given = schedules[str(name)], {key: record[key] for key in record if key != "name"}
    wanted = [field.name for field in _settings(kind)]
    if set(given) != set(wanted):
        raise ParameterError(
            f"The record of {name} must have the settings {', '.join(wanted) or 'none'}; "
            f"got {', '.join(sorted(given)) or 'none'}. Use what to_record returned."
        )
    nested = {
        key: from_record(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value
        for key, value in given.items()
    }
    return kind(**nested)


def _settings(kind: type[Schedule]) -> list[Field[Any]]:
    """Return the fields that make a schedule."""
    return [field for field in fields(cast("Any", kind)) if field.init]
