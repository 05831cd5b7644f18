"""Follows code of Keras as far as its values are known: what a layer's constructor would refuse, and why.

Nothing of Keras is imported: its syntax is read and followed step by step. What cannot be known (a tensor, a function
of another library) is UNKNOWN, and so is whatever is computed from it; where a decision depends on it, the code is
left. So what is refused here is refused by Keras itself; the reverse does not hold.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.contract.keras_modules import Defined, Module, find, method
from registry.loading.keras_operations import (
    BUILTINS,
    FOREIGN,
    FOREIGN_NAMES,
    LIBRARIES,
    OPERATORS,
    PLAIN,
    UNKNOWN,
    Refused,
    Undecided,
    Unknown,
    holds_unknown,
    shown,
)

STEPS = 20_000
"""Statements and expressions that are followed before the code is left."""

DEPTH = 40
"""Functions in functions that are followed."""


class _Returned(Exception):
    """A function returns."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


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


@dataclass(eq=False)
class Made:
    """An object of a class of Keras, with the attributes that are known."""

    kind: Defined
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class _Bound:
    """A method of an object, and the class that defines it."""

    owner: Made
    function: ast.FunctionDef
    home: Defined


@dataclass(eq=False)
class _Super:
    """What `super()` means inside a method of `home`."""

    owner: Made
    home: Defined


@dataclass
class _Frame:
    """The function that is being followed."""

    module: str
    names: dict[str, Any]
    owner: Made | None = None
    home: Defined | None = None


