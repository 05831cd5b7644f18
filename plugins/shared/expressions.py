"""Columns by expression, `log1p(energy)`, `hypot(x, y)`: parsed into a tree of what is allowed, never run as code."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registry.plugins.shared.expression_grammar import (
    CONSTANTS,
    MISSING,
    OBJECT,
    ExpressionError,
    children,
    dotted,
    is_mask,
)

if TYPE_CHECKING:
    import numpy as np

_QUOTED = re.compile(r"`([^`]*)`")
_PLAIN = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\Z")
LONGEST = 1000
"""Characters of an expression."""


@dataclass(frozen=True)
class Expression:
    """A column, or what is computed from columns; `hits` and `objects`: names of the columns that it reads.

    `masks`: those of `hits` of which it asks where they are missing.
    """

    text: str
    hits: tuple[str, ...]
    objects: tuple[str, ...]
    _tree: ast.expr | None
    _quoted: tuple[str, ...]
    masks: tuple[str, ...] = ()

    @property
    def is_column(self) -> bool:
        """Whether it is one column as it stands."""
        return self._tree is None

    def value(self, hits: Callable[[str], np.ndarray], objects: Callable[[str], np.ndarray]) -> Any:
        """Return the values; `hits` and `objects` give the columns of either kind by name, all of one length.

        `hits` is asked for `missing(NAME)`, too. Raises WholeNumberError where a whole number has no place in 64 bits.
        """
        if self._tree is None:
            return hits(self.hits[0]) if self.hits else objects(self.objects[0])
        from registry.plugins.shared.expression_values import Evaluation

        return Evaluation(self._quoted, set(self.hits), hits, objects).of(self._tree)


def parse(text: str, columns: Collection[str] | None = None) -> Expression:
    """Return the expression of a text; a text that is the name of a column is that column, whatever signs are in it.

    `columns`: names of the columns there are, None if that is not known. Raises ExpressionError for a text that is
    neither.
    """
    if (columns is not None and text in columns) or _PLAIN.match(text):
        if text.startswith(OBJECT + "."):
            return Expression(text, (), (text.removeprefix(OBJECT + "."),), None, ())
        return Expression(text, (text,), (), None, ())
    if len(text) > LONGEST:
        raise ExpressionError(f"the expression has {len(text)} characters, more than {LONGEST}")
    quoted: list[str] = []

    def keep(found: re.Match[str]) -> str:
        quoted.append(found.group(1))
        return f"_quoted_{len(quoted) - 1}_"

    source = _QUOTED.sub(keep, text)
    try:
        tree = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"{text!r} is no column and no expression") from None
    hits: dict[str, None] = {}
    objects: dict[str, None] = {}
    _collect(tree, tuple(quoted), columns, hits, objects)
    masks = dict.fromkeys(dotted(node.args[0], tuple(quoted)) for node in ast.walk(tree) if is_mask(node))
    return Expression(text, tuple(hits), tuple(objects), tree, tuple(quoted), tuple(masks))


def _collect(
    node: ast.expr,
    quoted: tuple[str, ...],
    columns: Collection[str] | None,
    hits: dict[str, None],
    objects: dict[str, None],
) -> None:
    """Gather the columns that a tree reads; raises ExpressionError for anything that is not allowed."""
    if isinstance(node, ast.Name | ast.Attribute):
        name = dotted(node, quoted)
        if name.startswith(OBJECT + "."):
            objects[name.removeprefix(OBJECT + ".")] = None
        elif name not in CONSTANTS or (columns is not None and name in columns):
            hits[name] = None
        return
    if isinstance(node, ast.Constant):
        if type(node.value) not in (int, float, bool):
            raise ExpressionError(f"an expression holds {node.value!r}; expected a number")
        return
    if is_mask(node):
        name = dotted(node.args[0], quoted) if len(node.args) == 1 and not node.keywords else ""
        if not name or name.startswith(OBJECT + "."):
            raise ExpressionError(f"{MISSING}() takes one column of the hits, received {ast.unparse(node)!r}")
        hits[name] = None
        return
    for child in children(node):
        _collect(child, quoted, columns, hits, objects)
