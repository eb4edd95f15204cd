"""What an estimator's network learns to give: labels or numbers as the caller has them, and as the loss takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Weights, check_samples, is_sparse
from ..._errors import DataError, ParameterError
from ...nn._numbers import real_numbers
from .._contract import check_classification_targets, column_or_1d, csr_matrix, type_of_target

Array: TypeAlias = NDArray[Any]
ClassKind = Literal["binary", "multiclass", "multilabel"]


@dataclass(frozen=True, eq=False)
class ClassTargets:
    """Classes, and how the outputs of a network stand for them.

    binary: one output, the probability of the second class. multiclass: one for each class, that add up to 1.
    multilabel: one probability for each label. `is_sparse` says that multi-label rows came, and go, as a sparse matrix.
    """

    kind: ClassKind
    classes: Array
    is_sparse: bool = False

    @property
    def n_outputs(self) -> int:
        """How many outputs the network has."""
        return 1 if self.kind == "binary" else len(self.classes)

    def codes(self, y: Array, name: str = "y") -> Array:
        """Return the place of each label (n,) in `classes`; for multi-label rows, the rows of zeros and ones."""
        if self.kind == "multilabel":
            if y.ndim != 2 or y.shape[1] != len(self.classes):
                raise DataError(
                    f"{name} must be rows of {len(self.classes)} zeros and ones, one for each label; got "
                    f"shape {y.shape}."
                )
            return y.astype(np.float64)
        if y.ndim != 1:
            raise DataError(
                f"{name} must hold one label for each row, as y in the first fit did; got shape {y.shape}."
            )
        try:
            places = np.minimum(np.searchsorted(self.classes, y), len(self.classes) - 1)
            known = np.asarray(self.classes[places] == y, dtype=np.bool_)
        except TypeError:  # numbers do not compare with texts
            places, known = np.zeros(len(y), dtype=np.intp), np.zeros(len(y), dtype=np.bool_)
        if not known.all():
            row = int(np.argmin(known))
            raise DataError(
                f"{name} must hold the known classes, {shown_classes(self.classes)}; got {_shown(y[row])} at row "
                f"{row}. Drop those rows, or fit with every class in y."
            )
        return places

    def encode(self, codes: Array) -> Array:
        """Return codes as the loss takes them: (n, n_outputs) zeros and ones, or labels (n,) for softmax."""
        return codes[:, np.newaxis].astype(np.float64) if self.kind == "binary" else codes

    def decode(self, outputs: Array) -> Any:
        """Return the likeliest class of each row (n,), or rows of zeros and ones; a tie goes to the first class."""
        if self.kind == "multilabel":
            chosen = (outputs > 0.5).astype(np.int64)
            return _csr(chosen) if self.is_sparse else chosen
        if self.kind == "binary":
            second = np.minimum((outputs[:, 0] > 0.5).astype(np.intp), len(self.classes) - 1)
            return self.classes[second]
        return self.classes[outputs.argmax(axis=1)]

    def probabilities(self, outputs: Array) -> Array:
        """Return a probability for each class, (n, n_classes), in the dtype of the outputs."""
        if self.kind == "binary":
            if len(self.classes) == 1:
                return np.ones_like(outputs)
            return np.concatenate([1 - outputs, outputs], axis=1)
        return outputs


@dataclass(frozen=True)
class ValueTargets:
    """Numbers, `n_outputs` for each row; `is_flat` says that they came, and go, without a second axis."""

    n_outputs: int
    is_flat: bool


def labels_of(y: Any, n: int, name: str = "y") -> tuple[Array, bool]:
    """Return labels (n,) or multi-label rows (n, k) as an array, and whether they were a sparse matrix."""
    if y is None:
        raise DataError(
            f"MLPClassifier requires y to be passed, but the target y is None: {name} must hold a label for each row."
        )
    if is_sparse(y):
        return _rows_for(np.asarray(y.toarray()), n, name), True
    array = np.asarray(y)
    if array.dtype.kind == "O":
        _refuse_missing(array, name)
        array = _plain_integers(array)
    elif array.dtype.kind in "fcmM":
        _refuse_missing(
            array, name
        )  # also integers of a data frame, which come as floats where one is missing
    if array.ndim == 2 and array.shape[1] == 1:
        array = column_or_1d(array, warn=True)
    return _rows_for(array, n, name), False


def learn_classes(y: Array, is_sparse_matrix: bool) -> ClassTargets:
    """Return the classes that labels hold."""
    if y.dtype.kind == "O" and len({isinstance(label, str) for label in y.ravel().tolist()}) > 1:
        raise _mixed()
    found: str = type_of_target(y, input_name="y", raise_unknown=False)
    if found == "multilabel-indicator":
        return ClassTargets("multilabel", np.arange(len(y.T), dtype=np.int64), is_sparse_matrix)
    if y.ndim != 1:
        raise DataError(
            f"Multioutput target data is not supported: y must hold one label for each row, or rows of zeros and ones; "
            f"got shape {y.shape} with other values. Fit a classifier for each column."
        )
    check_classification_targets(y)
    return classes_from(y)


def classes_from(values: Any) -> ClassTargets:
    """Return the classes among values (m,)."""
    array: Array = np.asarray(values)
    if array.dtype.kind == "O":
        array = _plain_integers(array)
    try:
        classes: Array = np.unique(array)
    except TypeError:
        raise _mixed() from None
    return ClassTargets("multiclass" if len(classes) > 2 else "binary", classes)


def announced(classes: Any) -> ClassTargets:
    """Return the classes that the first partial_fit names."""
    if classes is None:
        raise ParameterError(
            "classes must be passed on the first call to partial_fit: all labels that will ever come. Use "
            "classes=np.unique(y) of the whole data."
        )
    array: Array = np.asarray(classes)
    if array.ndim == 0 or not array.size:
        raise ParameterError(
            f"classes must be a list of labels, at least one; got {classes!r}. Use classes=np.unique(y) of the "
            "whole data."
        )
    if array.dtype.kind in "OfcmM":
        _refuse_missing(array, "classes")
    return classes_from(array)


def refuse_other_classes(classes: Any, known: ClassTargets) -> None:
    """Raise where a further partial_fit names other classes than the first one did."""
    found = announced(classes).classes
    if found.tolist() != known.classes.tolist():
        raise ParameterError(
            f"classes must be those of the first call to partial_fit, {shown_classes(known.classes)}; got "
            f"{shown_classes(found)}. Leave classes out, or start with a new estimator."
        )


def rows_of(y: Any) -> int:
    """Return how many rows labels are for."""
    shape: tuple[int, ...] = y.shape if is_sparse(y) else np.shape(y)
    return shape[0] if shape else 1


def values_of(y: Any, n: int, name: str = "y") -> tuple[Array, bool]:
    """Return finite targets (n, k) float32 or float64, and whether they were (n,)."""
    if y is None:
        raise DataError(
            f"MLPRegressor requires y to be passed, but the target y is None: {name} must hold a number for each row."
        )
    if is_sparse(y):
        raise DataError(f"{name} must be dense; got a sparse matrix. Use {name}.toarray().")
    array = real_numbers(y, name)
    if array.ndim == 2 and array.shape[1] == 1:
        array = column_or_1d(array, warn=True)
    rows = _rows_for(array, n, name)
    if array.ndim > 2:
        raise DataError(f"{name} must have the shape (n,) or (n, n_outputs); got {array.shape}.")
    is_flat = rows.ndim == 1
    return check_samples(rows.reshape(n, -1), name=name, min_samples=0), is_flat


def weighted_rows(
    class_weight: Any, targets: ClassTargets, codes: Array, sample_weight: Weights | None
) -> Weights | None:
    """Return the weight of each row: its own times that of its class.

    'balanced' makes all classes weigh the same; with several labels a row, each label has its two classes, and their
    weights are multiplied.
    """
    if class_weight is None:
        return sample_weight
    if isinstance(class_weight, str) and class_weight == "balanced":
        columns = codes.astype(np.intp).T if targets.kind == "multilabel" else [codes]
        own = np.prod([_balanced(column, sample_weight)[column] for column in columns], axis=0)
    else:
        own = _per_class(class_weight, targets)[codes]
    both = own if sample_weight is None else _product(own, sample_weight)
    if not np.any(both > 0):
        raise DataError(
            "class_weight and sample_weight must leave a row with a positive weight; all of them are zero."
        )
    return both


def _product(own: Weights, sample_weight: Weights) -> Weights:
    """Return the product of two weights of each row; of the largest ones as 1 where it would overflow."""
    with np.errstate(over="ignore"):
        both = own * sample_weight
        if np.isfinite(np.sum(both)):
            return both
    return (own / np.max(own)) * (sample_weight / np.max(sample_weight))


def _balanced(codes: Array, sample_weight: Weights | None) -> Weights:
    """Return the weight of each class at which all classes that occur weigh the same."""
    with np.errstate(over="ignore"):
        totals = np.bincount(codes, weights=sample_weight).astype(np.float64)
        if sample_weight is not None and not np.isfinite(np.sum(totals)):
            totals = np.bincount(codes, weights=sample_weight / np.max(sample_weight))
    there = totals > 0
    share = totals.sum() / np.count_nonzero(there)
    return np.divide(share, totals, where=there, out=np.ones(len(totals)))


def _per_class(class_weight: Any, targets: ClassTargets) -> Weights:
    """Return the weight of each class as a dict says, 1 for those it does not name."""
    if not isinstance(class_weight, Mapping):
        raise ParameterError(
            f"class_weight must be None, 'balanced' or a dict from classes to weights; got {class_weight!r}."
        )
    if targets.kind == "multilabel":
        raise ParameterError(
            "A class_weight by classes needs one label for each row; y has several labels a row. Use 'balanced', or "
            "sample_weight."
        )
    weights = cast("Mapping[Any, Any]", class_weight)
    known = targets.classes.tolist()
    for label, weight in weights.items():
        if label not in known:
            raise ParameterError(
                f"class_weight must name classes of y, {shown_classes(targets.classes)}; got {label!r}. "
                "Correct its name."
            )
        if not isinstance(weight, int | float | np.number) or not 0 <= weight < np.inf:
            raise ParameterError(
                f"class_weight must hold finite numbers, not negative; got {weight!r} for class {label!r}."
            )
    return np.array([float(weights.get(label, 1.0)) for label in known])


def shown_classes(classes: Array) -> str:
    """Return the classes for an error message, the first ten."""
    listed = ", ".join(repr(label) for label in classes[:10].tolist())
    return listed if len(classes) <= 10 else f"{listed} ... ({len(classes)} in all)"


def _shown(label: Any) -> str:
    """Return a label for an error message, as Python writes it."""
    value: Any = cast("Any", label).item() if isinstance(label, np.generic) else label
    return repr(value)


def _mixed() -> DataError:
    return DataError(
        "Labels must be of one kind, such as all texts or all integers; y mixes them. Convert them to texts."
    )


def _rows_for(array: Array, n: int, name: str) -> Array:
    """Return the array if it has a target for each of n rows."""
    if array.ndim == 0 or len(array) != n:
        found = "one value" if array.ndim == 0 else f"{len(array)}"
        raise DataError(
            f"{name} must have a target for each row: there are {n} rows and {found} in {name} "
            "(inconsistent numbers of samples)."
        )
    return array


def _refuse_missing(array: Array, name: str) -> None:
    """Raise where a label is None, NaN or infinite."""
    if array.dtype.kind == "O":
        cells = array.ravel().tolist()
        bad = np.array([_is_missing(cell) for cell in cells], dtype=np.bool_)
    else:
        bad = ~np.isfinite(array).ravel()  # NaT is not finite either
    if bad.any():
        at = int(np.argmax(bad))
        row = at // max(1, array.size // max(1, len(array)))
        raise DataError(
            f"{name} must hold a label for each row; got {_shown(array.ravel()[at])} at row {row}. "
            "Drop the rows without one."
        )


def _is_missing(cell: Any) -> bool:
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(cell, float) and not isfinite(cell)


def _plain_integers(array: Array) -> Array:
    """Return integers or booleans that came as objects (a nullable column of a data frame) as what they are."""
    cells = array.ravel().tolist()
    for kind, dtype in ((bool, np.bool_), (int, np.int64)):
        if cells and all(type(cell) is kind for cell in cells):
            return np.array(cells, dtype=dtype).reshape(array.shape)
    return array


def _csr(rows: Array) -> Any:
    return csr_matrix(rows)
