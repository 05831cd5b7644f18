"""Validates parameters, and says of every fault where it was written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from registry.contract.block import has_mark
from registry.contract.errors import Origin, Problems
from registry.contract.failures import FAILURES, failure, said
from registry.contract.spelling import did_you_mean, nearest_word
from registry.language.files import resolve_path
from registry.language.value import Value

MAPPING = re.compile(r"a valid dictionary( or instance of \w+)?")
"""How pydantic calls what files of options write as `{key: value}`."""

Model = TypeVar("Model", bound=BaseModel)


def validate(
    kind: type[Model], value: Value, node: str, problems: Problems, owner: str = "", partial: bool = False
) -> Model | None:
    """Return the parameters in `value` as `kind`; None if something is wrong (reported at its place).

    `owner` is the block's name, for the hint that shows how to look it up; `partial`: what is missing is no fault.
    """
    if not isinstance(value.data, dict):
        message = f"expected parameters as a mapping, received {value.received()}"
        problems.error(message, value.origin, node)
        return None
    too_large = _report_too_large(value, node, problems)
    try:
        made = kind.model_validate(_with_paths(kind, value))
        return None if too_large else made
    except ValidationError as error:
        details = error.errors(include_url=False)
        meant = {_meant(detail, kind) for detail in details if detail["type"] == "extra_forbidden"}
        # What is written under a misspelt name is not missing.
        missing = [list(item["loc"]) for item in details if item["type"] == "missing" and item["loc"] not in meant]
        if missing and not partial:
            _report_missing(missing, kind, value, node, problems, owner)
        for detail in details:
            if detail["type"] != "missing":
                _report(detail, kind, value, node, problems, owner)
    except FAILURES as error:
        expected = "expected ValueError, with a text that says what was expected, for a value that is refused"
        found = failure(
            f"{owner or kind.__name__!r}: a validator of the parameters raised {said(error)}", error, expected
        )
        place = found.origin.used_at(value.origin) if found.origin else value.origin
        problems.error(found.message, place, node, found.hint)
    return None


def _report_too_large(value: Value, node: str, problems: Problems) -> bool:
    """Report whole numbers that do not fit into 64 bits, with a sign or without; say whether there are any."""
    found = False
    if isinstance(value.data, int) and not -(2**63) <= value.data < 2**64:
        message = f"expected a number of 64 bits at most, received {value.received()}"
        problems.settle(message, value.origin, node=node)
        found = True
    for _, item in value.items():
        found = _report_too_large(item, node, problems) or found
    return found


def _report_missing(
    paths: list[list[str | int]], kind: type[BaseModel], value: Value, node: str, problems: Problems, owner: str
) -> None:
    """Report parameters without a value: those that are missing in one place in one message."""
    places: dict[Origin, list[list[str | int]]] = {}
    for path in paths:
        places.setdefault(value.nearest(path).origin, []).append(path)
    for place, together in places.items():
        names = ", ".join(repr(dotted(path)) for path in together)
        message = f"parameter {names} is missing" if len(together) == 1 else f"parameters {names} are missing"
        hint = "\n".join(_description(kind, path) for path in together) + _lookup(owner)
        problems.error(message, place, node, hint.strip())


def _lookup(owner: str) -> str:
    return f"   (python -m registry.blocks {owner})" if owner else ""


def _meant(detail: ErrorDetails, kind: type[BaseModel]) -> tuple[str | int, ...]:
    """Return the path of the parameter that an unknown one was probably meant to be."""
    *above, name = detail["loc"]
    return (*above, nearest_word(str(name), _known_names(kind, above)))


def _with_paths(kind: type[BaseModel], value: Value) -> dict[str, Any]:
    """Return the plain parameters; file names are taken relative to the file that states them."""
    plain: dict[str, Any] = value.plain()
    for name, field in kind.model_fields.items():
        key = field.alias or name
        if not has_mark(field, "path") or not plain.get(key):
            continue
        if isinstance(plain[key], str):
            plain[key] = resolve_path(plain[key], value.nearest([key]).origin)
        elif isinstance(plain[key], list):
            plain[key] = [
                resolve_path(item, value.nearest([key, number]).origin) if isinstance(item, str) and item else item
                for number, item in enumerate(plain[key])
            ]
    return plain


def _report(
    detail: ErrorDetails, kind: type[BaseModel], value: Value, node: str, problems: Problems, owner: str
) -> None:
    path: list[str | int] = [step for step in detail["loc"] if not _is_union_branch(step, value, detail)]
    lookup = _lookup(owner)
    if detail["type"] == "extra_forbidden":
        name = str(path[-1])
        known = _known_names(kind, path[:-1])
        hint = did_you_mean(name, known) or (f"known: {', '.join(known)}" if known else "it takes no parameters")
        subject = f"{owner!r} has no" if owner else "unknown"
        problems.error(f"{subject} parameter {dotted(path)!r}", value.key_origin(path), node, hint + lookup)
        return
    expected = detail["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    expected = MAPPING.sub("a mapping", expected)
    received = value.nearest(path)
    message = f"parameter {dotted(path)!r}: expected {expected}, received {received.received()}"
    hint = "\n".join(filter(None, [_near_choice(detail, received), (_description(kind, path) + lookup).strip()]))
    problems.error(message, received.origin, node, hint)


def _near_choice(detail: ErrorDetails, received: Value) -> str:
    """Return the choice that a misspelt one is near to, where a parameter is one of a few texts."""
    choices = re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", "")))
    chosen = detail["type"] == "literal_error" and isinstance(received.data, str)
    return did_you_mean(str(received.data), choices) if chosen else ""


def _is_union_branch(step: str | int, value: Value, detail: ErrorDetails) -> bool:
    """Say whether a step of pydantic's path names a branch of a union ("function-after[...]"), not a key."""
    return isinstance(step, str) and ("[" in step or "(" in step)


def _known_names(kind: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """Return the parameter names at `path`, following nested models."""
    for step in path:
        field = kind.model_fields.get(str(step))
        inner = field.annotation if field else None
        candidates = [inner, *getattr(inner, "__args__", ())]
        models = [entry for entry in candidates if isinstance(entry, type) and issubclass(entry, BaseModel)]
        if isinstance(step, str) and models:
            kind = models[0]
    return [field.alias or name for name, field in kind.model_fields.items()]


def _description(kind: type[BaseModel], path: Sequence[str | int]) -> str:
    """Return what the parameter at `path` is, from its declaration."""
    if not path:
        return ""
    for name, field in kind.model_fields.items():
        if (field.alias or name) == str(path[0]) and field.description:
            return f"{path[0]}: {field.description}"
    return ""


def dotted(path: Sequence[str | int]) -> str:
    """Return a path as text, "columns.truth_energy"."""
    return ".".join(str(step) for step in path)
