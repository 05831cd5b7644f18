"""Files on servers and in archives, by fsspec: `root://`, `https://`, `s3://`, `memory://`, `zip://...::...`."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any

from registry.contract.contents import ENDS
from registry.contract.data import DataError
from registry.contract.spelling import did_you_mean

PIP = {
    "root": "pip install 'registry[xrootd]'",
    "roots": "pip install 'registry[xrootd]'",
    "http": "pip install aiohttp",
    "https": "pip install aiohttp",
    "s3": "pip install s3fs",
    "gs": "pip install gcsfs",
    "webdavs": "pip install webdav4",
}
"""What installs the driver of a kind of address."""


XROOTD = {"ConnectionWindow": 10, "ConnectionRetry": 2}
"""Seconds, and times, that the driver of root:// tries to reach a server: by itself it does for ten minutes."""

NOT_FOUND = 404


def is_remote(address: str) -> bool:
    """Say whether an address is that of a server or an archive; `file://` is not."""
    return "://" in address and not address.startswith("file://")


def file_name(address: str) -> str:
    """Return the name of a file, without the folders, and the archive, that it lies in."""
    return PurePosixPath(address.partition("::")[0]).name


def found(address: str, parameter: str) -> list[str]:
    """Return the addresses that one, which may be a pattern, stands for; raises DataError if there is none."""
    system, path = _system(address, parameter)
    pattern = any(sign in path for sign in "*?[")
    if pattern:
        names = _matching(system, path, address, parameter)
    else:
        about = _about(system, path, address, parameter)
        names = [] if about is None else [path]
        if about is not None and about.get("type") == "directory":
            raise DataError(f"{address!r} is a folder", parameter, f"name its files by a pattern, {address}/*")
    if not names:
        message = f"no file matches {address!r}" if pattern else f"data file {address!r} does not exist"
        raise DataError(message, parameter)
    return [_address(address, path, str(system.unstrip_protocol(name)), pattern) for name in names]


def _matching(system: Any, path: str, address: str, parameter: str) -> list[str]:
    """Return the files that match a pattern; raises DataError for a server that cannot be asked."""
    try:
        system.invalidate_cache()
        names = sorted(system.glob(path))
    except Exception as error:  # drivers raise what their libraries raise
        raise _unreachable(address, parameter, error) from error
    if not names:
        # A server that is not reached has no file either, as far as fsspec says.
        _about(system, re.split(r"[*?\[]", path)[0].rpartition("/")[0], address, parameter)
    return names


def _about(system: Any, path: str, address: str, parameter: str) -> dict[str, Any] | None:
    """Return what is said of a file as it is now, None for one that is not there.

    Raises DataError for a server that cannot be asked: whether the file is there is not known.
    """
    try:
        system.invalidate_cache()
        found: dict[str, Any] = system.info(path)
    except Exception as error:  # drivers raise what their libraries raise
        if _is_missing(error):
            return None
        raise _unreachable(address, parameter, error.__cause__ or error) from error
    return found


def _is_missing(error: BaseException) -> bool:
    """Say whether an error means that a file is not there; drivers say so of servers that are not reached, too."""
    cause = error.__cause__
    if isinstance(error, FileNotFoundError):
        return cause is None or isinstance(cause, FileNotFoundError) or getattr(cause, "status", None) == NOT_FOUND
    return "no such file" in str(error).lower()


def _address(asked: str, path: str, name: str, pattern: bool) -> str:
    """Return the address of a found file; what stands behind `::`, the archive, stays."""
    if not pattern:
        return asked
    before, chained, behind = asked.partition("::")
    return f"{name}::{behind}" if chained and before else name


def opened(address: str, parameter: str = "file") -> Any:
    """Return what a library opens: the path of a local file, a stream of a remote one."""
    if not is_remote(address):
        return address
    system, path = _system(address, parameter)
    try:
        stream = system.open(path, "rb")
        with suppress(AttributeError):
            # An archive is closed with what opened it: it has to live as long as what is read from it.
            stream.opened_by = system
        return stream
    except Exception as error:
        raise _unreachable(address, parameter, error) from error


def stamp(address: str) -> tuple[int, str] | None:
    """Return size and state of a file, by which a change is noticed; None for one that is gone.

    Raises DataError for a server that cannot be asked: whether the file is gone is not known.
    """
    system, path = _system(address, "file")
    about = _about(system, path, address, "file")
    if about is None:
        return None
    states = (about.get(key) for key in ("ETag", "etag", "mtime", "LastModified", "last_modified", "created"))
    return int(about.get("size") or 0), str(next((state for state in states if state is not None), ""))


def digest(address: str, verify: bool = False) -> str:
    """Return a hash of size, head and tail of a file, with `verify` of the whole; raises DataError if it cannot."""
    try:
        with opened(address) as stream:
            if verify:
                return hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.seek(0, 2)
            made = hashlib.sha256(str(size).encode())
            for place in (0, max(0, size - ENDS)):
                stream.seek(place)
                made.update(stream.read(ENDS))
            return made.hexdigest()
    except OSError as error:
        raise _unreachable(address, "file", error) from error


def _system(address: str, parameter: str) -> tuple[Any, str]:
    """Return the file system of an address and the path in it; raises DataError for one that has no driver."""
    kind = address.split("://")[0]
    if kind in ("root", "roots"):
        _limit_waiting()
    try:
        from fsspec import available_protocols
        from fsspec.core import url_to_fs

        system, path = url_to_fs(address)
    except ImportError as error:
        message = f"{address!r}: what reads {kind}:// is not installed: {error}"
        raise DataError(message, parameter, PIP.get(kind, "pip install 'registry[remote]'")) from error
    except ValueError as error:
        message = f"{address!r}: files of {kind}:// are not read: {error}"
        hint = did_you_mean(kind, available_protocols()) or "copy or mount it, and name the local path"
        raise DataError(message, parameter, hint) from error
    except Exception as error:
        raise _unreachable(address, parameter, error) from error
    return system, path


def _limit_waiting() -> None:
    """Set how long servers of XRootD are waited for, unless the environment says it."""
    with suppress(ImportError):
        from XRootD import client

        for name, value in XROOTD.items():
            if f"XRD_{name.upper()}" not in os.environ:
                client.EnvPutInt(name, value)


def _unreachable(address: str, parameter: str, error: BaseException) -> DataError:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return DataError(f"data file {address!r} cannot be read: {text}", parameter, "is the server reached from here?")
