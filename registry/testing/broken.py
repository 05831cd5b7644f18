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
        shown = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items()) or "by default"
        where = f"{self.place}: " if self.place else ""
        return "\n".join([f"{where}block {self.block!r} ({shown}) breaks the law {self.law!r}", *self.lines()])

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
        super().__init__("\n".join(map(str, breaches)))
        self.breaches = list(breaches)


def place_of(kind: type[Block]) -> Origin | None:
    """Return where a block's work is written: the `call` of its layer, its function, or its class."""
    if issubclass(kind, FunctionBlock):
        return function_place(kind.function)
    try:
        return class_place(load_layer(kind) if kind.layer else kind, "call")
    except (ImportError, AttributeError):  # of which the law has told
        return class_place(kind)
