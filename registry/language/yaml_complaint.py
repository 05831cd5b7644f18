"""What PyYAML complains about a text, with the lines of the text."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from yaml.error import MarkedYAMLError

from registry.contract.records import record


@record
class Fault:
    """What is wrong with a text: the message, the place (line and column from 0), and a hint."""

    message: str
    line: int
    column: int
    hint: str = ""


@record
class SyntaxFault:
    """A complaint of PyYAML about a text, turned into what its writer needs to know."""

    error: MarkedYAMLError
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text; marks may stand behind the last one."""
        return [*self.text.splitlines(), ""]

    @property
    def problem(self) -> str:
        """What PyYAML says."""
        return str(self.error.problem)

    @property
    def context(self) -> str:
        """What PyYAML was reading."""
        return str(self.error.context or "")

    @property
    def here(self) -> Any:
        """Where PyYAML stopped."""
        return self.error.problem_mark or self.error.context_mark

    @property
    def start(self) -> Any:
        """Where what PyYAML was reading began."""
        return self.error.context_mark or self.error.problem_mark

    def at(self, mark: Any, message: str, hint: str = "") -> Fault:
        """Return a fault at a mark of PyYAML."""
        line, column = (mark.line, mark.column) if mark else (0, 0)
        return Fault(f"not valid YAML: {message}", line, column, hint)

    def line_of(self, mark: Any) -> str:
        """Return the line a mark stands in."""
        return self.lines[min(mark.line, len(self.lines) - 1)] if mark else ""

    def character(self, mark: Any) -> str:
        """Return the character at a mark, "" at the end of a line."""
        return self.line_of(mark)[mark.column : mark.column + 1] if mark else ""

    def indent(self, mark: Any) -> int:
        """Return the number of spaces that the line of a mark begins with."""
        line = self.line_of(mark)
        return len(line) - len(line.lstrip())


Explanation = Callable[[SyntaxFault], Fault | None]
"""Says what is wrong, where it knows; None where it does not."""