class Code:
    """Follows functions of Keras; `given` answers calls that are not followed, by "module.name" of what is called.

    `left_out`: modules whose other functions are not followed; what they return is unknown.

    Raises Refused where the code raises an exception for sure, and Undecided where it cannot be followed any more.
    """

    def __init__(self, given: Mapping[str, Any], left_out: Collection[str] = ()) -> None:
        self.given, self.left_out = given, left_out
        self.steps = self.depth = 0

    def make(self, kind: Defined, arguments: Mapping[str, Any], positional: Sequence[Any] = ()) -> Made:
        """Return an object of a class, made by its constructor."""
        made = Made(kind)
        found = method(kind, "__init__")
        if found:
            self._enter(found[0], found[1].module, [made, *positional], arguments, made, found[1])
        return made

    def ask(self, made: Made, name: str, *arguments: Any) -> Any:
        """Return what a method of an object returns; raise Undecided if it has none."""
        found = method(made.kind, name)
        if found is None:
            raise Undecided
        return self._enter(found[0], found[1].module, [made, *arguments], {}, made, found[1])

    def _enter(
        self,
        function: ast.FunctionDef,
        module: str,
        positional: Sequence[Any],
        named: Mapping[str, Any],
        owner: Made | None = None,
        home: Defined | None = None,
    ) -> Any:
        key = f"{module}.{home.name}.{function.name}" if home else f"{module}.{function.name}"
        if key in self.given:
            return self.given[key](*positional[1 if home else 0 :], **named)
        if module in self.left_out:
            return UNKNOWN
        frame = _Frame(module, self._arguments(function, module, positional, named), owner, home)
        self.depth += 1
        if self.depth > DEPTH:
            raise Undecided
        try:
            self._block(function.body, frame)
        except _Returned as returned:
            return returned.value
        finally:
            self.depth -= 1
        return None

    def _arguments(
        self, function: ast.FunctionDef, module: str, positional: Sequence[Any], named: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the arguments of a function by name, as a call binds them."""
        spec, own = function.args, _Frame(module, {})
        names = [item.arg for item in (*spec.posonlyargs, *spec.args)]
        bound: dict[str, Any] = dict(zip(names, positional, strict=False))
        if len(positional) > len(names):
            if not spec.vararg:
                raise Undecided
            bound[spec.vararg.arg] = tuple(positional[len(names) :])
        elif spec.vararg:
            bound[spec.vararg.arg] = ()
        known = {*names, *(item.arg for item in spec.kwonlyargs)}
        bound |= {name: value for name, value in named.items() if name in known}
        rest = {name: value for name, value in named.items() if name not in known}
        if spec.kwarg:
            bound[spec.kwarg.arg] = rest
        elif rest:
            raise Undecided
        defaults = [*zip(names[len(names) - len(spec.defaults) :], spec.defaults, strict=True)]
        defaults += [(item.arg, value) for item, value in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if value]
        for name, default in defaults:
            if name not in bound:
                bound[name] = self._value(default, own)
        if any(name not in bound for name in known):
            raise Undecided
        return bound

    def _block(self, statements: Sequence[ast.stmt], frame: _Frame) -> None:
        for statement in statements:
            self._step()
            self._statement(statement, frame)

    def _step(self) -> None:
        self.steps += 1
        if self.steps > STEPS:
            raise Undecided

    def _statement(self, statement: ast.stmt, frame: _Frame) -> None:
        match statement:
            case ast.Return(value):
                raise _Returned(self._value(value, frame) if value else None)
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

    def _branch(self, truth: Any, body: Sequence[ast.stmt], orelse: Sequence[ast.stmt], frame: _Frame) -> None:
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
                elif isinstance(changed := _changed(node), ast.Name | ast.Attribute):
                    self._assign(changed, UNKNOWN, frame)

    def _loop(
        self, target: ast.expr, over: Any, body: list[ast.stmt], orelse: Sequence[ast.stmt], frame: _Frame
    ) -> None:
        if isinstance(over, Unknown):
            # How often is not known: `break` and `continue` of this loop make no difference to that.
            inside = [_Unended().visit(item) for item in copy.deepcopy(body)]
            self._branch(UNKNOWN, [ast.Assign([target], ast.Constant(None)), *inside], orelse, frame)
            return
        for item in _plainly(list, over):
            self._assign(target, item, frame)
            try:
                self._block(body, frame)
            except _Continued:
                continue
            except _Broken:
                return
        self._block(orelse, frame)

    def _try(self, body: Sequence[ast.stmt], handlers: Sequence[ast.ExceptHandler], frame: _Frame) -> None:
        try:
            self._block(body, frame)
        except Refused as refused:
            for handler in handlers:
                names = [] if handler.type is None else [ast.unparse(item) for item in _each(handler.type)]
                if not names or "Exception" in names or refused.kind in names:
                    self._block(handler.body, frame)
                    return
            raise

    def _raised(self, expression: ast.expr | None, frame: _Frame) -> Refused:
        if not isinstance(expression, ast.Call):
            return Refused("Exception", "refused by Keras")
        message = self._value(expression.args[0], frame) if expression.args else ""
        return Refused(ast.unparse(expression.func), message if isinstance(message, str) else "refused by Keras")

    def _assign(self, target: ast.expr, value: Any, frame: _Frame) -> None:
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
                    _plainly(container.__setitem__, key, value)
            case ast.Tuple(elts) | ast.List(elts):
                parts = [UNKNOWN] * len(elts) if value is UNKNOWN else _plainly(list, value)
                if len(parts) != len(elts) or any(isinstance(item, ast.Starred) for item in elts):
                    raise Undecided
                for item, part in zip(elts, parts, strict=True):
                    self._assign(item, part, frame)
            case _:
                raise Undecided

    def _delete(self, target: ast.expr, frame: _Frame) -> None:
        if not isinstance(target, ast.Subscript):
            raise Undecided
        container, key = self._value(target.value, frame), self._index(target.slice, frame)
        if container is UNKNOWN or key is UNKNOWN:
            raise Undecided
        _plainly(container.__delitem__, key)

    def _truth(self, expression: ast.expr, frame: _Frame) -> Any:
        return _truth(self._value(expression, frame))

    def _value(self, expression: ast.expr, frame: _Frame) -> Any:
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
                return UNKNOWN if holds_unknown(found) else _plainly(set, found)
        return UNKNOWN

    def _named(self, name: str, frame: _Frame) -> Any:
        if name in frame.names:
            return frame.names[name]
        found = find(frame.module, name)
        if isinstance(found, Defined) and isinstance(found.node, ast.expr):
            return self._value(found.node, _Frame(found.module, {}))
        if name in FOREIGN_NAMES:
            return FOREIGN
        return found or LIBRARIES.get(name) or BUILTINS.get(name, UNKNOWN)

    def _attribute(self, owner: Any, name: str) -> Any:
        if isinstance(owner, Module):
            found = find(owner.name, name)
            if isinstance(found, Defined) and isinstance(found.node, ast.expr):
                return self._value(found.node, _Frame(found.module, {}))
            return found or UNKNOWN
        if isinstance(owner, _Super):
            found_above = method(owner.owner.kind, name, owner.home)
            return _Bound(owner.owner, *found_above) if found_above else UNKNOWN
        if isinstance(owner, Made):
            return self._of_object(owner, name)
        if owner is FOREIGN:
            return FOREIGN
        if any(owner is library for library in LIBRARIES.values()):
            return getattr(owner, name, UNKNOWN)
        if not isinstance(owner, PLAIN):
            return UNKNOWN
        return _plainly(getattr, owner, name)

    def _of_object(self, owner: Made, name: str) -> Any:
        if name in owner.attributes:
            return owner.attributes[name]
        found = method(owner.kind, name)
        if found is None:
            return UNKNOWN
        function, home = found
        decorators = [ast.unparse(item) for item in function.decorator_list]
        if "property" in decorators:
            return self._enter(function, home.module, [owner], {}, owner, home)
        return UNKNOWN if decorators else _Bound(owner, function, home)

    def _call(self, call: ast.Call, frame: _Frame) -> Any:
        if isinstance(call.func, ast.Name) and call.func.id == "super" and frame.owner and frame.home:
            return _Super(frame.owner, frame.home)
        positional, named = self._call_arguments(call, frame)
        function = self._value(call.func, frame)
        if isinstance(function, _Bound):
            owner, home = function.owner, function.home
            return self._enter(function.function, home.module, [owner, *positional], named, owner, home)
        if isinstance(function, Defined) and isinstance(function.node, ast.ClassDef):
            return self.make(function, named, positional)
        if isinstance(function, Defined) and isinstance(function.node, ast.FunctionDef):
            return UNKNOWN if _is_heavy(function) else self._enter(function.node, function.module, positional, named)
        if function is BUILTINS["isinstance"]:
            return self._is_instance(*positional)
        if function is BUILTINS["getattr"]:
            return self._of_object(*positional[:2]) if isinstance(positional[0], Made) else UNKNOWN
        if function is BUILTINS["hasattr"]:
            return hasattr(*positional) if isinstance(positional[0], PLAIN) else UNKNOWN
        if isinstance(call.func, ast.Attribute) and call.func.attr == "is_tensor":
            return False if isinstance(positional[0], PLAIN) else UNKNOWN
        if isinstance(function, Unknown | Module) or holds_unknown([positional, named]):
            return self._unknown_call(call, frame)
        return _plainly(function, *positional, **named)

    def _unknown_call(self, call: ast.Call, frame: _Frame) -> Any:
        """Return UNKNOWN; a container that was changed by something unknown can be trusted no more."""
        changed = _changed(call)
        if changed is not None and isinstance(self._value(changed, frame), list | dict | set):
            raise Undecided
        return UNKNOWN

    def _call_arguments(self, call: ast.Call, frame: _Frame) -> tuple[list[Any], dict[str, Any]]:
        positional: list[Any] = []
        for item in call.args:
            if isinstance(item, ast.Starred):
                spread = self._value(item.value, frame)
                if spread is UNKNOWN:
                    raise Undecided
                positional += spread
            else:
                positional.append(self._value(item, frame))
        named: dict[str, Any] = {}
        for word in call.keywords:
            value = self._value(word.value, frame)
            if word.arg is None and not isinstance(value, dict):
                raise Undecided
            named |= value if word.arg is None else {word.arg: value}
        return positional, named

    def _is_instance(self, value: Any, kinds: Any) -> Any:
        if isinstance(value, Unknown):
            return UNKNOWN
        answers = [self._is_of_kind(value, kind) for kind in (kinds if isinstance(kinds, tuple) else (kinds,))]
        return True if True in answers else UNKNOWN if UNKNOWN in answers else False

    @staticmethod
    def _is_of_kind(value: Any, kind: Any) -> Any:
        if isinstance(kind, type):
            return isinstance(value, kind)
        # What a graph can write is no object of Keras, NumPy or TensorFlow.
        return False if isinstance(value, PLAIN) and kind is not UNKNOWN else UNKNOWN

    def _bool(self, all_of: bool, values: Sequence[ast.expr], frame: _Frame) -> Any:
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
            truth = _truth(result)
            if truth is UNKNOWN:
                unknown = True
            elif truth != all_of:
                return (not all_of) if unknown else result
        return UNKNOWN if unknown else result

    def _compare(self, left: Any, operators: Sequence[ast.cmpop], others: Sequence[ast.expr], frame: _Frame) -> Any:
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
        return _plainly(OPERATORS[type(operator)], *operands)

    def _items(self, expression: ast.expr, elements: Sequence[ast.expr], frame: _Frame) -> Any:
        found: list[Any] = []
        for item in elements:
            if isinstance(item, ast.Starred):
                spread = self._value(item.value, frame)
                if spread is UNKNOWN:
                    return UNKNOWN
                found += _plainly(list, spread)
            else:
                found.append(self._value(item, frame))
        if isinstance(expression, ast.Set):
            return UNKNOWN if holds_unknown(found) else _plainly(set, found)
        return tuple(found) if isinstance(expression, ast.Tuple) else found

    def _dict(self, keys: Sequence[ast.expr | None], values: Sequence[ast.expr], frame: _Frame) -> Any:
        found: dict[Any, Any] = {}
        for key, value in zip(keys, values, strict=True):
            item = self._value(value, frame)
            name = self._value(key, frame) if key else None
            if name is UNKNOWN or (key is None and not isinstance(item, dict)):
                return UNKNOWN
            found |= item if key is None else {name: item}
        return found

    def _index(self, index: ast.expr, frame: _Frame) -> Any:
        if not isinstance(index, ast.Slice):
            return self._value(index, frame)
        ends = [self._value(end, frame) if end else None for end in (index.lower, index.upper, index.step)]
        return UNKNOWN if UNKNOWN in ends else slice(*ends)

    def _comprehension(self, element: ast.expr, one: ast.comprehension, frame: _Frame) -> Any:
        over = self._value(one.iter, frame)
        if over is UNKNOWN or not isinstance(over, PLAIN):
            return UNKNOWN
        inner = _Frame(frame.module, dict(frame.names), frame.owner, frame.home)
        found = []
        for item in _plainly(list, over):
            self._assign(one.target, item, inner)
            truths = [self._truth(test, inner) for test in one.ifs]
            if UNKNOWN in truths:
                return UNKNOWN
            if all(truths):
                found.append(self._value(element, inner))
        return found


_CHANGING = ("append", "extend", "insert", "pop", "remove", "clear", "add", "discard", "update", "setdefault", "sort")
"""Methods that change a list, set or dict."""


def _changed(node: ast.AST) -> ast.expr | None:
    """Return the container that a piece of code changes in place, if it does."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
        return node.func.value
    return None


def _truth(value: Any) -> Any:
    return UNKNOWN if isinstance(value, Unknown) else bool(value) if isinstance(value, PLAIN) else True


def _is_heavy(function: Defined) -> bool:
    """Say whether a function works on tensors, by the module that defines it."""
    return ".ops." in f"{function.module}." and not function.module.endswith("operation_utils")


def _each(expression: ast.expr) -> Sequence[ast.expr]:
    return expression.elts if isinstance(expression, ast.Tuple) else [expression]


def _plainly(function: Any, *arguments: Any, **named: Any) -> Any:
    """Call a function of Python; an exception of it is what the code would raise."""
    try:
        return function(*arguments, **named)
    except Exception as error:
        raise Refused(type(error).__name__, str(error)) from error
