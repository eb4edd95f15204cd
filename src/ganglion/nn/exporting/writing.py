"""Write what a network computes into a file that runs without this library."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..._errors import ParameterError
from ..._replacing import replace_file
from ..network import Network
from ._blueprint import Blueprint, blueprint_of
from ._c_source import c_source
from ._onnx_graph import onnx_bytes
from ._python_source import python_source

_SUFFIXES: Mapping[str, Callable[[Blueprint], bytes]] = MappingProxyType(
    {
        ".onnx": onnx_bytes,
        ".c": lambda blueprint: c_source(blueprint).encode("ascii"),
        ".py": lambda blueprint: python_source(blueprint).encode("ascii"),
    }
)


def export(model: Any, path: str | os.PathLike[str]) -> None:
    """Write a network or an estimator of networks as a file that runs without this library.

    Parameters
    ----------
    model : Network, TableNetwork, MLPClassifier or MLPRegressor
        What is written, as it predicts now; an estimator must be fitted.
    path : str or path
        The file; an existing one is replaced in one step. Its suffix says what is written: ``.onnx``, ``.c`` or
        ``.py``.

    Raises
    ------
    ParameterError
        Another suffix; another model; an activation that is a Python function; a number that is not finite; a
        float32 network whose batch normalisation float32 cannot hold as one factor; ``.onnx`` without the package
        ``onnx`` (``pip install 'ganglion[onnx]'``) or beyond its 2 GiB.
    OSError
        The file cannot be written.

    Notes
    -----
    All three compute in the network's dtype (Python in float64) and agree with `Network.forward` within rounding.
    Dropout is gone; batch normalisation is a part of the weights before it where it stands right behind them. Numbers
    are written with the fewest digits that read back as the same bits, and the same model gives the same bytes.

    - C: one file of C99 that needs libm. ``void predict(const double *x, double *y)`` takes a row to its outputs, with
      ``float`` for a float32 network; a classifier has ``predict_proba`` for probabilities, and ``predict`` for the
      position of the label. Compiled with ``-DCSV_MAIN`` it is a program that answers rows of a CSV table.
    - Python: one file that imports ``math``, with ``predict(x)`` and, for a classifier, ``predict_proba(x)``. Run as a
      program it answers rows of a CSV table.
    - ONNX: operator set 13, rows X (n, n_in) in the network's dtype to ``outputs`` (n, n_out), or to ``label`` (n,) and
      ``probabilities`` (n, n_classes); where a row has several labels, to ``labels`` of zeros and ones.

    A model that reads columns of a table takes them as numbers. Texts and missing values are known to the Python file
    alone; C and ONNX refuse such a model by the name of the column.

    Examples
    --------
    >>> from pathlib import Path
    >>> import ganglion as gl
    >>> network = gl.nn.Network([gl.nn.Dense(2, 3, "tanh"), gl.nn.Dense(3, 1)], random_state=0)
    >>> gl.export(network, "network.c")
    >>> "void predict(const double *x, double *y)" in Path("network.c").read_text()
    True
    """
    if not isinstance(path, str) and not hasattr(path, "__fspath__"):
        raise ParameterError(f"export: path must be a path; got {path!r}. Give the name of a file.")
    suffix = Path(path).suffix
    if suffix not in _SUFFIXES:
        raise ParameterError(
            f"export writes {', '.join(_SUFFIXES)}, chosen by the suffix of the path; got {os.fspath(path)!r}. "
            "Give the file one of these suffixes."
        )
    replace_file(path, _SUFFIXES[suffix](_described(model)))


def _described(model: Any) -> Blueprint:
    """Return what a model computes; an estimator knows it itself."""
    if isinstance(model, Network):
        return blueprint_of(model)
    describe = getattr(model, "_blueprint", None)
    if describe is None or isinstance(model, type):
        raise ParameterError(
            f"export writes a Network, TableNetwork, MLPClassifier or MLPRegressor; got a {type(model).__module__}."
            f"{type(model).__qualname__}. Pass one of these."
        )
    return describe()
