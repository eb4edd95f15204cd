"""The bytes of a model file: safetensors, with a digest at a fixed place (docs/model-files.md).

Reading goes from the outside in, and each step trusts only what the one before has shown: the
lengths against the bytes present, the digest over all bytes, the header as strict JSON, the
metadata, and last the ranges of the arrays, which must tile the data without gap or overlap.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import stat
import sys
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeGuard, cast

import numpy as np
from numpy.typing import NDArray

from .._errors import MemoryPlanError, ModelFileError, ParameterError
from . import _parameters, _strings
from ._strict_json import from_json, is_list, is_object, to_json
from .state import State

FORMAT, VERSION = "ganglion-model", 1
MAX_HEADER = 2**24
MAX_ARRAYS = 2**16

_START = b'{"__metadata__":{"sha256":"'
_NO_DIGEST = b"0" * 64
_METADATA = ("sha256", "format", "version", "kind", "parameters", "strings")
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_NAME = re.compile(r"(?!__metadata__$)[A-Za-z_][A-Za-z0-9_./-]{0,199}")
_DTYPES = {
    "BOOL": "|b1", "I8": "|i1", "U8": "|u1", "I16": "<i2", "U16": "<u2", "F16": "<f2",
    "I32": "<i4", "U32": "<u4", "F32": "<f4", "I64": "<i8", "U64": "<u8", "F64": "<f8",
}  # fmt: skip
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}
_CHUNK = 1 << 22

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class ModelFile:
    """What one file holds: its `State`, and what only the file knows."""

    state: State
    version: int
    sha256: str
    n_bytes: int


# --- writing ------------------------------------------------------------------------------------


def write(state: State) -> list[bytes | memoryview]:
    """Return the bytes that stand for `state`, in pieces; ParameterError for what no file holds."""
    if not _KIND.fullmatch(state.kind):
        raise ParameterError(f"kind must be the name of a class; got {state.kind!r}.")
    encoded, arrays = _parameters.encode(state.parameters)
    for name in state.arrays:
        if not _NAME.fullmatch(name) or name.startswith(_parameters.PREFIX):
            raise ParameterError(
                "Names of arrays must be letters, digits and _ . / - (200 at most), and not start"
                f" with {_parameters.PREFIX!r}; got {name!r}. Rename it."
            )
    arrays.update(state.arrays)
    for name, array in arrays.items():
        _check_storable(name, array)
    texts = {name: array for name, array in arrays.items() if _strings.is_text(array)}
    plain = {name: _plain(array) for name, array in arrays.items() if name not in texts}
    metadata = {
        "sha256": _NO_DIGEST.decode(),
        "format": FORMAT,
        "version": str(VERSION),
        "kind": state.kind,
        "parameters": to_json(encoded),
        "strings": to_json(_strings.encode(texts)),
    }
    # Wide items first: every array then starts at a multiple of its own item size.
    names = sorted(plain, key=lambda name: (-plain[name].itemsize, name))
    head = _head(metadata, {name: plain[name] for name in names})
    pieces = [plain[name].reshape(-1).view(np.uint8).data for name in names]
    digest = hashlib.sha256(head)
    for piece in pieces:
        digest.update(piece)
    return [_with_digest(head, digest.hexdigest().encode()), *pieces]


def _check_storable(name: str, array: NDArray[Any]) -> None:
    """Refuse arrays whose values would not come back: masks, records, dates, complex numbers."""
    shown = name.removeprefix(_parameters.PREFIX)
    if type(array) not in (np.ndarray, np.memmap):
        raise ParameterError(
            f"Arrays must be plain NumPy arrays to be saved; {shown!r} is a"
            f" {type(array).__module__}.{type(array).__qualname__}. Convert it first."
        )
    known = array.dtype.newbyteorder("<").str in _NAMES
    if not (known or _strings.is_text(array)) or not _strings.is_shape(list(array.shape)):
        raise ParameterError(
            "Arrays must hold bools, integers, floats of 16 to 64 bits or strings, in at most 32"
            f" axes, to be saved; {shown!r} has dtype {array.dtype} and {array.ndim} axes."
            " Convert it first."
        )


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array C-contiguous and little-endian, a copy only where it was not."""
    result = np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")
    # A bool made by a view may hold any byte; in a file it is 0 or 1.
    return result.view(np.uint8) != 0 if result.dtype.kind == "b" else result


