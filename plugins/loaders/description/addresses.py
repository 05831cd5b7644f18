"""Which files an address means, and a hash of what they hold."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from registry.console.files import irregular
from registry.contract.contents import digests_of
from registry.contract.data import DataError
from registry.plugins.loaders.description import remote
from registry.plugins.loaders.description.remote import is_remote


def find_files(
    addresses: Sequence[str], endings: Sequence[str], published: str = "", parameter: str = "file"
) -> list[str]:
    """Return the files that addresses mean, each pattern's in the order of their names.

    `endings`: those of the format, for a hint; `published`: where a file that is missing can be had. Raises DataError
    for what is missing, no file, named twice, or at an address of a kind that is not read.
    """
    found: list[str] = []
    for address in addresses:
        found += _of_one(address, endings, published, parameter)
    _check_twice(found, parameter)
    if not found:
        raise DataError("no file is named", parameter, "name a file, a pattern or a list of them")
    return found


def _check_twice(files: Sequence[str], parameter: str) -> None:
    """Raise DataError for a file that is there twice, by whatever path."""
    known: dict[str, str] = {}
    for file in files:
        place = file if is_remote(file) else os.path.realpath(file)
        if place in known:
            other = "" if known[place] == file else f", as {known[place]!r}, too"
            raise DataError(f"data file {file!r} is named twice{other}", parameter, "its events would count double")
        known[place] = file


def _of_one(address: str, endings: Sequence[str], published: str, parameter: str) -> list[str]:
    address = address.removeprefix("file://")
    if not address:
        return []
    if is_remote(address):
        return remote.found(address, parameter)
    if not Path(address).exists() and any(sign in address for sign in "*?["):
        matching = sorted(glob.glob(address, recursive=True))
        if not matching:
            raise DataError(f"no file matches {address!r}", parameter, _where(address, published))
        return matching
    _check(address, endings, published, parameter)
    return [address]


def _check(address: str, endings: Sequence[str], published: str, parameter: str) -> None:
    file = Path(address)
    if not file.exists():
        raise DataError(f"data file {address!r} does not exist", parameter, _where(address, published))
    if file.is_dir():
        raise DataError(f"{address!r} is a folder", parameter, _files_in(file, endings))
    if kind := irregular(file):
        raise DataError(f"{address!r} is {kind}, expected a file: it is read more than once", parameter)


def _where(address: str, published: str) -> str:
    absolute = Path(address).is_absolute()
    searched = "" if absolute else f"searched relative to the file that names it, then to {Path.cwd()}"
    return "\n".join(text for text in (published, searched) if text)


def _files_in(folder: Path, endings: Sequence[str]) -> str:
    own = tuple(endings)
    found = sorted(file.name for file in folder.iterdir() if file.name.endswith(own))[:5]
    kind = endings[0].removeprefix(".") if endings else "file"
    if found:
        return f"{kind} files in it: {', '.join(found)}; a pattern means all of them: {folder}/*{endings[0]}"
    within = next((file for file in folder.rglob("*") if file.name.endswith(own)), None) if endings else None
    return "name a file" if within is None else f"a pattern means the files of its folders: {folder}/**/*{endings[0]}"


def beside(address: str, file: str) -> str:
    """Return an address that is relative to the folder of a file."""
    if is_remote(address) or Path(address).is_absolute():
        return address
    if is_remote(file):
        path, chained, behind = file.partition("::")
        return f"{path.rpartition('/')[0]}/{address}{chained}{behind}"
    return str(Path(file).parent / address)


def stamp(file: str) -> tuple[int, int | str] | None:
    """Return size and time of a file, by which a change is noticed; None for one that is gone."""
    if is_remote(file):
        return remote.stamp(file)
    try:
        about = Path(file).stat()
    except OSError:
        return None
    return about.st_size, about.st_mtime_ns


def fingerprint(files: Sequence[str], verify: bool = False) -> str:
    """Return a hash of the contents of files, in their order (see `digests_of`)."""
    return hashlib.sha256("".join(digests(files, verify)).encode()).hexdigest()


def digests(files: Sequence[str], verify: bool = False) -> list[str]:
    """Return a hash of the contents of each file; raises DataError for one on a server that cannot be read."""
    local = [file for file in files if not is_remote(file)]
    known = dict(zip(local, digests_of([Path(file) for file in local], verify), strict=True))
    return [known[file] if file in known else remote.digest(file, verify) for file in files]
