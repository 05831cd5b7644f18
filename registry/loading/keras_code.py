"""Follows code of Keras as far as its values are known: what a layer's constructor would refuse, and why.

Nothing of Keras is imported: its syntax is read and followed step by step. What cannot be known (a tensor, a function
of another library) is UNKNOWN, and so is whatever is computed from it; where a decision depends on it, the code is
left. So what is refused here is refused by Keras itself; the reverse does not hold.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from typing import Any

from registry.loading.keras_calls import Calls
from registry.loading.keras_objects import Frame, Made, Returned, changed_by, plainly
from registry.loading.keras_operations import UNKNOWN, Refused, Undecided, Unknown


class _Broken(Exception):
    """A loop ends."""


class _Continued(Exception):
    """A loop goes on with the next item."""


class _Unended(ast.NodeTransformer):
    """Takes `break` and `continue` out of a statement, where they belong to the loop around it."""

    def visit_Break(self, node: ast.Break) -> ast.stmt:
        """Return a statement that does nothing."""
        return ast.Pass()

    def visit_Continue(self, node: ast.Continue) -> ast.stmt:
        """Return a statement that does nothing."""
        return ast.Pass()


class Code(Calls):
    """Follows functions of Keras.

    Raises Refused where the code raises an exception for sure, and Undecided where it cannot be followed any more.
    """

    def _block(self, statements: Sequence[ast.stmt], frame: Frame) -> None:
        for statement in statements:
            self._step()
            self._statement(statement, frame)

    def _statement(self, statement: ast.stmt, frame: Frame) -> None:
        match statement:
            case ast.Return(value):
                raise Returned(self._value(value, frame) if value else None)
            case ast.Assign(targets, value):
                found = self._value(value, frame)
                for target in targets:
                    self._assign(target, found, frame)
            case ast.AugAssign(target, operator, value):
                found = self._operate(operator, self._value(target, frame), self._value(value, frame))
                self._assign(target, found, frame)
            case ast.Expr(value):
                self._value(value, frame)
            case ast.If(test, body, orelse):
                self._branch(self._truth(test, frame), body, orelse, frame)
            case ast.Raise(exc):
                raise self._raised(exc, frame)
            case ast.Assert(test):
                if self._truth(test, frame) is False:
                    raise Refused("AssertionError", "an assertion of Keras fails")
            case ast.For(target, over, body, orelse):
                self._loop(target, self._value(over, frame), [*body], orelse, frame)
            case ast.Try(body, handlers):
                self._try(body, handlers, frame)
            case ast.With(body=body):
                self._block(body, frame)
            case ast.Break():
                raise _Broken
            case ast.Continue():
                raise _Continued
            case ast.Delete(targets):
                for target in targets:
                    self._delete(target, frame)
            case ast.Pass() | ast.Import() | ast.ImportFrom():
                pass
            case ast.FunctionDef(name):
                frame.names[name] = UNKNOWN
            case _:
                raise Undecided

    def _branch(self, truth: Any, body: Sequence[ast.stmt], orelse: Sequence[ast.stmt], frame: Frame) -> None:
        if truth is not UNKNOWN:
            self._block(body if truth else orelse, frame)
            return
        # Either may happen: what both may change is unknown from here on, and so is whether the code goes on.
        for statement in (*body, *orelse):
            for node in ast.walk(statement):
                if isinstance(node, ast.Return | ast.Break | ast.Continue):
                    raise Undecided
                if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
                    self._assign(node, UNKNOWN, frame)
                elif isinstance(changed := changed_by(node), ast.Name | ast.Attribute):
                    self._assign(changed, UNKNOWN, frame)

    def _loop(
        self, target: ast.expr, over: Any, body: list[ast.stmt], orelse: Sequence[ast.stmt], frame: Frame
    ) -> None:
        if isinstance(over, Unknown):
            # How often is not known: `break` and `continue` of this loop make no difference to that.
            inside = [_Unended().visit(item) for item in copy.deepcopy(body)]
            self._branch(UNKNOWN, [ast.Assign([target], ast.Constant(None)), *inside], orelse, frame)
            return
        for item in plainly(list, over):
            self._assign(target, item, frame)
            try:
                self._block(body, frame)
            except _Continued:
                continue
            except _Broken:
                return
        self._block(orelse, frame)

    def _try(self, body: Sequence[ast.stmt], handlers: Sequence[ast.ExceptHandler], frame: Frame) -> None:
        try:
            self._block(body, frame)
        except Refused as refused:
            for handler in handlers:
                names = [] if handler.type is None else [ast.unparse(item) for item in _each(handler.type)]
                if not names or "Exception" in names or refused.kind in names:
                    self._block(handler.body, frame)
                    return
            raise

    def _raised(self, expression: ast.expr | None, frame: Frame) -> Refused:
        if not isinstance(expression, ast.Call):
            return Refused("Exception", "refused by Keras")
        message = self._value(expression.args[0], frame) if expression.args else ""
        return Refused(ast.unparse(expression.func), message if isinstance(message, str) else "refused by Keras")

    def _assign(self, target: ast.expr, value: Any, frame: Frame) -> None:
        match target:
            case ast.Name(name):
                frame.names[name] = value
            case ast.Attribute(owner, name):
                made = self._value(owner, frame)
                if isinstance(made, Made):
                    made.attributes[name] = value
            case ast.Subscript(owner, index):
                container, key = self._value(owner, frame), self._value(index, frame)
                if key is UNKNOWN and container is not UNKNOWN:
                    raise Undecided
                if isinstance(container, list | dict):
                    plainly(container.__setitem__, key, value)
            case ast.Tuple(elts) | ast.List(elts):
                parts = [UNKNOWN] * len(elts) if value is UNKNOWN else plainly(list, value)
                if any(isinstance(item, ast.Starred) for item in elts):
                    raise Undecided
                if len(parts) != len(elts):
                    raise Refused("ValueError", f"{len(elts)} values are expected, there are {len(parts)}")
                for item, part in zip(elts, parts, strict=True):
                    self._assign(item, part, frame)
            case _:
                raise Undecided

    def _delete(self, target: ast.expr, frame: Frame) -> None:
        if not isinstance(target, ast.Subscript):
            raise Undecided
        container, key = self._value(target.value, frame), self._index(target.slice, frame)
        if container is UNKNOWN or key is UNKNOWN:
            raise Undecided
        plainly(container.__delitem__, key)


def _each(expression: ast.expr) -> Sequence[ast.expr]:
    return expression.elts if isinstance(expression, ast.Tuple) else [expression]
