"""Follows expressions of the code of Keras: what they are, as far as their parts are known."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from registry.loading.keras_objects import Frame, plainly, truth_of
from registry.loading.keras_operations import OPERATORS, PLAIN, UNKNOWN, Refused, Undecided, holds_unknown, shown

STEPS = 20_000
"""Statements and expressions that are followed before the code is left."""


class Expressions(ABC):
    """Finds the values of expressions; names, attributes and calls are for subclasses."""

    steps: int

    @abstractmethod
    def _named(self, name: str, frame: Frame) -> Any: ...

    @abstractmethod
    def _attribute(self, owner: Any, name: str) -> Any: ...

    @abstractmethod
    def _call(self, call: ast.Call, frame: Frame) -> Any: ...

    @abstractmethod
    def _assign(self, target: ast.expr, value: Any, frame: Frame) -> None: ...

    def _step(self) -> None:
        self.steps += 1
        if self.steps > STEPS:
            raise Undecided

    def _truth(self, expression: ast.expr, frame: Frame) -> Any:
        return truth_of(self._value(expression, frame))

    def _value(self, expression: ast.expr, frame: Frame) -> Any:
        self._step()
        match expression:
            case ast.Constant(value):
                return value
            case ast.Name(name):
                return self._named(name, frame)
            case ast.Attribute(owner, name):
                return self._attribute(self._value(owner, frame), name)
            case ast.Call():
                return self._call(expression, frame)
            case ast.BoolOp(operator, values):
                return self._bool(isinstance(operator, ast.And), values, frame)
            case ast.UnaryOp(operator, operand):
                value = self._truth(operand, frame) if isinstance(operator, ast.Not) else self._value(operand, frame)
                return self._operate(operator, value)
            case ast.BinOp(left, operator, right):
                return self._operate(operator, self._value(left, frame), self._value(right, frame))
            case ast.Compare(left, operators, others):
                return self._compare(self._value(left, frame), operators, others, frame)
            case ast.IfExp(test, body, orelse):
                truth = self._truth(test, frame)
                return UNKNOWN if truth is UNKNOWN else self._value(body if truth else orelse, frame)
            case ast.Tuple(elts) | ast.List(elts) | ast.Set(elts):
                return self._items(expression, elts, frame)
            case ast.Dict(keys, values):
                return self._dict(keys, values, frame)
            case ast.Subscript(owner, index):
                return self._operate(expression, self._value(owner, frame), self._index(index, frame))
            case ast.JoinedStr(parts):
                return "".join(str(self._value(part, frame)) for part in parts)
            case ast.FormattedValue(value):
                return shown(self._value(value, frame))
            case ast.ListComp(element, [one]) | ast.GeneratorExp(element, [one]):
                return self._comprehension(element, one, frame)
            case ast.SetComp(element, [one]):
                found = self._comprehension(element, one, frame)
                return UNKNOWN if holds_unknown(found) else plainly(set, found)
        return UNKNOWN

    def _bool(self, all_of: bool, values: Sequence[ast.expr], frame: Frame) -> Any:
        """Return `a and b`, or `a or b`: one part may decide, whatever an unknown one before it is."""
        result: Any = all_of
        unknown = False
        for item in values:
            try:
                result = self._value(item, frame)
            except Refused:
                if unknown:
                    return UNKNOWN
                raise
            truth = truth_of(result)
            if truth is UNKNOWN:
                unknown = True
            elif truth != all_of:
                return (not all_of) if unknown else result
        return UNKNOWN if unknown else result

    def _compare(self, left: Any, operators: Sequence[ast.cmpop], others: Sequence[ast.expr], frame: Frame) -> Any:
        for operator, other in zip(operators, others, strict=True):
            right = self._value(other, frame)
            result = self._operate(operator, left, right)
            if result is UNKNOWN or not result:
                return result
            left = right
        return True

    @staticmethod
    def _operate(operator: ast.AST, *operands: Any) -> Any:
        if isinstance(operator, ast.Is | ast.IsNot) and UNKNOWN not in operands:
            return OPERATORS[type(operator)](*operands)
        if any(holds_unknown(item) or not isinstance(item, PLAIN) for item in operands[:2]):
            readable = isinstance(operator, ast.Subscript) and isinstance(operands[0], list | tuple | dict)
            if not readable or holds_unknown(operands[1]):
                return UNKNOWN
        return plainly(OPERATORS[type(operator)], *operands)

    def _items(self, expression: ast.expr, elements: Sequence[ast.expr], frame: Frame) -> Any:
        found: list[Any] = []
        for item in elements:
            if isinstance(item, ast.Starred):
                spread = self._value(item.value, frame)
                if spread is UNKNOWN:
                    return UNKNOWN
                found += plainly(list, spread)
            else:
                found.append(self._value(item, frame))
        if isinstance(expression, ast.Set):
            return UNKNOWN if holds_unknown(found) else plainly(set, found)
        return tuple(found) if isinstance(expression, ast.Tuple) else found

    def _dict(self, keys: Sequence[ast.expr | None], values: Sequence[ast.expr], frame: Frame) -> Any:
        found: dict[Any, Any] = {}
        for key, value in zip(keys, values, strict=True):
            item = self._value(value, frame)
            name = self._value(key, frame) if key else None
            if name is UNKNOWN or (key is None and not isinstance(item, dict)):
                return UNKNOWN
            found |= item if key is None else {name: item}
        return found

    def _index(self, index: ast.expr, frame: Frame) -> Any:
        if not isinstance(index, ast.Slice):
            return self._value(index, frame)
        ends = [self._value(end, frame) if end else None for end in (index.lower, index.upper, index.step)]
        return UNKNOWN if UNKNOWN in ends else slice(*ends)

    def _comprehension(self, element: ast.expr, one: ast.comprehension, frame: Frame) -> Any:
        over = self._value(one.iter, frame)
        if over is UNKNOWN or not isinstance(over, PLAIN):
            return UNKNOWN
        inner = Frame(frame.module, dict(frame.names), frame.owner, frame.home)
        found = []
        for item in plainly(list, over):
            self._assign(one.target, item, inner)
            truths = [self._truth(test, inner) for test in one.ifs]
            if UNKNOWN in truths:
                return UNKNOWN
            if all(truths):
                found.append(self._value(element, inner))
        return found
