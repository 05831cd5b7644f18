"""What is said of a block that breaks a law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class Broken(AssertionError):
    """A block does not keep a law: what was expected, and what was received."""

    def __init__(self, expected: str, received: object) -> None:
        super().__init__(f"expected {expected}, received {received}")
        self.expected, self.received = expected, received


@dataclass(frozen=True)
class Breach:
    """A law that a block with these parameters does not keep."""

    law: str
    block: str
    parameters: Mapping[str, Any]
    expected: str
    received: str

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items()) or "by default"
        lines = [f"block {self.block!r} ({shown}) breaks the law {self.law!r}", f"  expected {self.expected}"]
        return "\n".join([*lines, *([f"  received {self.received}"] if self.received else [])])


class LawsBroken(AssertionError):
    """A block does not keep some laws; `breaches`: all of them."""

    def __init__(self, breaches: Sequence[Breach]) -> None:
        super().__init__("\n".join(map(str, breaches)))
        self.breaches = list(breaches)
