"""Where distances are written: a new array, one of the caller's, or a new file that is mapped into memory."""

from __future__ import annotations

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError, MemoryPlanError, ParameterError
from .._memory import check_memory, shown_bytes
from .plan import INSTEAD


def output(
    out: Any, shape: tuple[int, ...], dtype: np.dtype[Any], memory_limit: Any
) -> NDArray[Any]:
    """Return the array that the kernels fill; a new one is planned before it is allocated."""
    needed = dtype.itemsize * float(np.prod(shape, dtype=np.float64))
    if out is None:
        sides = " x ".join(f"{side:,}" for side in shape)
        check_memory(needed, f"A matrix of {sides} distances in {dtype}", INSTEAD, memory_limit)
        return np.empty(shape, dtype=dtype)
    if isinstance(out, str | os.PathLike):
        return _new_file(Path(os.fspath(out)), shape, dtype, needed)
    return _given(out, shape, dtype)


def _is_array(out: Any) -> bool:
    return isinstance(out, np.ndarray)


def _given(out: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    if not _is_array(out):
        raise ParameterError(
            f"out must be an array, a memory map or the path of a new .npy file; got {type(out).__name__}."
        )
    array: NDArray[Any] = out
    if array.shape != shape:
        raise ParameterError(f"out must have the shape {shape}; got {array.shape}.")
    if array.dtype.char not in "fd" or not array.dtype.isnative:
        why = "" if array.dtype.isnative else ", the other byte order"
        raise ParameterError(f"out must be of float32 or float64; got {array.dtype}{why}.")
    if not array.flags.c_contiguous or not array.flags.writeable:
        wrong = "read-only" if not array.flags.writeable else "not C-contiguous"
        raise ParameterError(
            f"out must be a C-contiguous array that can be written; it is {wrong}."
        )
    return array


def _new_file(
    path: Path, shape: tuple[int, ...], dtype: np.dtype[Any], needed: float
) -> NDArray[Any]:
    """A new file of its final size; an existing one is left alone."""
    if path.suffix != ".npy" or "\0" in str(path):
        raise ParameterError(
            f"out must end with .npy, so that numpy.load(path, mmap_mode='r') opens it; got {str(path)!r}."
        )
    if path.exists():
        raise ParameterError(
            f"out must be a new file; {str(path)!r} exists. Remove it, or choose another name."
        )
    folder = path.parent
    if not folder.is_dir():
        raise ParameterError(f"out must lie in a folder that exists; there is no {str(folder)!r}.")
    space = os.statvfs(folder)
    free = space.f_bavail * space.f_frsize
    if needed > free:
        raise MemoryPlanError(
            f"The file {str(path)!r} needs {shown_bytes(needed)}; its disk has {shown_bytes(free)} left. "
            "Choose another disk, or ask for less with gl.distances.nearest or within."
        )
    if 0 in shape:
        raise DataError("A file of distances needs at least one pair of items; there is none.")
    mapped: NDArray[Any] = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    with remove_unfinished(path):
        _reserve(path)
    return mapped


@contextmanager
def remove_unfinished(out: Any) -> Generator[None]:
    """Where the work ends by an exception, take away the new file: half of it would read as distances of 0."""
    try:
        yield
    except BaseException:
        if isinstance(out, str | os.PathLike):
            Path(os.fspath(out)).unlink(missing_ok=True)
        raise


def _reserve(path: Path) -> None:
    """Take the blocks of a file now: a disk that is full later would end the process at the first write."""
    if not hasattr(os, "posix_fallocate"):
        return
    with path.open("r+b") as file:
        size = os.fstat(file.fileno()).st_size
        try:
            os.posix_fallocate(file.fileno(), 0, size)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                return  # a file system that cannot reserve
            raise MemoryPlanError(
                f"The file {str(path)!r} needs {shown_bytes(size)}; its disk refused them: {error.strerror}. "
                "Choose another disk, or ask for less with gl.distances.nearest or within."
            ) from None
