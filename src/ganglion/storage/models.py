"""Save a model, load it, look into its file. The classes are a closed list in this file."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from .._errors import ModelFileError, ParameterError
from .._replacing import replace_file
from . import _layout
from .state import State, Storable

# The classes that a model file can stand for. A file chooses a row; what is imported for it is
# written here and nowhere else. A new row needs `_to_state`, `_from_state` and a golden file.
_KINDS = {
    "AgglomerativeClustering": "ganglion.estimators",
    "BayesianClustering": "ganglion.estimators",
    "BisectingKMeans": "ganglion.estimators",
    "CustomerModel": "ganglion.applications.customer_model",
    "DivisiveClustering": "ganglion.estimators",
    "DocumentModel": "ganglion.applications",
    "KMeans": "ganglion.estimators",
    "KMeansRun": "ganglion.cluster.kmeans",
    "KMedoids": "ganglion.estimators",
    "MLPClassifier": "ganglion.estimators",
    "MLPRegressor": "ganglion.estimators",
    "MiniBatchKMeans": "ganglion.estimators",
    "Network": "ganglion.nn",
    "TableClustering": "ganglion.cluster",
    "TableMedoids": "ganglion.cluster",
    "TableNetwork": "ganglion.nn.tables",
    "TablePosterior": "ganglion.cluster",
    "TableTree": "ganglion.cluster",
    "Tree": "ganglion.cluster",
}
# Where the two halves are functions beside the class, `state_of` and `model_of`, and not methods of it.
_BESIDE = {"Network": "ganglion.nn._storing"}

Path = str | os.PathLike[str]


@dataclass(frozen=True)
class ArraySummary:
    """One array of a model file.

    Attributes
    ----------
    name : str
        The name of the model's attribute.
    dtype : str
        NumPy's name of the type; ``"object"`` and ``"<U..."`` are strings.
    shape : tuple of int
        The length of each axis.
    n_bytes : int
        Bytes in memory (for strings of dtype object: of their references).
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    n_bytes: int


@dataclass(frozen=True)
class Contents:
    """What a model file holds, read without building the model.

    Attributes
    ----------
    kind : str
        Name of the model's class; it need not be one that this version knows.
    version : int
        Version of the file format.
    parameters : dict
        Name to value.
    arrays : tuple of ArraySummary
        What the model learnt, by name.
    n_bytes : int
        Size of the file.
    sha256 : str
        The digest that the file names, and has.
    """

    kind: str
    version: int
    parameters: dict[str, Any]
    arrays: tuple[ArraySummary, ...]
    n_bytes: int
    sha256: str


def save(model: object, path: Path) -> None:
    """Write a model to a file that holds numbers and names, and no code.

    Parameters
    ----------
    model : object
        A model of this library, such as a fitted `KMeans` or a `gl.nn.Network`. Its exact class must be
        one that model files know: a class derived from it would not come back as what it was.
    path : str or path
        The file; an existing one is replaced in one step, or left as it is on any failure.

    Raises
    ------
    ParameterError
        The class is not known, or a parameter cannot be stored (a function, a generator); a network
        with an activation or a loss that is a Python function.
    OSError
        The file cannot be written.

    Notes
    -----
    safetensors with a JSON header and a SHA-256 digest (docs/model-files.md). The same model gives
    the same bytes. The file holds what the model learnt from its data, such as centres and labels;
    `inspect` lists it.

    Examples
    --------
    >>> import ganglion as gl
    >>> model = gl.KMeans(n_clusters=2, random_state=0).fit([[0.0], [1.0], [9.0]])
    >>> gl.save(model, "groups.safetensors")
    >>> bool((gl.load("groups.safetensors").cluster_centers_ == model.cluster_centers_).all())
    True
    """
    write_state(path, _state_of(_known(model)))