def _head(metadata: dict[str, str], arrays: dict[str, NDArray[Any]]) -> bytes:
    """Return length and header, padded so that the data start at a multiple of 8 bytes."""
    header: dict[str, Any] = {"__metadata__": metadata}
    end = 0
    for name, array in arrays.items():
        begin, end = end, end + array.nbytes
        dtype = _NAMES[array.dtype.str]
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [begin, end]}
    text = to_json(header).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > MAX_HEADER or len(arrays) > MAX_ARRAYS:
        raise ParameterError(
            f"Parameters, strings and names must fit into {MAX_HEADER} bytes, and arrays must be"
            f" {MAX_ARRAYS} at most, to be saved; got {len(text)} bytes and {len(arrays)} arrays."
            " Keep long lists of numbers in arrays."
        )
    return len(text).to_bytes(8, "little") + text


def _with_digest(head: bytes, digest: bytes) -> bytes:
    place = 8 + len(_START)
    return head[:place] + digest + head[place + 64 :]


# --- reading ------------------------------------------------------------------------------------


def read(file: BinaryIO) -> ModelFile:
    """Return what `file` holds; ModelFileError where one bit is not as it was written."""
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise ModelFileError("It must be a regular file; found a device, a pipe or a socket.")
    head = _read_head(file, status.st_size)
    data = _read_data(file, status.st_size - len(head))
    digest = _check_digest(head, data)
    header = _parse(head[8:])
    metadata, version = _check_metadata(header.pop("__metadata__"))
    arrays = _arrays(header, data)
    texts = _strings.decode(from_json(metadata["strings"]))
    for name in (*arrays, *texts):
        if not _NAME.fullmatch(name) or (name in arrays and name in texts):
            raise ModelFileError(f"Names of arrays must be plain and unique; found {name[:80]!r}.")
    decoded, own = _parameters.decode(from_json(metadata["parameters"]), {**arrays, **texts})
    state = State(metadata["kind"], decoded, dict(sorted(own.items())))
    return ModelFile(state, version, digest, status.st_size)


def _read_head(file: BinaryIO, size: int) -> bytes:
    """Return length and header of a file of `size` bytes, if it starts as ours do."""
    least = 8 + len(_START) + 64
    if size < least:
        raise ModelFileError(f"It must have at least {least} bytes; it has {size}: cut or empty.")
    first = _read_exactly(file, least)
    if not first[8:].startswith(_START):
        raise ModelFileError(_foreign(first))
    length = int.from_bytes(first[:8], "little")
    if length > MAX_HEADER or length > size - 8 or length < least - 8:
        raise ModelFileError(
            f"The length of its header must fit the file and be at most {MAX_HEADER}; it says"
            f" {length} bytes, and {size - 8} follow: cut or damaged."
        )
    return first + _read_exactly(file, 8 + length - least)


