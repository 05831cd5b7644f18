"""Describes the parameters of a block: type, default, bounds, unit and meaning, nested ones included."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

REQUIRED = "required"

BOUNDS = {
    "minimum": "\u2265 {}",
    "exclusiveMinimum": "> {}",
    "maximum": "\u2264 {}",
    "exclusiveMaximum": "< {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} entries",
    "maxItems": "at most {} entries",
    "pattern": "matches {}",
}

NAMES = {"number": "number", "integer": "whole number", "boolean": "true or false", "string": "text", "null": "null"}

PLURALS = {"whole number": "whole numbers", "number": "numbers", "text": "texts", "mapping": "mappings"}


@dataclass(frozen=True)
class Parameter:
    """One parameter, ready to be shown; the name of a nested one is dotted."""

    name: str
    type: str
    default: str
    bounds: str
    description: str
    schedulable: bool


def describe_parameters(kind: type[BaseModel]) -> list[Parameter]:
    """Return the parameters of a model in the order of their declaration."""
    schema = kind.model_json_schema(by_alias=True)
    return list(_rows(schema, schema.get("$defs", {}), ""))


def _rows(model: Mapping[str, Any], definitions: Mapping[str, Any], prefix: str) -> Iterator[Parameter]:
    required = model.get("required", ())
    for name, entry in model.get("properties", {}).items():
        resolved = _resolve(entry, definitions)
        default = REQUIRED if name in required else _default(entry.get("default"))
        yield Parameter(
            prefix + name,
            type_text(resolved, definitions),
            default,
            bounds_text(resolved),
            entry.get("description", resolved.get("description", "")),
            bool(entry.get("schedulable")),
        )
        for branch in _branches(resolved, definitions):
            if branch.get("properties"):
                yield from _rows(branch, definitions, f"{prefix}{name}.")


def type_text(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Return a JSON Schema type in words: "list of whole numbers", "l1, l2 or none"."""
    schema = _resolve(schema, definitions)
    if "enum" in schema:
        words = [_default(value) for value in schema["enum"]]
        return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    if "const" in schema:
        return _default(schema["const"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(type_text(branch, definitions) for branch in schema["anyOf"]))
    if schema.get("type") == "array":
        items = _items(schema, definitions)
        return f"list of {items}" if items else "list"
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties")
        return f"mapping to {type_text(inner, definitions)}" if isinstance(inner, dict) and inner else "mapping"
    return NAMES.get(str(schema.get("type", "")), "any value")


def _items(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    entries = schema.get("prefixItems")
    if entries:
        return "(" + ", ".join(type_text(entry, definitions) for entry in entries) + ")"
    entry = schema.get("items")
    if not isinstance(entry, dict) or not entry:
        return ""
    resolved = _resolve(entry, definitions)
    bounds = bounds_text(resolved)
    text = type_text(resolved, definitions)
    return f"{PLURALS.get(text, text)} {bounds}".strip()


def bounds_text(schema: Mapping[str, Any]) -> str:
    """Return the bounds a JSON Schema sets, those of all branches of a union included."""
    branches = [schema, *schema.get("anyOf", ())]
    found = [text.format(branch[key]) for branch in branches for key, text in BOUNDS.items() if key in branch]
    return ", ".join(dict.fromkeys(found))


def _branches(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield schema
    for branch in schema.get("anyOf", ()):
        yield _resolve(branch, definitions)
    items = schema.get("items")
    if isinstance(items, dict):
        yield _resolve(items, definitions)


def _resolve(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    return definitions[reference.rpartition("/")[2]] if reference else schema


def _default(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
