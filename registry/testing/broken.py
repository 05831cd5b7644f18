"""What is said of a block that breaks a law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.contract.block import Block, load_layer
from registry.contract.errors import Origin
from registry.contract.failures import class_place, function_place
from registry.contract.function_registry import FunctionBlock


class Broken(AssertionError):
    """A block does not keep a law: what was expected, and what was received."""

    def __init__(self, expected: str, received: object) -> None:
        super().__init__(f"expected {expected}, received {received}")
        self.expected, self.received = expected, received


@dataclass(frozen=True)
class Breach:
    """A law that a block with these parameters does not keep; `place`: where, `hint`: what to try."""

    law: str
    block: str
    parameters: Mapping[str, Any]
    expected: str
    received: str
    place: str = ""
    hint: str = ""

    def __str__(self) -> str:
        return self.text([self.law])

    def text(self, laws: Sequence[str]) -> str:
        """Return what is said of several laws that are broken in the same way."""
        shown = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items()) or "by default"
        where = f"{self.place}: " if self.place else ""
        named = f"the law{'s' * (len(laws) > 1)} {', '.join(map(repr, laws))}"
        return "\n".join([f"{where}block {self.block!r} ({shown}) breaks {named}", *self.lines()])

    def alike(self, other: Breach) -> bool:
        """Say whether another law is broken in the same way: a call that fails breaks most of them."""
        mine, its = ((one.block, one.place, one.expected, one.received) for one in (self, other))
        return mine == its and self.parameters == other.parameters

    def lines(self) -> list[str]:
        """Return what was expected, what was received and what to try, a line each."""
        said = [f"expected {self.expected}"]
        if self.received:
            said.append(f"received {self.received}")
        if self.hint:
            said.append(f"try this: {self.hint}")
        return [f"  {line}" for line in said]


class LawsBroken(AssertionError):
    """A block does not keep some laws; `breaches`: all of them."""

    def __init__(self, breaches: Sequence[Breach]) -> None:
        groups: list[list[Breach]] = []
        for breach in breaches:
            group = next((group for group in groups if group[0].alike(breach)), None)
            if group is None:
                groups.append([breach])
            else:
                group.append(breach)
        super().__init__("\n".join(group[0].text([breach.law for breach in group]) for group in groups))
        self.breaches = list(breaches)


def place_of(kind: type[Block]) -> Origin | None:
    """Return where a block's work is written: the `call` of its layer, its function, or its class."""
    if issubclass(kind, FunctionBlock):
        return function_place(kind.function)
    try:
        return class_place(load_layer(kind) if kind.layer else kind, "call")
    except (ImportError, AttributeError):  # of which the law has told
        return class_place(kind)
