"""Values with named fields, as `dataclass` makes them, declared at a tenth of its price.

The methods of a dataclass are code that is generated and compiled when its module is imported: more than three million
instructions for a frozen class, a seventh of a whole check for all classes that it uses. Here they are the same
functions for every class. `replace`, `asdict` and `fields` of the module `dataclasses` take what is made here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform, overload

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
        dataclass(init=False, repr=False, eq=False)(cls)
        declared = fields(cls)  # type: ignore[arg-type]
        methods: dict[str, Any] = {"__init__": _initializer(cls, declared)}
        methods["__repr__"] = _representation([item.name for item in declared if item.repr])
        if frozen:
            methods |= {"__setattr__": _refuse, "__delattr__": _refuse}
        if eq:
            methods |= _comparison([item.name for item in declared if item.compare])
        if eq and not frozen:
            methods["__hash__"] = None
        for name, method in methods.items():
            if name not in cls.__dict__:
                setattr(cls, name, method)
        return cls

    return made if cls is None else made(cls)


def _initializer(cls: type, declared: tuple[Field[Any], ...]) -> Callable[..., None]:
    owner, finish = cls.__qualname__, getattr(cls, "__post_init__", None)
    names = tuple(item.name for item in declared)
    known, count = frozenset(names), len(names)
    defaults = {item.name: item.default for item in declared if item.default is not MISSING}
    factories = [(item.name, item.default_factory) for item in declared if item.default_factory is not MISSING]

    def __init__(self: object, *values: Any, **named: Any) -> None:
        own = self.__dict__
        if len(values) < count:
            own.update(defaults)
        own.update(zip(names, values))  # noqa: B905
        if named:
            own.update(named)
            if not (known.issuperset(named) and named.keys().isdisjoint(names[: len(values)])):
                raise TypeError(f"{owner} takes {', '.join(names)}; received {len(values)} values and {set(named)}")
        if len(own) < count:
            own.update({name: factory() for name, factory in factories if name not in own})
        if len(own) != count or len(values) > count:
            missing = ", ".join(known - own.keys()) or "no more"
            raise TypeError(f"{owner} takes {', '.join(names)}; received {len(values)} values, missing: {missing}")
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
