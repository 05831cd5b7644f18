"""Reads text files, and says of those that cannot be read why."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import Literal, get_args

from registry.console.files import irregular
from registry.contract.errors import Origin, Problems
from registry.contract.spelling import did_you_mean

BUILTIN = "builtin:"
"""How an address begins that names a graph or a file of options of this package."""

Room = Literal["graphs", "configs", "sweeps"]
"""The folders of the package's own files."""

LOOKED_FOR: set[str] = set()
"""Places at which files were looked for: where one is there, another is not what is meant."""

_before: dict[str, tuple[str, ...]] = {}
"""The folder that the files of an unpacked one come from; and those of what was laid over them."""

PACKAGE = Path(__file__).resolve().parents[1]


def read_text(path: Path, asked_at: Origin | None, problems: Problems) -> str | None:
    """Return the text of a UTF-8 file; None if it cannot be read (reported where it was asked for)."""
    place = asked_at or Origin(str(path))
    named = f"file {str(path)!r}" if asked_at else "the file"
    if kind := irregular(path):
        problems.error(f"{named} is {kind}, expected a file: it is read more than once", place)
        return None
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        near = did_you_mean(path.name, _neighbours(path.parent))
        problems.error(f"{named} does not exist", place, hint=near or f"current folder: {Path.cwd()}")
        return None
    except IsADirectoryError:
        files = ", ".join(_neighbours(path)[:8]) or "no .yaml file"
        problems.error(f"{named} is a folder, expected a YAML file", place, hint=f"it contains: {files}")
        return None
    except (OSError, ValueError) as error:
        problems.error(f"{named} cannot be read: {getattr(error, 'strerror', None) or error}", place)
        return None
    return _decode(content, path, problems)


def _neighbours(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.glob("*.y*ml")) if folder.is_dir() else []


def _decode(content: bytes, path: Path, problems: Problems) -> str | None:
    if b"\0" in content:
        hint = "expected YAML text; a model or a data file belongs into a parameter"
        problems.error("the file is binary, not text", Origin(str(path)), hint=hint)
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8-sig")) + 1
        message = f"the file is not UTF-8: byte 0x{content[error.start]:02x} starts no character"
        hint = f"save it as UTF-8 (`iconv -f latin1 -t utf-8 {path.name}`)"
        problems.error(message, Origin(str(path), line, column), hint=hint)
        return None


def resolve_path(name: str, origin: Origin, room: Room = "graphs") -> str:
    """Return where a file lies: beside the file that names it, else relative to the current folder.

    Beside a file that was unpacked is where it lay before. "builtin:gravnet.yaml" is a file of this package,
    whatever the current folder holds: of its graphs, or of `room`; "builtin:configs/gravnet.yaml" says which.
    """
    if name.startswith(BUILTIN):
        return str(_built_in(name.removeprefix(BUILTIN), room))
    if "://" in name:
        return name
    name = os.path.expanduser(name)
    path = Path(name)
    if path.is_absolute() or not origin.line:
        return name
    beside = Path(origin.file).parent / path
    earlier = [Path(folder) / path for folder in _before.get(os.path.realpath(Path(origin.file).parent), ())]
    places = [beside, *earlier, path]
    return str(next((place for place in places if _exists(place)), (earlier or [beside])[0]))


def _exists(path: Path) -> bool:
    """Say whether there is such a file, or one that a pattern with `*` matches."""
    LOOKED_FOR.add(str(path))
    return os.path.exists(path) or ("*" in path.name and next(glob.iglob(str(path)), None) is not None)


def lay_before(folder: Path, before: str, *laid_over: str) -> None:
    """Note which folder the files of an unpacked folder come from: what is not beside them is looked for there.

    `laid_over`: the folders of options that were laid over those of the folder, and are kept as one with them.
    """
    _before[os.path.realpath(folder)] = (before, *laid_over)


def earlier_folder(folder: Path) -> str:
    """Return the folder that the files of a folder come from: another one if they were unpacked."""
    return _before.get(os.path.realpath(folder), (str(folder),))[0]


def _built_in(name: str, room: Room) -> Path:
    """Return the place of one of the package's own files: inside the package, or beside it in a checkout."""
    first, _, rest = name.partition("/")
    folder = next((item for item in get_args(Room) if item == first), room)
    return built_in_folder(folder) / (rest if folder == first else name)


def built_in_folder(room: Room) -> Path:
    """Return a folder of the package's own files: inside the package, or beside it in a checkout."""
    inside = PACKAGE / room
    return inside if inside.is_dir() else PACKAGE.parent / room