def _foreign(first: bytes) -> str:
    """Say what a file is that is not ours, as far as its first bytes tell."""
    if first[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        return "It is a pickle. Pickles run code when loaded, so ganglion never reads them."
    if first[8:9] == b"{":
        return "It is no model of ganglion; it may be a safetensors file of another library."
    return "It is no model file of ganglion."


def _read_exactly(file: BinaryIO, n_bytes: int) -> bytes:
    data = file.read(n_bytes)
    if len(data) < n_bytes:
        raise ModelFileError("It became shorter while it was read. Load it again.")
    return data


def _read_data(file: BinaryIO, n_bytes: int) -> Bytes:
    """Return everything behind the header, in slices so that Ctrl-C is heard."""
    try:
        # Where the system promises more memory than it has, it must not come to the promise.
        if n_bytes > _physical_memory():
            raise MemoryError
        data: Bytes = np.empty(n_bytes, dtype=np.uint8)
    except MemoryError as error:
        raise MemoryPlanError(
            f"Loading a model needs as much memory as its file has; {n_bytes} bytes are not"
            " available. Free memory or use a larger machine."
        ) from error
    view = data.data
    for start in range(0, n_bytes, _CHUNK):
        part = view[start : start + _CHUNK]
        part[:] = _read_exactly(file, len(part))
    return data


def _physical_memory() -> float:
    """Return the bytes of memory that the machine has, or infinity where it does not say."""
    if sys.platform == "win32":
        return math.inf
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _check_digest(head: bytes, data: Bytes) -> str:
    """Return the digest written in the header if it is the digest of all the rest."""
    place = 8 + len(_START)
    written = head[place : place + 64]
    digest = hashlib.sha256(_with_digest(head, _NO_DIGEST))
    for start in range(0, len(data), _CHUNK):
        digest.update(data[start : start + _CHUNK].data)
    if digest.hexdigest().encode() != written:
        raise ModelFileError(
            "Its bytes must have the digest that it names; they have another: it was damaged, cut"
            " or changed after it was saved. Take another copy, or save the model again."
        )
    return written.decode()


def _parse(text: bytes) -> dict[str, Any]:
    """Return the header, an object that has its metadata first."""
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ModelFileError(f"The header must be UTF-8; {error.reason}.") from error
    # The bytes checked in _read_head make it an object with this key, if it is JSON at all.
    return cast("dict[str, Any]", from_json(decoded))


def _check_metadata(metadata: dict[str, Any]) -> tuple[dict[str, str], int]:
    """Return the metadata and the version; a newer version is named before all else."""
    if metadata.get("format") != FORMAT:
        raise ModelFileError(
            f"The format must be {FORMAT!r}; found {metadata.get('format')!r:.80}."
        )
    version = metadata.get("version")
    if not isinstance(version, str) or not re.fullmatch(r"[1-9][0-9]{0,8}", version):
        raise ModelFileError(f"The version must be a number; found {version!r:.80}.")
    if int(version) > VERSION:
        raise ModelFileError(
            f"It has version {version} of the format; this ganglion reads versions up to {VERSION}."
            " Update ganglion, or save the model with this version of it."
        )
    if tuple(metadata) != _METADATA or not all(isinstance(v, str) for v in metadata.values()):
        raise ModelFileError(f"The metadata must be strings named {', '.join(_METADATA)}.")
    if not _KIND.fullmatch(metadata["kind"]):
        raise ModelFileError(f"The kind must be a name; found {metadata['kind']!r:.80}.")
    return metadata, int(version)


def _arrays(header: dict[str, Any], data: Bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays, as views into `data`, which they must tile without gap or overlap."""
    if len(header) > MAX_ARRAYS:
        raise ModelFileError(f"Arrays must be at most {MAX_ARRAYS}; found {len(header)}.")
    entries = [(name, *_entry(name, entry)) for name, entry in header.items()]
    position = 0
    arrays: dict[str, NDArray[Any]] = {}
    for name, dtype, shape, begin, end in sorted(entries, key=lambda entry: entry[3:]):
        if begin != position:
            what = "overlaps the one before" if begin < position else "leaves a gap before it"
            raise ModelFileError(f"Arrays must tile the data; {name[:80]!r} {what}.")
        position = end
        if end > len(data):
            break
        arrays[name] = _array(name, data[begin:end].view(dtype)).reshape(shape)
    if position != len(data):
        raise ModelFileError(
            f"Arrays must tile the data; they take {position} bytes and {len(data)} are there."
        )
    return arrays


def _entry(name: str, entry: Any) -> tuple[np.dtype[Any], tuple[int, ...], int, int]:
    """Return dtype, shape, begin and end of one array; the sizes agree without overflow."""
    if not is_object(entry) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise ModelFileError(f"Array {name[:80]!r} must have dtype, shape and data_offsets alone.")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _DTYPES:
        raise ModelFileError(
            f"The dtype of {name[:80]!r} must be one of {', '.join(_DTYPES)}; found {dtype!r:.80}."
        )
    items = np.dtype(_DTYPES[dtype])
    if _strings.is_shape(shape) and _is_range(offsets):
        begin, end = offsets
        if end - begin == math.prod(shape) * items.itemsize:
            return items, tuple(shape), begin, end
    raise ModelFileError(
        f"Array {name[:80]!r} must have a shape and a range of bytes that agree; found shape"
        f" {shape!r:.80} and range {offsets!r:.80} for {dtype}."
    )


def _is_range(offsets: Any) -> TypeGuard[list[int]]:
    return (
        is_list(offsets)
        and len(offsets) == 2
        and all(type(offset) is int and 0 <= offset < 2**63 for offset in offsets)
    )


def _array(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Return the array in the machine's byte order and aligned; a copy only where it was not."""
    if array.dtype.kind == "b" and np.any(array.view(np.uint8) > 1):
        raise ModelFileError(f"Bools must be 0 or 1; array {name[:80]!r} holds others.")
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    return native if native.flags.aligned else native.copy()
