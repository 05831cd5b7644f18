"""Names and values that mlflow accepts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlencode

from registry.contract.tracker import DRAWING

Item = TypeVar("Item")

NOTE = "mlflow.note.content"
"""The tag with the text that mlflow shows of a run."""

PICTURE = "the graph"
_DRAWN = re.compile(rf"\n*!\[{PICTURE}\]\(get-artifact\?[^)]*\)\Z")

CHANGED = "parameter: "
"""Start of the tags that hold parameters with another value than the run began with: mlflow changes none."""

MAX_NAME = 250
MAX_VALUE = 6000
"""Characters of a parameter that mlflow stores."""


def accepted(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return parameters with names and values mlflow accepts; no two names become the same."""
    result: dict[str, str] = {}
    for name, value in parameters.items():
        clean = base = clean_name(name)
        number = 2
        while clean in result:
            clean = f"{base[: MAX_NAME - 8]}:{number}"
            number += 1
        result[clean] = shorten(value, MAX_VALUE)
    return result


def changed_parameter(name: str) -> str:
    """Return the tag that holds the value of a parameter that changed when a run was resumed."""
    return clean_name(f"{CHANGED}{name}")


def clean_name(name: str) -> str:
    """Return a name of letters, digits and `_-. :/`, at most 250 characters: "a[0]" becomes "a.0", "*.x" "_.x"."""
    name = re.sub(r"\[([^\[\]]*)\]", r".\1", name)
    name = re.sub(r"[^\w\-. :/]", "_", name, flags=re.ASCII)
    # mlflow stores names as paths: it refuses those that `normpath` would change.
    parts = [part for part in name.split("/") if part not in ("", ".")]
    name = "/".join("_" if part == ".." else part for part in parts) or "_"
    if len(name) <= MAX_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return f"{name[: MAX_NAME - 13]}-{digest}"


def note(description: str, run: str) -> str:
    """Return what mlflow shows above all else of a run: its description, and the drawing of its graph."""
    query = urlencode({"path": DRAWING, "run_uuid": run})
    # Relative to the page: the server's own address may change, and be behind another.
    return "\n\n".join([*([description] if description else []), f"![{PICTURE}](get-artifact?{query})"])


def description_of(shown: str) -> str:
    """Return the description in what mlflow shows of a run."""
    return _DRAWN.sub("", shown)


def shorten(text: str, length: int) -> str:
    """Return a text of at most `length` characters; what was cut is said, with a hash that tells texts apart."""
    if len(text) <= length:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    note = f"... ({len(text)} characters, sha256 {digest})"
    return text[: length - len(note)] + note
