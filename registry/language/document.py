"""A graph file as written, with its configuration: layers merged, nothing expanded yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from registry.errors import Origin, Problems, did_you_mean
from registry.language.files import read_text, resolve_path
from registry.language.layers import apply_setting, merge
from registry.language.value import Value, empty_mapping
from registry.language.yaml_reader import read_yaml

TOP_KEYS = ("name", "description", "config", "plugins", "defaults", "blocks", "outputs")
"""What a graph file may say."""


@dataclass
class Document:
    """A graph file and its merged configuration; `plugins` with the place each was asked for."""

    file: str
    root: Value
    config: Value
    plugins: list[tuple[str, Origin]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def section(self, key: str) -> Value | None:
        """Return what stands under a top-level key, if anything."""
        assert isinstance(self.root.data, dict)
        value = self.root.data.get(key)
        return None if value is None or value.data is None else value

    def text(self, key: str, default: str) -> str:
        """Return a top-level text."""
        value = self.section(key)
        return str(value.data) if value else default


def read_document(
    path: str, configs: Sequence[str], sets: Sequence[str], problems: Problems, asked_at: Origin | None = None
) -> Document:
    """Read a graph file, its own configuration files, and what is laid over them (files, then `a.b=c` settings).

    Raises InputError if the graph file itself cannot be read; other faults are collected in `problems`.
    """
    root = _read_mapping(path, asked_at, problems)
    if root is None:
        problems.raise_if_any()
        raise AssertionError("a file that cannot be read has been reported")
    document = Document(path, root, empty_mapping(Origin(path)), files=[path])
    _check_top(document, problems)
    own = [(resolve_path(str(item.data), item.origin), item.origin) for item in _texts(document, "config", problems)]
    for name, origin in [*own, *((name, None) for name in configs)]:
        layer = _read_mapping(name, origin, problems)
        if layer is not None:
            document.files.append(name)
            document.config = merge(document.config, layer)
    for setting in sets:
        document.config = apply_setting(document.config, setting, problems)
    document.plugins = [(_plugin(item), item.origin) for item in _texts(document, "plugins", problems)]
    return document


def _read_mapping(path: str, asked_at: Origin | None, problems: Problems) -> Value | None:
    text = read_text(Path(path), asked_at, problems)
    value = None if text is None else read_yaml(text, path, problems)
    if value is not None and not isinstance(value.data, dict):
        message = f"expected a mapping (`key: value`), received {type(value.plain()).__name__}"
        problems.error(message, value.origin, hint="see graphs/gravnet.yaml for an example")
        return None
    return value


def _check_top(document: Document, problems: Problems) -> None:
    root = document.root
    assert isinstance(root.data, dict)
    for key in root.data:
        if key not in TOP_KEYS:
            hint = did_you_mean(key, TOP_KEYS) or f"a graph file has: {', '.join(TOP_KEYS)}"
            problems.error(f"unknown key {key!r} in a graph file", root.keys[key], hint=hint)
    for key in ("name", "description"):
        value = document.section(key)
        if value and not isinstance(value.data, str):
            received = f"{value.plain()!r} ({type(value.plain()).__name__})"
            problems.error(f"{key}: expected text, received {received}", value.origin)
    for key in ("defaults", "blocks", "outputs"):
        value = document.section(key)
        if value and not isinstance(value.data, dict):
            message = f"{key}: expected a mapping, received {type(value.plain()).__name__}"
            problems.error(message, value.origin, hint=f"write `{key}:` with one `name: ...` per line below it")


def _texts(document: Document, key: str, problems: Problems) -> list[Value]:
    """Return the texts under a key that takes one or a list of them."""
    value = document.section(key)
    if value is None:
        return []
    items = value.data if isinstance(value.data, list) else [value]
    for item in items:
        if not isinstance(item.data, str):
            received = f"{item.plain()!r} ({type(item.plain()).__name__})"
            problems.error(f"{key}: expected a text or a list of texts, received {received}", item.origin)
    return [item for item in items if isinstance(item.data, str)]


def _plugin(item: Value) -> str:
    name = str(item.data)
    return resolve_path(name, item.origin) if name.endswith(".py") else name
