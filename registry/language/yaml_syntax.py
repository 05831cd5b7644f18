"""YAML text to PyYAML's nodes: says what is no YAML, and where aliases and tags were written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import AliasEvent
from yaml.nodes import CollectionNode, Node, ScalarNode
from yaml.reader import ReaderError
from yaml.resolver import Resolver

from registry.contract.errors import Origin, Problems
from registry.language.yaml_faults import explain

DEPTH = 100
"""Lists and mappings nested deeper than this are a mistake."""


class _Refused(MarkedYAMLError):
    """YAML that can be read, but not by this tool."""


class YamlAlias:
    """An alias `*name`: the node it stands for, and where it was written."""

    def __init__(self, node: Node, mark: Any) -> None:
        self.node, self.start_mark = node, mark


def aliased(node: Any) -> Iterator[Node]:
    """Yield the nodes in a node, or pairs or lists of nodes, that aliases in it stand for."""
    if isinstance(node, YamlAlias):
        yield node.node
    elif isinstance(node, CollectionNode):
        yield from aliased(node.value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from aliased(item)


class _Composer(Composer):
    """Composes nodes; remembers where aliases stand (PyYAML returns the anchored node itself), and tags (`tagged`)."""

    def __init__(self) -> None:
        Composer.__init__(self)
        self.tagged: list[Any] = []
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[attr-defined]
        if getattr(event, "tag", None) is not None:
            self.tagged.append(event)
        if self._depth == DEPTH:
            raise _Refused(problem=f"lists and mappings nested more than {DEPTH} deep", problem_mark=event.start_mark)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return YamlAlias(node, event.start_mark) if node is not None and isinstance(event, AliasEvent) else node


class _Loader(_Composer, yaml.SafeLoader):
    """Reads by PyYAML alone, whose errors are the ones that `explain` knows."""

    def __init__(self, text: str) -> None:
        yaml.SafeLoader.__init__(self, text)
        _Composer.__init__(self)


def _quick_loader(text: str) -> _Composer | None:
    """Return a loader that reads by libyaml, five times as fast; None where PyYAML was built without it."""
    if not yaml.__with_libyaml__:
        return None
    from yaml.cyaml import CParser  # type: ignore[attr-defined]

    class Quick(_Composer, CParser, Resolver):
        def __init__(self) -> None:
            CParser.__init__(self, text)
            Resolver.__init__(self)
            _Composer.__init__(self)

        def compose_scalar_node(self, anchor: Any) -> ScalarNode:
            node: ScalarNode = super().compose_scalar_node(anchor)
            # As PyYAML has it: a plain scalar has no style.
            node.style = node.style or None
            return node

    return Quick()


def _composed(text: str) -> tuple[Any, list[Any]]:
    """Return the root node and the tags of a text; raises YAMLError as PyYAML words it."""
    try:
        if loader := _quick_loader(text):
            return loader.get_single_node(), loader.tagged
    except YAMLError:
        pass
    loader = _Loader(text)
    return loader.get_single_node(), loader.tagged


def compose(text: str, file: str, problems: Problems) -> Node | YamlAlias | None:
    """Return the root node of the document in `text`; None if it is not YAML or empty (reported)."""
    try:
        node, tagged = _composed(text)
    except MarkedYAMLError as error:
        _report_syntax(error, text, file, problems)
        return None
    except ReaderError as error:
        _report_character(error, text, file, problems)
        return None
    root: Node | YamlAlias | None = node
    if root is None:
        problems.error("the file is empty", Origin(file, 1, 1), hint="see graphs/gravnet.yaml for an example")
    for event in tagged:
        _report_tag(event, file, problems)
    return root


def _report_syntax(error: MarkedYAMLError, text: str, file: str, problems: Problems) -> None:
    if isinstance(error, _Refused):
        mark = error.problem_mark
        problems.error(str(error.problem), Origin(file, mark.line + 1, mark.column + 1) if mark else Origin(file))
        return
    message, place, hint = explain(error, text, file)
    problems.error(message, place, hint=hint)


def _report_character(error: ReaderError, text: str, file: str, problems: Problems) -> None:
    lines = text[: error.position].splitlines(keepends=True) or [""]
    place = Origin(file, len(lines), len(lines[-1]) + 1)
    message = f"not valid YAML: the control character {text[error.position]!r}"
    problems.error(message, place, hint='remove it, or write it in double quotes, such as "\\x07"')


def _report_tag(event: Any, file: str, problems: Problems) -> None:
    mark = event.start_mark
    tag = event.tag.replace("tag:yaml.org,2002:", "!!")
    place = Origin(file, mark.line + 1, mark.column + 1, len(tag))
    problems.settle(f"the tag {tag!r} is not allowed", place, "write plain text, numbers, lists and mappings")
