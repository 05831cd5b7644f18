"""Values with named fields, as `dataclass` makes them, declared at a fiftieth of its price.

The methods of a dataclass are code that is generated and compiled when its module is imported: more than three million
instructions for a frozen class, a seventh of a whole check for all classes that it uses. Here they are the same
functions for every class. `replace`, `asdict` and `fields` of the module `dataclasses` take what is made here: what
they look at is made when they first do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field
from inspect import get_annotations
from operator import attrgetter
from threading import RLock
from typing import Any, NamedTuple, NoReturn, TypeVar, dataclass_transform, overload

Class = TypeVar("Class")


@overload
def record(cls: type[Class]) -> type[Class]: ...


@overload
def record(*, frozen: bool = True, eq: bool = True) -> Callable[[type[Class]], type[Class]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[Class] | None = None, *, frozen: bool = True, eq: bool = True) -> Any:
    """Make the annotated names of a class its fields; a decorator.

    `frozen`: they never change. `eq`: records with equal fields are equal; without it each is equal to itself alone.
    """

    def made(cls: type[Class]) -> type[Class]:
        declared = _declared(cls)
        methods: dict[str, Any] = {"__init__": _initializer(cls, declared)}
        methods["__repr__"] = _representation([name for name, item in declared.items() if item.repr])
        methods["__match_args__"] = tuple(declared)
        if frozen:
            methods |= {"__setattr__": _refuse, "__delattr__": _refuse}
        if eq:
            methods |= _comparison([name for name, item in declared.items() if item.compare])
        if eq and not frozen:
            methods["__hash__"] = None
        for name, method in methods.items():
            if name not in cls.__dict__:
                setattr(cls, name, method)
        return cls

    return made if cls is None else made(cls)


class _Declaration(NamedTuple):
    """What a class states of a field."""

    default: Any
    default_factory: Any
    repr: bool
    compare: bool


class _Fields:
    """What the module `dataclasses` looks at in a class: it puts its own in this place when it is asked for."""

    def __init__(self, owner: type, stated: dict[str, Field[Any]], declared: dict[str, _Declaration]) -> None:
        self._owner, self._stated, self.declared = owner, stated, declared

    def __get__(self, instance: object, kind: type) -> Any:
        owner = self._owner
        with _ONE_AT_A_TIME:
            if owner.__dict__.get(_FIELDS) is self:
                delattr(owner, _FIELDS)
                for name, item in self._stated.items():
                    setattr(owner, name, item)
                dataclass(init=False, repr=False, eq=False, match_args=False)(owner)
        return getattr(owner, _FIELDS)


_FIELDS = "__dataclass_fields__"
_ONE_AT_A_TIME = RLock()


def _declared(cls: type) -> dict[str, _Declaration]:
    """Return the fields of a class and of those that it is made of, by name; leave in it what they default to."""
    declared: dict[str, _Declaration] = {}
    for base in cls.__mro__[-1:0:-1]:
        declared |= _of_base(base)
    stated: dict[str, Field[Any]] = {}
    for name, annotation in get_annotations(cls).items():
        if "ClassVar" in str(annotation):
            continue
        item = cls.__dict__.get(name, MISSING)
        if isinstance(item, Field):
            stated[name] = item
            declared[name] = _Declaration(item.default, item.default_factory, item.repr, bool(item.compare))
            if item.default is MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, item.default)
        else:
            declared[name] = _Declaration(item, MISSING, True, True)
    setattr(cls, _FIELDS, _Fields(cls, stated, declared))
    return declared


def _of_base(base: type) -> dict[str, _Declaration]:
    known = base.__dict__.get(_FIELDS, {})
    if isinstance(known, _Fields):
        return known.declared
    return {
        name: _Declaration(item.default, item.default_factory, item.repr, bool(item.compare))
        for name, item in known.items()
    }


def _initializer(cls: type, declared: dict[str, _Declaration]) -> Callable[..., None]:
    owner, finish = cls.__qualname__, getattr(cls, "__post_init__", None)
    names = tuple(declared)
    count = len(names)
    free = [frozenset(names[given:]) for given in range(count + 1)]
    defaults = {name: item.default for name, item in declared.items() if item.default is not MISSING}
    factories = [(name, item.default_factory) for name, item in declared.items() if item.default_factory is not MISSING]

    def __init__(self: object, *values: Any, **named: Any) -> None:
        own = self.__dict__
        given = len(values)
        if given < count:
            own.update(defaults)
        own.update(zip(names, values))  # noqa: B905
        if named:
            own.update(named)
            if given > count or not named.keys() <= free[given]:
                raise TypeError(f"{owner} takes {', '.join(names)}; received {given} values and {set(named)}")
        if len(own) < count:
            for name, factory in factories:
                if name not in own:
                    own[name] = factory()
        if len(own) != count or given > count:
            missing = ", ".join(free[0] - own.keys()) or "no more"
            raise TypeError(f"{owner} takes {', '.join(names)}; received {given} values, missing: {missing}")
        if finish:
            finish(self)

    return __init__


def _representation(names: list[str]) -> Callable[[Any], str]:
    def __repr__(self: object) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return __repr__


def _comparison(names: list[str]) -> dict[str, Callable[..., Any]]:
    values: Callable[[Any], Any] = attrgetter(*names) if names else lambda _: ()

    def __eq__(self: object, other: object) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: object) -> int:
        return hash(values(self))

    return {"__eq__": __eq__, "__hash__": __hash__}


def _refuse(self: object, name: str, *_: object) -> NoReturn:
    raise FrozenInstanceError(f"{type(self).__qualname__}.{name} cannot be changed")
