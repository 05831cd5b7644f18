"""A graph file as written, with its configuration: layers merged, nothing expanded yet."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path

from registry.contract.errors import Origin, Problems
from registry.contract.records import record
from registry.contract.spelling import did_you_mean
from registry.language.dialects import Taken, dialect_of, taken_from
from registry.language.files import read_text, resolve_path
from registry.language.layers import apply_setting, merge
from registry.language.placeholders import mentioned
from registry.language.value import Value, as_meant, empty_mapping, repeated_options
from registry.language.yaml_reader import read_yaml

TOP_KEYS = ("name", "description", "config", "plugins", "defaults", "blocks", "outputs")
"""What a graph file may say."""


_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}\Z", re.ASCII)
_NAME_RULE = "letters, digits, '_', '-' and '.', a letter or a digit first, 100 at most"

NOWHERE = Origin("")
"""The place of a name that was typed: it is relative to the current folder."""


@record(frozen=False)
class Document:
    """A graph file and its merged configuration; `plugins` with the place each was asked for.

    `incomplete`: some layer of the configuration could not be read (reported); an option that is missing may be in it.
    `mentioned`: options that placeholders or aliases in any file of options stand for, be it one that another file
    overrides.
    `dialects`: programs that files of options were written for, and what was taken from their defaults.
    """

    file: str
    root: Value
    config: Value
    plugins: list[tuple[str, Origin]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    incomplete: bool = False
    mentioned: set[str] = field(default_factory=set)
    dialects: list[Taken] = field(default_factory=list)

    def section(self, key: str) -> Value | None:
        """Return what stands under a top-level key, if anything."""
        value = self.root.mapping.get(key)
        return None if value is None or value.data is None else value

    def text(self, key: str, default: str) -> str:
        """Return a top-level text."""
        value = self.section(key)
        return str(value.data) if value else default


def read_document(
    path: str, configs: Sequence[str], sets: Sequence[str], problems: Problems, asked_at: Origin | None = None
) -> Document | None:
    """Return a graph file, its own configuration files, and what is laid over them (files, then `a.b=c` settings).

    None if the graph file itself cannot be read; all faults are collected in `problems`.
    """
    path = resolve_path(path, NOWHERE)
    root = _read_mapping(path, asked_at, problems)
    if root is None or not _is_graph(root, problems):
        # What is wrong with the options is said all the same.
        for name in configs:
            _read_layer(resolve_path(name, NOWHERE, "configs"), None, problems)
        return None
    document = Document(path, as_meant(root, TOP_KEYS), empty_mapping(Origin(path)), files=[path])
    _check_sections(document, problems)
    before = len(problems.errors)
    own = _texts(document, "config", problems)
    named = [(resolve_path(str(item.data), item.origin, "configs"), item.origin) for item in own]
    _lay_over(document, named, problems)
    _lay_over(document, [(resolve_path(name, NOWHERE, "configs"), None) for name in configs], problems)
    for setting in sets:
        document.mentioned |= mentioned(Value(setting, NOWHERE))
        document.config = apply_setting(document.config, setting, problems)
    document.incomplete = len(problems.errors) > before
    document.plugins = [(_plugin(item), item.origin) for item in _texts(document, "plugins", problems)]
    return document


def _lay_over(document: Document, files: Sequence[tuple[str, Origin | None]], problems: Problems) -> None:
    """Lay files of options over the configuration, each with the place that names it.

    Beneath them come the defaults of the program that one of them was written for.
    """
    layers = []
    for name, origin in files:
        layer = _read_layer(name, origin, problems)
        if layer is not None:
            layers.append(layer)
            document.files.append(name)
            document.mentioned |= mentioned(layer) | set(repeated_options(layer))
    for layer in layers:
        if dialect := dialect_of(layer, problems):
            document.dialects.append(Taken(dialect, taken_from(dialect, layer, document.config)))
            document.config = merge(document.config, dialect.defaults)
    for layer in layers:
        document.config = merge(document.config, layer)


def _read_mapping(path: str, asked_at: Origin | None, problems: Problems) -> Value | None:
    text = read_text(Path(path), asked_at, problems)
    value = None if text is None else read_yaml(text, path, problems)
    if value is not None and not isinstance(value.data, dict):
        message = f"expected a mapping (`key: value`), received {value.received()}"
        problems.error(message, value.origin, hint="see graphs/gravnet.yaml for an example")
        return None
    return value


def _read_layer(path: str, asked_at: Origin | None, problems: Problems) -> Value | None:
    """Return a file of options; None if it is none (reported)."""
    layer = _read_mapping(path, asked_at, problems)
    return layer if layer is not None and _is_options(layer, problems) else None


def _is_graph(root: Value, problems: Problems) -> bool:
    """Report the unknown keys of a graph file; say whether it is one, and no file of options."""
    if (
        root.mapping
        and "blocks" not in as_meant(root, TOP_KEYS).keys
        and not any(key in TOP_KEYS for key in root.mapping)
    ):
        hint = "options stand behind a graph: GRAPH --config " + root.origin.file
        problems.error("this is no graph: it has no `blocks:`", root.origin, hint=hint)
        return False
    for key in root.mapping:
        if key not in TOP_KEYS:
            hint = (
                did_you_mean(key, TOP_KEYS)
                or f"a graph file has: {', '.join(TOP_KEYS)}; options stand in the file `config:` names"
            )
            problems.error(f"unknown key {key!r} in a graph file", root.keys[key], hint=hint)
    return True


def _is_options(layer: Value, problems: Problems) -> bool:
    """Say whether a file laid over the configuration holds options; a graph is reported."""
    if "blocks" not in layer.keys:
        return True
    hint = "--config takes a file of options, such as configs/gravnet.yaml"
    problems.error("this is a graph, not a file of options", layer.keys["blocks"], hint=hint)
    return False


def _check_sections(document: Document, problems: Problems) -> None:
    for key in ("name", "description"):
        value = document.section(key)
        if value and not isinstance(value.data, str):
            problems.error(f"{key}: expected text, received {value.received()}", value.origin)
        elif value and "${" in str(value.data):
            _report_placeholder(key, value, problems)
        elif value and key == "name" and not _NAME.match(str(value.data)):
            message = f"{value.data!r} is no name for a graph: {_NAME_RULE}"
            problems.error(message, value.origin, hint="its model, experiment and folders are called like the graph")
    for key in ("defaults", "blocks", "outputs"):
        value = document.section(key)
        if value and not isinstance(value.data, dict):
            message = f"{key}: expected a mapping, received {value.received()}"
            problems.error(message, value.origin, hint=f"write `{key}:` with one `name: ...` per line below it")


def _texts(document: Document, key: str, problems: Problems) -> list[Value]:
    """Return the texts under a key that takes one or a list of them."""
    value = document.section(key)
    if value is None:
        return []
    items = value.data if isinstance(value.data, list) else [value]
    for item in items:
        if not isinstance(item.data, str):
            problems.error(f"{key}: expected a text or a list of texts, received {item.received()}", item.origin)
        elif "${" in item.data:
            _report_placeholder(key, item, problems)
    return [item for item in items if isinstance(item.data, str) and "${" not in item.data]


def _report_placeholder(key: str, value: Value, problems: Problems) -> None:
    message = f"{key}: placeholders are not replaced here, received {value.received()}"
    problems.error(message, value.origin, hint="it is read before the options are; write the text out")


def _plugin(item: Value) -> str:
    """Return the file or folder that a plugin is, or the name of its module."""
    name = str(item.data)
    if name.endswith(".py"):
        return resolve_path(name, item.origin)
    # A name without a slash is that of a module.
    return os.path.join(".", resolve_path(name, item.origin)) if "/" in name else name
