"""YAML nodes to values that know their place; strict where YAML is lax: duplicate keys, doubtful scalars, tags."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, TypeGuard

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from registry.contract.errors import Origin, Problems
from registry.language.scalars import DoubtfulScalar, read_scalar
from registry.language.value import Value
from registry.language.yaml_syntax import YamlAlias, aliased, compose

REPEATED = 100_000
"""More values than this are not repeated by aliases: a few lines of YAML could fill the memory."""


_HIDDEN = re.compile("[\u00a0\u00ad\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2064\ufeff]")
"""Spaces that are none to YAML, and marks without a width."""
_TYPOGRAPHIC = re.compile("[\u201c\u201d\u201e\u2018\u2019\u00ab].*[\u201c\u201d\u2018\u2019\u00bb]\\Z", re.DOTALL)
_NO_SPACE = re.compile(r"([\w.-]+):(\S+)\Z")


class _TooMuch(Exception):
    """Aliases of aliases stand for more values than anyone means."""


def read_yaml(text: str, file: str, problems: Problems) -> Value | None:
    """Return the document in `text`; None if it is not YAML or empty (reported). Faults of single values are reported,
    and the value is taken for what was probably meant, so that the rest can still be checked."""
    node = compose(text, file, problems)
    if node is None:
        return None
    try:
        return _Converter(file, problems, set(aliased(node))).convert(node, None)
    except _TooMuch:
        message = f"the aliases in this file stand for more than {REPEATED:,} values"
        problems.error(message, Origin(file), hint="write less by `*name`, or more by loops (`repeat:`)")
        return None


class _Converter:
    def __init__(self, file: str, problems: Problems, aliased: set[Node]) -> None:
        self._file, self._problems, self._aliased = file, problems, aliased
        self._open: list[Node] = []
        self._repeated = 0

    def convert(self, node: Node | YamlAlias, via: Origin | None) -> Value:
        if isinstance(node, YamlAlias):
            via = self._origin(node, via)
            node = node.node
        if via:
            self._repeated += 1
            if self._repeated > REPEATED:
                raise _TooMuch
        if node in self._open:
            place = via or self._origin(node, None)
            self._problems.settle("the alias stands inside the value it repeats", place)
            return Value(None, place)
        self._open.append(node)
        try:
            value = self._convert_node(node, via)
            return replace(value, repeated=True) if not via and node in self._aliased else value
        finally:
            self._open.pop()

    def _convert_node(self, node: Node, via: Origin | None) -> Value:
        origin = self._origin(node, via)
        if isinstance(node, MappingNode):
            return self._mapping(node, origin, via)
        if isinstance(node, SequenceNode):
            return Value([self.convert(item, via) for item in node.value], origin)
        if isinstance(node, ScalarNode):
            return Value(self._scalar(node, origin), origin)
        raise TypeError(f"{origin}: expected a mapping, a list or a scalar of YAML, received {node!r}")

    def _scalar(self, node: ScalarNode, origin: Origin) -> Any:
        self._check_text(node, origin)
        if node.style is not None:
            return node.value
        try:
            return read_scalar(node.value)
        except DoubtfulScalar as error:
            self._problems.settle(error.message, origin, error.hint)
            return error.meant

    def _check_text(self, node: ScalarNode, origin: Origin) -> None:
        """Report characters that nobody means: half of a surrogate pair, invisible ones, typographic quotes."""
        text = str(node.value)
        strange = next((character for character in text if 0xD800 <= ord(character) <= 0xDFFF), "")
        if strange:
            self._problems.settle(f"the text holds {strange!a}, which is no character", origin)
        elif node.style is None and " " not in text and (hidden := _HIDDEN.search(text)):
            message = f"the text holds an invisible character, {hidden[0]!a}"
            self._problems.settle(message, origin, "remove it, or put the text in quotes")
        elif node.style is None and _TYPOGRAPHIC.match(text):
            self._problems.settle(f"{text} is in typographic quotes, which belong to the text", origin, "write ' or \"")

    def _mapping(self, node: MappingNode, origin: Origin, via: Origin | None) -> Value:
        entries: dict[str, Value] = {}
        keys: dict[str, Origin] = {}
        merged: list[Value] = []
        merges: Origin | None = None
        for key_node, value_node in node.value:
            if _is_plain(key_node) and key_node.value == "<<":
                place = self._origin(key_node, via)
                if merges:
                    self._report_duplicate("<<", merges, place, "write one: `<<: [*first, *second]`; the first wins")
                merges = merges or place
                merged += self._merged(value_node, via)
                continue
            key = self._key(key_node)
            place = self._origin(key_node, via)
            if key in entries:
                self._report_duplicate(key, keys[key], place, "remove or rename one of them")
                continue
            entries[key] = self.convert(value_node, via)
            keys[key] = place
            if entries[key].data is None and _is_plain(key_node) and (match := _NO_SPACE.match(key)):
                self._problems.settle("a space is missing behind the colon", place, f"write `{match[1]}: {match[2]}`")
        for other in merged:
            for key, value in other.mapping.items():
                if key not in entries:
                    entries[key], keys[key] = value, other.keys[key]
        return Value(entries, origin, keys)

    def _report_duplicate(self, key: str, first: Origin, place: Origin, hint: str) -> None:
        self._problems.error(f"duplicate key {key!r}: first written in line {first.line}", place, hint=hint)

    def _key(self, node: Node | YamlAlias) -> str:
        if isinstance(node, YamlAlias):
            node = node.node
        if not isinstance(node, ScalarNode):
            self._problems.settle("a key must be text, received a list or a mapping", self._origin(node, None))
            return f"<key in line {node.start_mark.line + 1}>"
        origin = self._origin(node, None)
        value = Value(self._scalar(node, origin), origin)
        if "${" in str(node.value):
            hint = "write the key out; a value may choose among several by ${Section.${Other.key}}"
            self._problems.settle("a placeholder in a key, where it is not replaced", origin, hint)
        if not isinstance(value.data, str):
            message = f"a key must be text, received {value.received()}"
            self._problems.settle(message, origin, f"write '{node.value}' in quotes")
        return str(node.value)

    def _merged(self, node: Node | YamlAlias, via: Origin | None) -> list[Value]:
        """Return the mappings a `<<` key brings in, the winning one first."""
        value = self.convert(node, via)
        values = value.data if isinstance(value.data, list) else [value]
        for item in values:
            if not isinstance(item.data, dict):
                self._problems.error("`<<` merges mappings only", item.origin, hint="write `<<: *name`")
        return [item for item in values if isinstance(item.data, dict)]

    def _origin(self, node: Node | YamlAlias, via: Origin | None) -> Origin:
        start = node.start_mark
        length = 1
        if isinstance(node, ScalarNode) and node.end_mark.line == start.line:
            length = max(1, node.end_mark.column - start.column)
        return Origin(self._file, start.line + 1, start.column + 1, length, via)


def _is_plain(node: Node | YamlAlias) -> TypeGuard[ScalarNode]:
    """Say whether a node is a text without quotes."""
    return isinstance(node, ScalarNode) and node.style is None
