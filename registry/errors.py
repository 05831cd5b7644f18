"""What is wrong, where it was written, and what to try: the one form every complaint of the tool takes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Origin:
    """The place a value was written at.

    `line` and `column` count from 1; line 0 stands for a value given on the command line, where `file` is the option
    as typed. `via` is the place that used the value, if it came there through `${...}`, an alias or `defaults`.
    """

    file: str
    line: int = 0
    column: int = 0
    length: int = 1
    via: Origin | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint: `file:line:column: node: message`, the line with a caret, and a hint."""

    message: str
    origin: Origin | None = None
    node: str = ""
    hint: str = ""
    severity: Severity = "error"

    def headline(self) -> str:
        """Return the first line of the complaint, without the source excerpt."""
        place = f"{self.origin}: " if self.origin else ""
        label = "warning: " if self.severity == "warning" else ""
        node = f"{self.node}: " if self.node else ""
        return f"{place}{label}{node}{self.message}"

    def render(self) -> str:
        """Return the complaint as shown to the user: headline, source line with caret, chain of use, hint."""
        lines = [self.headline()]
        if self.origin:
            lines += excerpt(self.origin)
            via = self.origin.via
            while via:
                lines.append(f"  used at {via}")
                via = via.via
        lines += [f"  {line}" for line in self.hint.splitlines()]
        return "\n".join(lines)


class InputError(Exception):
    """The user's input is wrong; carries every problem found, commands exit with status 2."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(problem.headline() for problem in self.problems))


class RunError(Exception):
    """The run failed for a reason the user should read (status 1): a non-finite loss, an unreachable server."""


@dataclass
class Problems:
    """Collects problems, so that all of them are shown at once."""

    items: list[Problem] = field(default_factory=list)

    def error(self, message: str, origin: Origin | None = None, node: str = "", hint: str = "") -> None:
        """Add an error."""
        self._add(Problem(message, origin, node, hint))

    def warning(self, message: str, origin: Origin | None = None, node: str = "", hint: str = "") -> None:
        """Add a warning; warnings are shown, and stop nothing."""
        self._add(Problem(message, origin, node, hint, "warning"))

    def _add(self, problem: Problem) -> None:
        # One line of YAML can stand behind many nodes (a loop's passes, `defaults`): its fault is shown once.
        known = any(
            item.message == problem.message and item.origin == problem.origin and (problem.origin or item == problem)
            for item in self.items
        )
        if not known:
            self.items.append(problem)

    @property
    def errors(self) -> list[Problem]:
        """The problems that stop the command."""
        return [problem for problem in self.items if problem.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """The problems that are only shown."""
        return [problem for problem in self.items if problem.severity == "warning"]

    def raise_if_any(self) -> None:
        """Raise InputError with all problems if at least one of them is an error."""
        if self.errors:
            raise InputError(self.items)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.items)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the nearest known word, or an empty string."""
    choices = [str(choice) for choice in known]
    lowered = {choice.lower(): choice for choice in choices}
    near = difflib.get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return f"did you mean {lowered[near[0]]!r}?" if near else ""


def excerpt(origin: Origin) -> list[str]:
    """Return the source line of `origin` with its number, and a caret under the place."""
    if not origin.line:
        return []
    try:
        line = Path(origin.file).read_text(encoding="utf-8").splitlines()[origin.line - 1]
    except (OSError, UnicodeDecodeError, IndexError):
        return []
    start = origin.column - 1
    # A tab is as wide as the terminal makes it: repeating it in the caret line keeps the caret under its column.
    indent = "".join("\t" if character == "\t" else " " for character in line[:start])
    caret = "^" * max(1, min(origin.length, len(line) - start))
    number = f"{origin.line:>6} | "
    return [number + line, " " * (len(number) - 2) + "| " + indent + caret]
