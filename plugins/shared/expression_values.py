"""Computes columns by expression; whole numbers that leave the range of their type are an error."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from registry.plugins.shared.expression_grammar import (
    BINARY,
    COMPARED,
    CONSTANTS,
    OBJECT,
    UNARY,
    WholeNumberError,
    dotted,
    is_mask,
    mask_of,
    unquoted,
)

_EXACT: dict[str, Callable[..., int]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "negative": operator.neg,
    "abs": abs,
}
"""What may leave the range of whole numbers, as Python computes it."""

_FAR = 2.0**62
"""A wrapped number is at least 2^64 from the true one, a sum or product of decimals much nearer to it."""


@dataclass(frozen=True)
class Evaluation:
    """Computes the parts of an expression; `hits` and `objects` give columns by name, `known`: those of the hits."""

    quoted: tuple[str, ...]
    known: Collection[str]
    hits: Callable[[str], np.ndarray]
    objects: Callable[[str], np.ndarray]

    def of(self, node: ast.expr) -> Any:
        """Return the values of a part; raises WholeNumberError."""
        if isinstance(node, ast.Constant):
            return node.value
        if is_mask(node):
            return _wide(self.hits(mask_of(dotted(node.args[0], self.quoted))))
        if isinstance(node, ast.Name | ast.Attribute):
            name = dotted(node, self.quoted)
            if name.startswith(OBJECT + "."):
                return _wide(self.objects(name.removeprefix(OBJECT + ".")))
            return _wide(self.hits(name)) if name in self.known else CONSTANTS[name]
        if isinstance(node, ast.BinOp):
            left, right = self.of(node.left), self.of(node.right)
            # A power of whole numbers leaves their range unseen.
            first = np.asarray(left, np.float64) if isinstance(node.op, ast.Pow) else left
            return self._computed(node, BINARY[type(node.op)], first, right)
        if isinstance(node, ast.UnaryOp):
            return self._computed(node, UNARY[type(node.op)], self.of(node.operand))
        if isinstance(node, ast.Compare):
            return self._computed(node, COMPARED[type(node.ops[0])], self.of(node.left), self.of(node.comparators[0]))
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        return self._computed(node, node.func.id, *map(self.of, node.args))

    def _computed(self, node: ast.expr, function: str, *values: Any) -> Any:
        """Return what a function of NumPy makes of values; raises WholeNumberError where that is another number."""
        part = unquoted(ast.unparse(node), self.quoted)
        try:
            made = np.asarray(getattr(np, function)(*values))
        except OverflowError as error:
            raise WholeNumberError(f"{part}: {error}") from None
        if made.dtype.kind == "O":
            raise WholeNumberError(f"{part}: a number of more than 64 bits")
        if function not in _EXACT or made.dtype.kind not in "iu":
            return made
        about = getattr(np, function)(*(np.asarray(value, np.float64) for value in values))
        wrong = np.flatnonzero(np.abs(about - made.astype(np.float64)) > _FAR)
        if not len(wrong):
            return made
        row = int(wrong[0])
        given = [int(np.broadcast_to(value, made.shape).flat[row]) for value in values]
        limits = np.iinfo(made.dtype)
        message = (
            f"{part} of {' and '.join(map(str, given))} is {_EXACT[function](*given)}; "
            f"expected {limits.min} to {limits.max}, the range of {made.dtype}"
        )
        raise WholeNumberError(message, row if made.ndim else None)


def _wide(values: np.ndarray) -> np.ndarray:
    """Return values in a type of 64 bits, in which sums and products keep their digits; truth values stay."""
    kind = values.dtype.kind
    return values if kind == "b" else values.astype({"f": "f8", "i": "i8", "u": "u8"}.get(kind, values.dtype))
