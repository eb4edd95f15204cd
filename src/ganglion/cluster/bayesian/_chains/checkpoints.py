"""Chains in a file: written whole after a sweep, put together again with the same bits.

One file, replaced in one step: whoever looks, at any time, finds the whole of one sweep. A kill or a full disk leaves
the sweep before. What is damaged is refused, never taken for missing, since going on from nothing would look like going
on.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from typing import Any, cast, final

import numpy as np
from numpy.typing import NDArray

from ...._arrays import Sparse
from ...._errors import ModelFileError, ParameterError
from ....storage import State, read_state, write_state
from .driving import Arrays, Sampling

KIND = "PosteriorCheckpoint"
_FIELDS = ("identity", "n_sweeps", "n_draws", "streams", "values")
_WORDS = {
    "X": "X is not what it was (by its sha256)",
    "prior": "the prior is not what it was",
    "component": "the component, or a hyperparameter of it, is not what it was",
    "init": "init is not what it was",
}


@final
class Checkpoint:
    """The file of one run.

    Parameters
    ----------
    path : the file
    identity : what must be the same for a run to be gone on with
    every : how many sweeps lie between two checkpoints
    """

    def __init__(self, path: str | os.PathLike[str], identity: dict[str, Any], every: int) -> None:
        self.path, self.identity, self.every = path, identity, every
        self._written = -1

    def write(self, sampling: Sampling) -> None:
        """Write the chains as they are, unless that has been done; OSError leaves what was there."""
        if sampling.n_sweeps == self._written:
            return
        try:
            write_state(self.path, _state_of(sampling, self.identity))
        except OSError as error:
            kept = (
                "there is no earlier one of this run"
                if self._written < 0
                else f"the one after sweep {self._written} is whole, and resume=True goes on from it"
            )
            text = (
                f"{error.strerror or error}. The checkpoint after sweep {sampling.n_sweeps} was not "
                f"written; {kept}"
            )
            raise OSError(error.errno, text, os.fspath(self.path)) from error
        self._written = sampling.n_sweeps

    def write_when_due(self, sampling: Sampling) -> None:
        """Write the chains after each `every` sweeps."""
        if sampling.n_sweeps % self.every == 0:
            self.write(sampling)

    def resume(self, sampling: Sampling) -> None:
        """Go on from the file, where there is one; it must be that of this run, and whole."""
        try:
            state = read_state(self.path)
        except FileNotFoundError:
            return
        if state.kind != KIND:
            raise ModelFileError(
                f"{self.path!s} must hold a checkpoint of sampled partitions; it holds a {state.kind}. "
                "Give the path that checkpoint= had."
            )
        if set(state.parameters) != set(_FIELDS):
            raise ModelFileError(
                f"{self.path!s} must be a checkpoint as this version of ganglion writes them; it has other contents. "
                "Go on with the version that wrote it, or start over with resume=False."
            )
        self._check(state.parameters["identity"])
        try:
            _put_back(sampling, state)
        except (ParameterError, ModelFileError):
            raise
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise ModelFileError(
                f"{self.path!s} must hold all of a checkpoint; {type(error).__name__}: {error}. "
                "Start over with resume=False."
            ) from error
        self._written = sampling.n_sweeps

    def _check(self, then: Mapping[str, Any]) -> None:
        """Refuse the checkpoint of another run."""
        for name, now in self.identity.items():
            if then.get(name) != now:
                what = _WORDS.get(name) or f"{name} was {then.get(name)!r} and is {now!r}"
                raise ParameterError(
                    f"resume=True goes on with the run that wrote {self.path!s}, on the same data, with the same model "
                    f"and settings; {what}. Make them the same, give another checkpoint=, or start over with "
                    "resume=False."
                )


def digest(value: Any) -> str:
    """Return the sha256 of arrays, numbers and words, nested in dicts and lists."""
    found = hashlib.sha256()
    for piece in _pieces(value):
        found.update(piece)
    return found.hexdigest()


def _pieces(value: Any) -> Iterable[bytes]:
    if isinstance(value, Sparse):
        value = [value.shape, value.values, value.indptr, value.columns]
    if isinstance(value, np.ndarray):
        array = cast("NDArray[Any]", value)
        yield f"{array.dtype.str}{array.shape}".encode()
        yield np.ascontiguousarray(array).tobytes()
    elif isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value)
        for name in sorted(items, key=repr):
            yield f"{name!r}:".encode()
            yield from _pieces(items[name])
    elif isinstance(value, (list, tuple)):
        yield b"["
        for item in cast("list[Any]", value):
            yield from _pieces(item)
        yield b"]"
    else:
        yield f"{value!r},".encode()


def _state_of(sampling: Sampling, identity: dict[str, Any]) -> State:
    """Everything that the chains need to go on, and all that was kept of them."""
    n_sweeps, n_draws = sampling.n_sweeps, sampling.n_draws
    arrays: Arrays = {f"sampler/{name}": value for name, value in sampling.sampler.state().items()}
    arrays |= sampling.draws.state("draws", n_draws)
    if sampling.steps is not None:
        arrays |= sampling.steps.state("steps", n_sweeps + 1)
    arrays["log_likelihood"] = sampling.log_likelihood[:, :n_draws]
    # By their place: names such as rate[0] are none of a file's.
    for at, drawn in enumerate(sampling.hyperparameters.values()):
        arrays[f"hyperparameters/{at}"] = drawn[:, :n_draws]
    arrays["trace"] = sampling.trace[:, :n_sweeps]
    arrays["n_clusters"] = sampling.n_clusters[:, :n_sweeps]
    parameters = {
        "identity": identity,
        "n_sweeps": n_sweeps,
        "n_draws": n_draws,
        "streams": [stream.bit_generator.state for stream in sampling.streams],
        "values": sampling.values,
    }
    return State(KIND, parameters, arrays)


def _put_back(sampling: Sampling, state: State) -> None:
    """Bring chains that have not begun to where the state was taken."""
    known, arrays, plan = state.parameters, state.arrays, sampling.plan
    n_sweeps, n_draws = known["n_sweeps"], known["n_draws"]
    if n_draws > plan.n_draws:
        raise ParameterError(
            f"The checkpoint has {n_draws} draws of each chain; got n_draws={plan.n_draws}. "
            "Ask for as many or more, or start over with resume=False."
        )
    sampling.draws.put_back("draws", arrays, n_draws)
    if sampling.steps is not None:
        sampling.steps.put_back("steps", arrays, n_sweeps + 1)
    sampling.log_likelihood[:, :n_draws] = arrays["log_likelihood"]
    for at, drawn in enumerate(sampling.hyperparameters.values()):
        drawn[:, :n_draws] = arrays[f"hyperparameters/{at}"]
    sampling.trace[:, :n_sweeps] = arrays["trace"]
    sampling.n_clusters[:, :n_sweeps] = arrays["n_clusters"]
    for stream, then in zip(sampling.streams, known["streams"], strict=True):
        stream.bit_generator.state = then
    start = "sampler/"
    own = {name[len(start) :]: value for name, value in arrays.items() if name.startswith(start)}
    sampling.sampler.restore(own)
    sampling.go_on(known["values"], n_sweeps, n_draws)
