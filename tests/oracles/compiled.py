"""Exported C files, compiled by a real compiler: as a library that is called, and as a program that is run."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from itertools import count
from pathlib import Path

import numpy as np

FLAGS = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O2"]
_NUMBERS = count()


def compiler() -> str:
    """The C compiler, which building the kernels needs as well."""
    found = shutil.which("gcc") or shutil.which("cc")
    assert found is not None, "the tests of exported C files need a C compiler"
    return found


def built(source: Path, *options: str, target: str) -> Path:
    """Compile a file without a single warning."""
    path = source.with_suffix(target)
    command = [compiler(), *FLAGS, *options, str(source), "-o", str(path), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return path


class Library:
    """The functions of an exported file, called row by row."""

    def __init__(self, source: Path, dtype: str) -> None:
        # The system takes a second library of one path for the first.
        library = built(source, "-shared", "-fPIC", target=f".{next(_NUMBERS)}.so")
        self._library = ctypes.CDLL(str(library))
        self.dtype = np.dtype(dtype)

    def rows(self, function: str, X: np.ndarray, n_out: int, dtype: object = None) -> np.ndarray:
        """What `void function(x, y)` makes of each row, (n, n_out)."""
        X = np.ascontiguousarray(X, self.dtype)
        y = np.empty((len(X), n_out), dtype or self.dtype)
        call = getattr(self._library, function)
        call.restype = None
        for x, out in zip(X, y, strict=True):
            call(ctypes.c_void_p(x.ctypes.data), ctypes.c_void_p(out.ctypes.data))
        return y

    def places(self, X: np.ndarray) -> list[int]:
        """What `int predict(x)` says of each row."""
        X = np.ascontiguousarray(X, self.dtype)
        self._library.predict.restype = ctypes.c_int
        return [self._library.predict(ctypes.c_void_p(x.ctypes.data)) for x in X]


def run(program: Path, table: bytes | str) -> subprocess.CompletedProcess[bytes]:
    """Run a program on a table at its standard input."""
    given = table.encode() if isinstance(table, str) else table
    return subprocess.run([str(program)], input=given, capture_output=True)


def table_of(X: np.ndarray) -> str:
    """Rows as lines of a CSV file, each number with all its digits."""
    return "".join(",".join(repr(float(value)) for value in row) + "\n" for row in X)


def numbers_of(text: bytes | str) -> np.ndarray:
    """The numbers in lines of a CSV file, (n, k)."""
    lines = (text if isinstance(text, str) else text.decode()).splitlines()
    return np.array([[float(cell) for cell in line.split(",")] for line in lines])