def load(path: Path) -> Any:
    """Read a model that `save` wrote.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    object
        A model of the class that was saved, with equal parameters and bit-equal arrays.

    Raises
    ------
    ModelFileError
        One bit of the file is not as it was written, it is no model file, or it needs a newer
        version of this library.
    MemoryPlanError
        The file is larger than the memory.
    OSError
        There is no such file, or it cannot be read.

    Notes
    -----
    Nothing in a file is imported, compiled, executed or unpickled. The digest finds damage, not
    malice: who can write the file can also write its digest, and choose the numbers in it.

    Examples
    --------
    >>> import ganglion as gl
    >>> gl.save(gl.KMeans(n_clusters=2).fit([[0.0], [1.0], [9.0]]), "groups.safetensors")
    >>> gl.load("groups.safetensors").n_clusters
    2
    """
    state = read_state(path)
    if state.kind not in _KINDS:
        raise ModelFileError(
            f"Cannot load {path!s}: its kind must be one of {', '.join(_KINDS)}; found"
            f" {state.kind!r}. Update ganglion if a newer version wrote it."
        )
    try:
        return _model_of(state)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise ModelFileError(
            f"Cannot load {path!s}: what it holds does not make a {state.kind};"
            f" {type(error).__name__}: {error}."
        ) from error


def inspect(path: Path) -> Contents:
    """Say what a model file holds, without building the model.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    Contents
        Kind, version, parameters and arrays; the file was checked as `load` checks it.

    Raises
    ------
    ModelFileError
        As in `load`.
    OSError
        There is no such file, or it cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.storage import State, inspect, write_state
    >>> state = State("KMeans", {"n_clusters": 2}, {"centers": np.zeros((2, 3))})
    >>> write_state("groups.safetensors", state)
    >>> inspect("groups.safetensors").arrays
    (ArraySummary(name='centers', dtype='float64', shape=(2, 3), n_bytes=48),)
    """
    file = _read(path)
    arrays = tuple(
        ArraySummary(name, str(array.dtype), array.shape, array.nbytes)
        for name, array in file.state.arrays.items()
    )
    state = file.state
    return Contents(state.kind, file.version, state.parameters, arrays, file.n_bytes, file.sha256)


def write_state(path: Path, state: State) -> None:
    """Write a state of any kind; `save` is this behind the closed list.

    Parameters
    ----------
    path : str or path
        The file.
    state : State
        What to write.

    Raises
    ------
    ParameterError
        The state holds something that no model file can.
    OSError
        The file cannot be written.
    """
    replace_file(_named(path), _layout.write(state))


def read_state(path: Path) -> State:
    """Read a state of any kind; `load` is this behind the closed list.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    State
        Equal to the one written, bit by bit.

    Raises
    ------
    ModelFileError
        As in `load`.
    OSError
        There is no such file, or it cannot be read.
    """
    return _read(path).state


def _named(path: Path) -> Path:
    """Return the path, or the error: a number would be taken for a file that is open already."""
    if isinstance(path, (str, bytes)) or hasattr(path, "__fspath__"):
        return path
    raise ParameterError(f"path must be a path; got {path!r}. Give the name of a file.")


def _read(path: Path) -> _layout.ModelFile:
    try:
        with open(_named(path), "rb", opener=_open_at_once) as file:
            return _layout.read(cast("BinaryIO", file))
    except ModelFileError as error:
        raise ModelFileError(f"Cannot read {path!s}: {error}") from error


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting: a pipe that nobody writes to must not hang the reader."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _state_of(model: Any) -> State:
    """Ask the model, or the functions beside its class, for its state."""
    kind = type(model).__name__
    if kind in _BESIDE:
        return importlib.import_module(_BESIDE[kind]).state_of(model)
    return model._to_state()


def _model_of(state: State) -> Any:
    """Ask the class, or the functions beside it, for the model of a state."""
    if state.kind in _BESIDE:
        return importlib.import_module(_BESIDE[state.kind]).model_of(state)
    return _class(state.kind)._from_state(state)  # pyright: ignore[reportPrivateUsage]


def _class(kind: str) -> type[Storable]:
    """Import what the closed list says for `kind`."""
    return getattr(importlib.import_module(_KINDS[kind]), kind)


def _known(model: object) -> Any:
    """Return `model` if its class, and no class derived from it, is in the closed list."""
    kind = type(model).__name__
    if kind in _KINDS:
        known = _class(kind)
        if type(model) is known:
            return model
    raise ParameterError(
        f"Models that can be saved are {', '.join(_KINDS)} of ganglion; got a"
        f" {type(model).__module__}.{type(model).__qualname__}. Save one of these, or keep the"
        " numbers in a file of your own."
    )
