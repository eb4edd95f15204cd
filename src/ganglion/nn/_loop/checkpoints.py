"""A training in a file: written whole after an epoch, put together again with the same bits.

One file, replaced in one step: whoever looks, at any time, finds the whole of one epoch. A kill, a full disk or a
failing write leaves the epoch before. What is damaged is refused, never taken for missing, since going on from nothing
would look like going on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast, final

import numpy as np
import numpy.typing as npt

from ..._errors import DataError, ModelFileError, ParameterError
from ...storage import State, read_state, write_state
from .._engine.program import Learned
from .._ranges import count, flag
from . import fingerprints
from .epochs import Best, Curves
from .run import Run

Array = npt.NDArray[Any]
KIND = "TrainingCheckpoint"
_CURVES = ("loss", "validation_loss", "metric", "learning_rate")
_BEST = ("epoch", "value", "waited", "earlier_epoch")
# What a checkpoint says for itself, beside the settings.
_FIELDS = (
    "architecture",
    "best",
    "data",
    "generator",
    "n_steps",
    "optimiser",
    "schedule",
    "settings",
    "stopped_by",
)


@dataclass(frozen=True)
class Identity:
    """What must be the same for a training to be gone on with: data by their digests, the network, the settings."""

    architecture: str
    data: dict[str, str]
    settings: dict[str, Any]

    @classmethod
    def of(cls, run: Run, eval_data: Learned | None, names: Mapping[str, Any]) -> Self:
        """Describe a training that has not begun; `names` are settings that the run does not know."""
        data = fingerprints.of_data(run.data)
        if eval_data is not None:
            data |= fingerprints.of_data(eval_data, "eval_set ")
        chosen = run.settings
        settings: dict[str, Any] = {
            name: getattr(chosen, name)
            for name in (
                "batch_size", "shuffle", "patience", "tol", "restore_best", "l2", "label_smoothing", "clip_norm",
                "clip_value", "ema",
            )
        }  # fmt: skip
        settings |= fingerprints.settings_of(run.optimiser, "optimizer")
        settings |= fingerprints.settings_of(run.schedule, "schedule")
        return cls(fingerprints.of_network(run.network), data, settings | dict(names))


@final
class Checkpoint:
    """The file of one training.

    Parameters
    ----------
    path : str or path
        The file.
    identity : Identity
        Of the training.
    every : int
        How many epochs lie between two checkpoints.
    """

    def __init__(self, path: str | os.PathLike[str], identity: Identity, every: int) -> None:
        self.path, self.identity, self.every = path, identity, every
        self._written: int | None = None

    def write(self, run: Run) -> None:
        """Write the run as it is, in the place of what was there.

        Raises
        ------
        OSError
            It cannot be written; what was there is as it was.
        """
        try:
            write_state(self.path, state_of(run, self.identity))
        except OSError as error:
            kept = (
                "there is no earlier one of this training"
                if self._written is None
                else f"the one after epoch {self._written} is whole, and resume=True goes on from it"
            )
            text = (
                f"{error.strerror or error}. The checkpoint after epoch {run.n_epochs} was not written; {kept}. "
                "The network holds the parameters of this epoch"
            )
            raise OSError(error.errno, text, os.fspath(self.path)) from error
        self._written = run.n_epochs

    def write_when_due(self, run: Run) -> None:
        """Write the run after each `every` epochs, and at its end."""
        if run.n_epochs != self._written and (run.is_over or run.n_epochs % self.every == 0):
            self.write(run)

    def resume(self, run: Run) -> bool:
        """Go on from the file; False where there is none.

        Raises
        ------
        ModelFileError
            It is damaged, or no checkpoint.
        ParameterError
            It is that of another training.
        """
        try:
            state = read_state(self.path)
        except FileNotFoundError:
            return False
        if state.kind != KIND:
            raise ModelFileError(
                f"{self.path!s} must hold a checkpoint of a training; it holds a {state.kind}. "
                "Give the path that train(..., checkpoint=...) had."
            )
        if set(state.parameters) != set(_FIELDS):
            raise ModelFileError(
                f"{self.path!s} must be a checkpoint as this version of ganglion writes them; it has other contents. "
                "Go on with the version that wrote it, or start over with resume=False."
            )
        try:
            self._check(state.parameters)
            put_back(run, state)
        except (ParameterError, ModelFileError):
            raise
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise ModelFileError(
                f"{self.path!s} must hold all of a checkpoint; {type(error).__name__}: {error}. "
                "Start over with resume=False."
            ) from error
        self._written = run.n_epochs
        return True

    def _check(self, known: Mapping[str, Any]) -> None:
        """Refuse the checkpoint of another training."""
        for name, digest in (known["data"] | self.identity.data).items():
            if known["data"].get(name) != digest or name not in self.identity.data:
                self._refuse(f"{name} is not what it was (by its sha256)")
        if known["architecture"] != self.identity.architecture:
            self._refuse(
                f"the architecture was {known['architecture']} and is {self.identity.architecture}"
            )
        then, now = known["settings"], self.identity.settings
        for name in {**then, **now}:
            if then.get(name) != now.get(name) and not self._went_on(name, now, known):
                self._refuse(f"{name} was {then.get(name)!r} and is {now.get(name)!r}")

    @staticmethod
    def _went_on(name: str, now: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
        """Whether a setting is what the training itself has made of it, in the process that goes on."""
        if name == "optimizer.learning_rate":
            return now.get(name) == known["optimiser"].get("learning_rate")
        return name == "random_state" and now.get(name) == known["generator"].get("sha256")

    def _refuse(self, what: str) -> None:
        raise ParameterError(
            f"resume=True goes on with the training that wrote {self.path!s}, on the same data, with the same network "
            f"and settings; {what}. Make them the same, give another checkpoint=, or start over with resume=False."
        )


def state_of(run: Run, identity: Identity) -> State:
    """Return everything that the run needs to go on with the same bits."""
    run.collect()
    best, optimiser = run.best, run.optimiser.state()
    schedule = {} if run.schedule is None else dict(run.schedule.state())
    arrays: dict[str, Array] = {f"now/{name}": value for name, value in run.now.items()}
    arrays |= {f"average/{name}": value for name, value in run.average().items()}
    arrays |= {f"start/{name}": value for name, value in run.start.items()}
    if best.epoch < run.n_epochs:  # else it is what the network is now
        arrays |= {f"best/{name}": value for name, value in best.arrays.items()}
    arrays |= {f"earlier/{name}": value for name, value in best.earlier.items()}
    arrays |= {f"curves/{name}": np.array(getattr(run.curves, name), float) for name in _CURVES}
    arrays |= {f"record/{name}": value for name, value in run.recorded().items()}
    numbers: dict[str, dict[str, Any]] = {"optimiser": {}, "schedule": {}}
    for kind, known in (("optimiser", optimiser), ("schedule", schedule)):
        for name, value in known.items():
            if isinstance(value, np.ndarray) and value.ndim:
                arrays[f"{kind}/{name}"] = value
            else:
                numbers[kind][name] = value
    parameters = {
        "architecture": identity.architecture, "data": identity.data, "settings": identity.settings,
        "best": {name: getattr(best, name) for name in _BEST},
        "generator": _generator_of(run.draws), "n_steps": run.n_steps, "stopped_by": run.stopped_by, **numbers,
    }  # fmt: skip
    return State(KIND, parameters, arrays)


def put_back(run: Run, state: State) -> None:
    """Bring a run that has not begun to where the state was taken."""
    known, arrays = state.parameters, state.arrays
    now, start = _part(arrays, "now", run.now), _part(arrays, "start", run.start)
    has_average = any(name.startswith("average/") for name in arrays)
    average = _part(arrays, "average", run.network.parameters) if has_average else {}
    curves = {name: arrays[f"curves/{name}"].astype(float).tolist() for name in _CURVES}
    n_epochs = len(curves["loss"])
    if n_epochs > run.settings.epochs:
        raise ParameterError(
            f"The checkpoint has {n_epochs} epochs behind it; got epochs={run.settings.epochs}. "
            "Ask for as many or more, or start over with resume=False."
        )
    best = Best(**known["best"])
    if best.epoch:
        is_now = best.epoch == n_epochs
        best.earlier = _part(arrays, "earlier", run.now) if best.earlier_epoch else {}
        best.arrays = _copies({**now, **average}) if is_now else _part(arrays, "best", run.now)
    _set_generator(run.draws, known["generator"])
    run.optimiser.restore({**known["optimiser"], **_strip(arrays, "optimiser")})
    if run.schedule is not None:
        run.schedule.restore({**known["schedule"], **_strip(arrays, "schedule")})
    run.curves, run.best, run.n_steps = Curves(**curves), best, known["n_steps"]
    run.now, run.start = now, start
    run.remember(_strip(arrays, "record"))
    run.put(now, average)
    ended = known["stopped_by"]
    run.stopped_by = ended if ended in ("patience", "converged") else None
    if n_epochs >= run.settings.epochs:
        run.stopped_by = run.stopped_by or "epochs"


def _part(arrays: Mapping[str, Array], prefix: str, like: Mapping[str, Array]) -> dict[str, Any]:
    """Return copies of the arrays of one part, which must be as those of the network."""
    part = _strip(arrays, prefix)
    found = {name: (value.shape, value.dtype) for name, value in part.items()}
    if found != {name: (value.shape, value.dtype) for name, value in like.items()}:
        raise DataError(f"its arrays {prefix!r} are not those of the network")
    return {name: part[name].copy() for name in like}


def _strip(arrays: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    start = f"{prefix}/"
    return {name[len(start) :]: value for name, value in arrays.items() if name.startswith(start)}


def _copies(arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name: value.copy() for name, value in arrays.items()}


def _generator_of(draws: np.random.Generator | None) -> dict[str, Any]:
    if draws is None:
        return {}
    state = cast("dict[str, Any]", draws.bit_generator.state)
    return {"sha256": fingerprints.of_generator(draws), "state": state}


def _set_generator(draws: np.random.Generator | None, known: Mapping[str, Any]) -> None:
    """Bring the generator to where it was; one of another kind cannot draw the same numbers."""
    if draws is None or not known:
        return
    now, then = type(draws.bit_generator).__name__, known["state"]["bit_generator"]
    if now != then:
        raise ParameterError(
            f"random_state must be a generator of the kind that the checkpoint was made with, {then}; got {now}. "
            "Make it the same again, or start over with resume=False."
        )
    draws.bit_generator.state = known["state"]


def opened(
    path: Any, run: Run, names: Mapping[str, Any], *, every: Any, resume: Any
) -> Checkpoint | None:
    """Return the checkpoint of a run that has not begun, which may then be where the file left it; None without a path.

    Parameters
    ----------
    path : str or path or None
        The file.
    run : Run
        The training.
    names : mapping of str to object
        Settings that the run does not know: metric and random_state, as the caller gave them.
    every : int
        Epochs between two checkpoints.
    resume : bool
        Whether to go on from the file where there is one.

    Returns
    -------
    Checkpoint or None
        It has the run as it is now.
    """
    every, resume = count(every, "train: checkpoint_every"), flag(resume, "train: resume")
    if path is None:
        if resume:
            raise ParameterError("train: resume=True needs checkpoint=, the file to go on from.")
        return None
    if not isinstance(path, (str, os.PathLike)):
        raise ParameterError(f"train: checkpoint must be a path; got {path!r}.")
    known: dict[str, Any] = {"metric": fingerprints.called(names["metric"])}
    known["random_state"] = fingerprints.of_random_state(names["random_state"], run.draws)
    eval_data = None if run.evaluation is None else run.evaluation.data
    checkpoint = Checkpoint(cast("str", path), Identity.of(run, eval_data, known), every)
    if not (resume and checkpoint.resume(run)):
        checkpoint.write(run)
    return checkpoint
