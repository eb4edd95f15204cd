"""Write a file whole or not at all: a temporary file beside the target, fsync, rename."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterable
from typing import BinaryIO

from ._errors import ParameterError

if sys.platform != "win32":  # no such locks there, so what a killed process left stays
    import fcntl

_TEMPORARY = re.compile(r"\.ganglion-[0-9a-f]{16}\.tmp")
# Slices of one write: between two of them Ctrl-C is heard.
_SLICE = 1 << 22


def replace_file(path: str | os.PathLike[str], data: bytes | Iterable[bytes | memoryview]) -> None:
    r"""Write `data` to `path` so that every reader, at any time, sees the old file or the new one.

    Parameters
    ----------
    path : str or path
        The file. A symbolic link is followed: what it points to is replaced, the link stays.
    data : bytes or iterable of bytes
        The content, in pieces of any size. If the iterable raises, nothing is replaced.

    Raises
    ------
    OSError
        The file cannot be written: no such directory (FileNotFoundError), a directory
        (IsADirectoryError), no permission, also on the file itself (PermissionError), disk full ...
    ParameterError
        `path` is a device, a pipe or a socket.

    Notes
    -----
    The bytes go to ``.ganglion-<random>.tmp`` in the same directory, are flushed to the disk, and
    the file is renamed over the target; then the directory is flushed. On any failure, a full disk
    and KeyboardInterrupt among them, the temporary file is removed and the target is untouched.
    Only a killed process leaves one behind; the next write into the directory removes it (it can
    tell by a lock, which the system drops with the process). The permissions of an existing target
    are kept, and its owner where the system allows it; a new file gets what the umask leaves.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ganglion.storage import replace_file
    >>> replace_file("labels.csv", [b"row,cluster\n", b"0,1\n"])
    >>> Path("labels.csv").read_text()
    'row,cluster\n0,1\n'
    """
    target = os.path.realpath(path)
    existing = _existing(path)
    directory = os.path.dirname(target)
    _remove_abandoned(directory)
    temporary = None
    try:
        temporary, file = _create(directory, private=existing is not None)
        with file:
            for piece in _slices(data):
                file.write(piece)
            file.flush()
            if existing is not None:
                _copy_permissions(file.fileno(), existing)
            os.fsync(file.fileno())
            # Renamed while still locked: nobody takes the file for an abandoned one.
            if sys.platform != "win32":
                os.replace(temporary, target)
        if sys.platform == "win32":  # Windows cannot rename an open file
            os.replace(temporary, target)
    except BaseException as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        if isinstance(error, OSError) and _is_temporary(error.filename) and error.filename2 is None:
            error.filename = os.fspath(path)  # the name that the caller knows
        raise
    _sync_directory(directory)


def _existing(path: str | os.PathLike[str]) -> os.stat_result | None:
    """Return the status of the target, None where there is none; raise where it can't be written.

    Opening it for writing lets the system object in its own words (a directory, a read-only file,
    a link in a shared directory that is not to be followed); renaming alone would not ask.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        if os.path.basename(path) in ("", ".", ".."):
            raise  # names a directory, and there is none
        return None
    except OSError as error:
        if error.errno != errno.ENXIO:  # a pipe that nobody reads
            raise
        found = os.stat(path)
    else:
        try:
            found = os.fstat(descriptor)
        finally:
            os.close(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise ParameterError(
            f"A file is written by replacing it, so path must name a regular file; {path!s} is a"
            " device, a pipe or a socket. Write to a file and copy it from there."
        )
    return found


def _create(directory: str, *, private: bool) -> tuple[str, BinaryIO]:
    """Open a new file, locked, under a name of its own; `private` until it gets the permissions of the target."""
    mode = 0o600 if private else 0o666
    while True:
        # A new name each time: who took the last one for abandoned may still be about to remove that name.
        temporary = os.path.join(directory, f".ganglion-{secrets.token_hex(8)}.tmp")
        # The caller closes it.
        file = open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, mode))  # noqa: SIM115
        if sys.platform == "win32":
            return temporary, file
        with contextlib.suppress(OSError):  # a file system without locks: nobody can lock it
            fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return temporary, file
        # Another process took it for abandoned between our opening and our lock.
        file.close()


def _is_temporary(name: object) -> bool:
    return isinstance(name, str) and _TEMPORARY.fullmatch(os.path.basename(name)) is not None


def _slices(data: bytes | Iterable[bytes | memoryview]) -> Iterable[memoryview]:
    pieces = [data] if isinstance(data, bytes | bytearray | memoryview) else data
    for piece in pieces:
        view = memoryview(piece).cast("B")
        for start in range(0, len(view), _SLICE):
            yield view[start : start + _SLICE]


def _copy_permissions(descriptor: int, existing: os.stat_result) -> None:
    if sys.platform == "win32":
        return
    own = os.fstat(descriptor)
    if (own.st_uid, own.st_gid) != (existing.st_uid, existing.st_gid):
        with contextlib.suppress(OSError):  # only root may give a file away
            os.fchown(descriptor, existing.st_uid, existing.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(existing.st_mode) & 0o777)


def _remove_abandoned(directory: str) -> None:
    """Remove the temporary files that killed processes left: those that nobody has locked."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            if _TEMPORARY.fullmatch(entry.name):
                with contextlib.suppress(OSError), _open_unfollowed(entry.path) as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(entry.path)


def _open_unfollowed(path: str) -> BinaryIO:
    flags = os.O_NOFOLLOW | os.O_NONBLOCK
    return open(path, "rb", opener=lambda name, given: os.open(name, given | flags))


def _sync_directory(directory: str) -> None:
    """Make the new name durable; file systems that cannot flush a directory say EINVAL."""
    if sys.platform == "win32":
        return
    try:
        descriptor = os.open(directory, os.O_RDONLY)
    except PermissionError:  # may be written to, not read
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
