"""Numbers, names and operations as a drawing shows them, and how wide they come out."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

import numpy as np

MINUS = "\N{MINUS SIGN}"
MOST = 4  # significant digits
LONGEST_NAME = 22
MOST_WRITTEN = 4  # numbers of a vector that stands in an equation
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# What XML 1.0 cannot carry, and controls of direction, which would turn the text behind them round.
_UNWRITABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)
_AUTOMATIC = re.compile(r"[vc]\d+")

# Advance widths of DejaVu Sans, in hundredths of the size, from the space on. Other text fonts are narrower, so what
# fits with these fits with them.
_ASCII = (
    "31 40 46 84 64 95 78 28 39 39 50 84 32 36 32 34 64 64 64 64 64 64 64 64 64 64 34 34 84 84 84 53 "
    "100 68 69 70 77 63 58 78 75 30 30 66 56 86 75 79 60 79 70 64 61 73 68 99 69 61 69 39 34 39 84 50 "
    "50 61 64 55 64 62 35 64 63 28 28 58 28 97 63 61 64 64 41 52 39 63 59 82 59 59 53 64 34 64 84"
)
_WIDTH = {chr(32 + i): int(text) for i, text in enumerate(_ASCII.split())}
_OTHER = {
    MINUS: 84,
    "×": 84,
    "÷": 84,
    "·": 32,
    "‖": 50,
    "∂": 52,
    "Σ": 64,
    "σ": 64,
    "√": 64,
    "…": 100,
    "∞": 84,
}

SYMBOLS = {
    "add": "+", "subtract": MINUS, "multiply": "×", "divide": "÷", "negative": MINUS, "power": "xʸ", "square": "x²",
    "sqrt": "√", "reciprocal": "1/x", "absolute": "|x|", "abs": "|x|", "matmul": "@", "sum": "Σ", "sigmoid": "σ",
    "weighted_sum": "Σ", "neuron": "Σ", "maximum": "max", "minimum": "min", "relu": "ReLU",
    "leaky_relu": "leaky ReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU", "silu": "SiLU", "getitem": "[ ]",
    "transpose": "ᵀ", "logsumexp": "log Σ exp", "identity": "id", "concatenate": "concat", "log_softmax": "log softmax",
    "cross_entropy": "cross entropy", "norm": "‖ ‖", "prod": "Π", "heaviside": "step", "linalg.norm": "‖ ‖",
}  # fmt: skip


def number(value: float, digits: int = MOST) -> str:
    """Return a number with four significant digits, three where it is small: 0.3679, −12, 1.2×10⁻⁵."""
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if exponent < -1:
        digits -= 1  # behind zeros; the column would become wide
    if value == round(value) and abs(value) < 1e6:
        text = f"{value:.0f}"
    elif -4 <= exponent < 6:
        text = _trim(f"{value:.{max(0, digits - 1 - exponent)}f}")
    else:
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        text = f"{_trim(mantissa)}×10{str(int(power)).translate(_SUPERSCRIPT)}"
    return text.replace("-", MINUS)


def quantity(value: Any) -> str:
    """Return a number, or an array by its shape and its norm: [3×4] ‖2.31‖."""
    if np.ndim(value) == 0:
        return number(value)
    return f"[{shape(np.shape(value))}] {norm(value)}"


def norm(value: Any) -> str:
    """Return a number, or the norm of an array: ‖2.31‖."""
    if np.ndim(value) == 0:
        return number(value)
    with np.errstate(all="ignore"):
        return f"‖{number(float(np.linalg.norm(np.ravel(value))))}‖"


def written(value: Any) -> str:
    """Return a number, a vector of up to four numbers in full, or an array by its shape alone: for equations."""
    if np.ndim(value) == 0:
        return number(value)
    if np.ndim(value) == 1 and 0 < np.size(value) <= MOST_WRITTEN:
        return f"({', '.join(number(v) for v in value)})"
    return f"[{shape(np.shape(value))}]"


def shape(sizes: tuple[int, ...]) -> str:
    """Return a shape: 3×4."""
    return "×".join(map(str, sizes))


def symbol(op: str) -> str:
    """Return the sign of an operation, or its name."""
    return SYMBOLS.get(op) or cut(op.replace("_", " "), 16)


def visible(text: str) -> str:
    """Return text with a stand-in for each character that a page cannot carry."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def cut(text: str, most: int = LONGEST_NAME) -> str:
    """Return text without its middle where it is too long."""
    text = visible(text)
    if len(text) <= most:
        return text
    head = (most - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"


def is_automatic(name: str) -> bool:
    """Return whether a name is one that a trace chooses for what has none."""
    return _AUTOMATIC.fullmatch(name) is not None


def width(text: str, size: float) -> float:
    """Return about how wide a text is at a size; rather too much than too little."""
    return sum(_advance(character) for character in text) * size / 100


def _advance(character: str) -> float:
    known = _WIDTH.get(character) or _OTHER.get(character)
    if known is not None:
        return known
    if unicodedata.combining(character):
        return 0
    return 105 if unicodedata.east_asian_width(character) in "WF" else 75


def _trim(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
