"""Follows calls in the code of Keras: of its functions, of methods and constructors of its classes, and of Python's."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from registry.contract.keras_modules import Defined, Module, find, method
from registry.loading.keras_expressions import Expressions
from registry.loading.keras_objects import Bound, Frame, Made, Returned, Super, changed_by, is_heavy, plainly
from registry.loading.keras_operations import (
    BUILTINS,
    FOREIGN,
    FOREIGN_NAMES,
    LIBRARIES,
    PLAIN,
    UNKNOWN,
    Undecided,
    Unknown,
    holds_unknown,
)

DEPTH = 40
"""Functions in functions that are followed."""


class Calls(Expressions):
    """Follows functions; `given` answers calls that are not followed, by "module.name" of what is called.

    `left_out`: modules whose other functions are not followed; what they return is unknown.
    """

    def __init__(self, given: Mapping[str, Any], left_out: Collection[str] = ()) -> None:
        self.given, self.left_out = given, left_out
        self.steps = self.depth = 0

    @abstractmethod
    def _block(self, statements: Sequence[ast.stmt], frame: Frame) -> None: ...

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
        frame = Frame(module, self._arguments(function, module, positional, named), owner, home)
        self.depth += 1
        if self.depth > DEPTH:
            raise Undecided
        try:
            self._block(function.body, frame)
        except Returned as returned:
            return returned.value
        finally:
            self.depth -= 1
        return None

    def _arguments(
        self, function: ast.FunctionDef, module: str, positional: Sequence[Any], named: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the arguments of a function by name, as a call binds them."""
        spec, own = function.args, Frame(module, {})
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

    def _named(self, name: str, frame: Frame) -> Any:
        if name in frame.names:
            return frame.names[name]
        found = find(frame.module, name)
        if isinstance(found, Defined) and isinstance(found.node, ast.expr):
            return self._value(found.node, Frame(found.module, {}))
        if name in FOREIGN_NAMES:
            return FOREIGN
        return found or LIBRARIES.get(name) or BUILTINS.get(name, UNKNOWN)

    def _attribute(self, owner: Any, name: str) -> Any:
        if isinstance(owner, Module):
            found = find(owner.name, name)
            if isinstance(found, Defined) and isinstance(found.node, ast.expr):
                return self._value(found.node, Frame(found.module, {}))
            return found or UNKNOWN
        if isinstance(owner, Super):
            found_above = method(owner.owner.kind, name, owner.home)
            return Bound(owner.owner, *found_above) if found_above else UNKNOWN
        if isinstance(owner, Made):
            return self._of_object(owner, name)
        if owner is FOREIGN:
            return FOREIGN
        if any(owner is library for library in LIBRARIES.values()):
            return getattr(owner, name, UNKNOWN)
        if not isinstance(owner, PLAIN):
            return UNKNOWN
        return plainly(getattr, owner, name)

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
        return UNKNOWN if decorators else Bound(owner, function, home)

    def _call(self, call: ast.Call, frame: Frame) -> Any:
        if isinstance(call.func, ast.Name) and call.func.id == "super" and frame.owner and frame.home:
            return Super(frame.owner, frame.home)
        positional, named = self._call_arguments(call, frame)
        function = self._value(call.func, frame)
        if isinstance(function, Bound):
            owner, home = function.owner, function.home
            return self._enter(function.function, home.module, [owner, *positional], named, owner, home)
        if isinstance(function, Defined) and isinstance(function.node, ast.ClassDef):
            return self.make(function, named, positional)
        if isinstance(function, Defined) and isinstance(function.node, ast.FunctionDef):
            return UNKNOWN if is_heavy(function) else self._enter(function.node, function.module, positional, named)
        if function is BUILTINS["isinstance"]:
            return self._is_instance(*positional)
        if function is BUILTINS["len"] and isinstance(positional[0], list | tuple | dict):
            return len(positional[0])
        if function is BUILTINS["getattr"]:
            return self._of_object(*positional[:2]) if isinstance(positional[0], Made) else UNKNOWN
        if function is BUILTINS["hasattr"]:
            return hasattr(*positional) if isinstance(positional[0], PLAIN) else UNKNOWN
        if isinstance(call.func, ast.Attribute) and call.func.attr == "is_tensor":
            return False if isinstance(positional[0], PLAIN) else UNKNOWN
        if isinstance(function, Unknown | Module) or holds_unknown([positional, named]):
            return self._unknown_call(call, frame)
        return plainly(function, *positional, **named)

    def _unknown_call(self, call: ast.Call, frame: Frame) -> Any:
        """Return UNKNOWN; a container that was changed by something unknown can be trusted no more."""
        changed = changed_by(call)
        if changed is not None and isinstance(self._value(changed, frame), list | dict | set):
            raise Undecided
        return UNKNOWN

    def _call_arguments(self, call: ast.Call, frame: Frame) -> tuple[list[Any], dict[str, Any]]:
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
