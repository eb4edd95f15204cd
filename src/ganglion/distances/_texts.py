"""Texts: the gate from strings to code points, and their edit distances."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError
from .._native import core
from ._content import AnyPairs, Indices, Parameters
from ._ragged import Offsets, check_offsets, offsets_of, take_items

_LAST_CODE = 0x10FFFF
# Distances that are small whole numbers: float32 holds them exactly.
_WHOLE = frozenset({"levenshtein", "damerau_levenshtein"})


@dataclass(frozen=True, eq=False)
class Texts:
    """Texts in one Unicode form.

    `codes` (total,) holds the code points of all texts, one behind the other; `offsets` (n + 1,) where each begins.
    """

    codes: NDArray[np.uint32]
    offsets: Offsets

    @property
    def n(self) -> int:
        """How many texts there are."""
        return len(self.offsets) - 1

    def texts(self) -> list[str]:
        """The texts as strings, in the form in which they are compared."""
        whole = self.codes.astype("<u4").tobytes()
        return [
            whole[4 * begin : 4 * end].decode("utf-32-le", "surrogatepass")
            for begin, end in zip(
                self.offsets[:-1].tolist(), self.offsets[1:].tolist(), strict=True
            )
        ]

    def take(self, indices: Indices) -> Self:
        """Return the texts of these indices."""
        return type(self)(*take_items(self.codes, self.offsets, indices))

    def pairs(
        self,
        other: Texts | None,
        metric: str,
        parameters: Parameters,
        dtype: np.dtype[Any] | None,
    ) -> AnyPairs:
        """Return the distances from each text to each of `other`, computed when they are asked for."""
        normalized = bool(parameters.get("normalized", False))
        whole = metric in _WHOLE and not normalized
        single = whole if dtype is None else dtype == np.float32
        make = core.text_pairs32 if single else core.text_pairs64
        return make(
            self.codes,
            self.offsets,
            None if other is None else other.codes,
            None if other is None else other.offsets,
            metric,
            normalized,
            float(parameters.get("prefix_weight", 0.1)),
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return code points and offsets."""
        return {"codes": self.codes, "offsets": self.offsets}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Make the texts again that `to_arrays` described."""
        codes = arrays["codes"]
        offsets = check_offsets(arrays["offsets"], len(codes))
        if codes.ndim != 1 or codes.dtype.kind not in "iu":
            raise ValueError("codes must be integers (total,)")
        if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) <= _LAST_CODE:
            raise ValueError(f"codes must lie between 0 and {_LAST_CODE}")
        return cls(np.ascontiguousarray(codes, dtype=np.uint32), offsets)


def as_texts(X: Any, parameters: Parameters, *, name: str = "X") -> Texts:
    """Return the texts of a list of strings, each brought into the Unicode form `parameters["normalize"]`.

    A character is a code point of that form: composed ones (NFC, the default) count an accent with its letter where
    Unicode has a sign for both. Missing texts and everything that is no string are refused with their place.
    """
    form = parameters.get("normalize", "NFC")
    found = [_checked(text, at, name) for at, text in enumerate(_listed(X, name))]
    if form is not None:
        found = [text if text.isascii() else unicodedata.normalize(form, text) for text in found]
    offsets = offsets_of([len(text) for text in found])
    data = "".join(found).encode("utf-32-le", "surrogatepass")
    return Texts(np.frombuffer(data, dtype="<u4").astype(np.uint32), offsets)


def _listed(X: Any, name: str) -> list[Any]:
    if isinstance(X, str | bytes):
        raise DataError(
            f"{name} must be a list of texts; got one: {_shown(X)}. Pass [text] for a single one."
        )
    if isinstance(X, Mapping | set | frozenset) or not isinstance(X, Iterable):
        raise DataError(
            f"{name} must be a list of texts, in order; got {type(cast(Any, X)).__name__}."
        )
    shape = getattr(cast(Any, X), "shape", None)
    if shape is not None and len(shape) != 1:
        raise DataError(
            f"{name} must be a list of texts; got an array of shape {tuple(shape)}. Choose one column."
        )
    return list(cast("Iterable[Any]", X))


def _checked(text: Any, at: int, name: str) -> str:
    if isinstance(text, str):
        return str(text)
    if isinstance(text, bytes | bytearray):
        raise DataError(
            f"{name} must hold texts; item {at} is {_shown(text)}, of type {type(text).__name__}. "
            "Decode it first, for instance with .decode('utf-8')."
        )
    if text is None or _is_missing(text):
        raise DataError(
            f"{name} holds a missing text at item {at} ({_shown(text)}). Drop it, or write '' for an empty one."
        )
    raise DataError(
        f"{name} must hold texts; item {at} is {_shown(text)}, of type {type(text).__name__}. "
        "Turn it into a string first."
    )


def _is_missing(value: Any) -> bool:
    """NaN, and what data frames write for a missing cell."""
    return (isinstance(value, float) and value != value) or type(value).__name__ in (
        "NAType",
        "NaTType",
    )


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}..."
