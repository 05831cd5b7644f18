"""YAML text to values that know their place; strict where YAML is lax: duplicate keys, doubtful scalars, tags."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from registry.errors import Origin, Problems
from registry.language.scalars import DoubtfulScalar, read_scalar
from registry.language.value import Value

_STANDARD = "tag:yaml.org,2002:"


class _Alias:
    """An alias `*name`: the node it stands for, and where it was written."""

    def __init__(self, node: Node, mark: Any) -> None:
        self.node, self.start_mark = node, mark


class _Loader(yaml.SafeLoader):
    """Composes nodes, but remembers where aliases stand (PyYAML returns the anchored node itself)."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if not self.check_event(AliasEvent):
            return super().compose_node(parent, index)
        mark = self.peek_event().start_mark
        node = super().compose_node(parent, index)
        assert node is not None
        return _Alias(node, mark)


def read_yaml(text: str, file: str, problems: Problems) -> Value | None:
    """Return the document in `text`; None if it is not YAML or empty (reported). Faults of single values are reported,
    and the value is taken for what was probably meant, so that the rest can still be checked."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
    except MarkedYAMLError as error:
        _report_syntax(error, text, file, problems)
        return None
    except YAMLError as error:
        problems.error(f"not valid YAML: {str(error).splitlines()[0]}", Origin(file, 1, 1))
        return None
    finally:
        loader.dispose()
    if node is None:
        problems.error("the file is empty", Origin(file), hint="see graphs/gravnet.yaml for an example")
        return None
    return _Converter(file, problems).convert(node, None)


def _report_syntax(error: MarkedYAMLError, text: str, file: str, problems: Problems) -> None:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines()
    written = lines[line] if line < len(lines) else ""
    indent = written[: len(written) - len(written.lstrip())]
    if "\t" in indent or "'\\t'" in str(error.problem):
        place = Origin(file, line + 1, written.find("\t") + 1)
        problems.error("not valid YAML: a tab; YAML is indented with spaces", place, hint="replace the tab by spaces")
        return
    context = f" ({error.context})" if error.context else ""
    hint = "a text with ': ', '#', '{' or '*' in it needs quotes"
    problems.error(f"not valid YAML: {error.problem}{context}", Origin(file, line + 1, column + 1), hint=hint)


class _Converter:
    def __init__(self, file: str, problems: Problems) -> None:
        self._file, self._problems = file, problems
        self._open: list[Node] = []

    def convert(self, node: Node | _Alias, via: Origin | None) -> Value:
        if isinstance(node, _Alias):
            via = self._origin(node, via)
            node = node.node
        if node in self._open:
            self._problems.error("the alias stands inside the value it repeats", via or self._origin(node, None))
            return Value(None, self._origin(node, via))
        self._open.append(node)
        try:
            return self._convert_node(node, via)
        finally:
            self._open.pop()

    def _convert_node(self, node: Node, via: Origin | None) -> Value:
        origin = self._origin(node, via)
        if not node.tag.startswith(_STANDARD) or "python" in node.tag:
            message = f"the tag {node.tag.replace(_STANDARD, '!!')!r} is not allowed"
            self._problems.error(message, origin, hint="write plain text, numbers, lists and mappings")
            return Value(None, origin)
        if isinstance(node, MappingNode):
            return self._mapping(node, origin, via)
        if isinstance(node, SequenceNode):
            return Value([self.convert(item, via) for item in node.value], origin)
        assert isinstance(node, ScalarNode)
        return Value(self._scalar(node, origin), origin)

    def _scalar(self, node: ScalarNode, origin: Origin) -> Any:
        if node.style is not None:
            return node.value
        try:
            return read_scalar(node.value)
        except DoubtfulScalar as error:
            self._problems.error(error.message, origin, hint=error.hint)
            return error.meant

    def _mapping(self, node: MappingNode, origin: Origin, via: Origin | None) -> Value:
        entries: dict[str, Value] = {}
        keys: dict[str, Origin] = {}
        merged: list[Value] = []
        for key_node, value_node in node.value:
            if isinstance(key_node, ScalarNode) and key_node.style is None and key_node.value == "<<":
                merged += self._merged(value_node, via)
                continue
            key = self._key(key_node)
            place = self._origin(key_node, via)
            if key in entries:
                first = keys[key]
                message = f"duplicate key {key!r}: first written in line {first.line}"
                self._problems.error(message, place, hint="remove or rename one of them")
                continue
            entries[key] = self.convert(value_node, via)
            keys[key] = place
        for other in merged:
            assert isinstance(other.data, dict)
            for key, value in other.data.items():
                if key not in entries:
                    entries[key], keys[key] = value, other.keys[key]
        return Value(entries, origin, keys)

    def _key(self, node: Node | _Alias) -> str:
        if isinstance(node, _Alias):
            node = node.node
        if not isinstance(node, ScalarNode):
            self._problems.error("a key must be text, received a list or a mapping", self._origin(node, None))
            return f"<key in line {node.start_mark.line + 1}>"
        assert isinstance(node, ScalarNode)
        origin = self._origin(node, None)
        before = len(self._problems.errors)
        value = self._scalar(node, origin)
        if not isinstance(value, str) and len(self._problems.errors) == before:
            message = f"a key must be text, received {value!r} ({type(value).__name__})"
            self._problems.error(message, origin, hint=f"write '{node.value}' in quotes")
        return str(node.value)

    def _merged(self, node: Node | _Alias, via: Origin | None) -> list[Value]:
        """Return the mappings a `<<` key brings in, the winning one first."""
        value = self.convert(node, via)
        values = value.data if isinstance(value.data, list) else [value]
        for item in values:
            if not isinstance(item.data, dict):
                self._problems.error("`<<` merges mappings only", item.origin, hint="write `<<: *name`")
        return [item for item in values if isinstance(item.data, dict)]

    def _origin(self, node: Node | _Alias, via: Origin | None) -> Origin:
        start = node.start_mark
        length = 1
        if isinstance(node, ScalarNode) and node.end_mark.line == start.line:
            length = max(1, node.end_mark.column - start.column)
        return Origin(self._file, start.line + 1, start.column + 1, length, via)
