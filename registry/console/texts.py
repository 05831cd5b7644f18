"""Keeps what Python compiles of texts while modules are imported: methods of dataclasses, annotations, patterns.

Each follows from its text and the version of Python alone. They take a tenth of a check: pydantic makes some fifty
dataclasses, its types and ours have hundreds of annotations, and a hundred patterns are made.
"""

from __future__ import annotations

import dataclasses
import re
import typing
from threading import RLock
from types import CodeType
from typing import Any

MOST = 5_000
"""Texts that are kept."""

Known = dict[tuple[str, str | bytes, int], Any]
"""What was compiled, by what for, of which text, with which flags."""


class Texts:
    """Compiles texts for `dataclasses`, `typing` and `re`: takes what is in `known`, and notes there what is not."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self._compiler: Any = getattr(re, "_compiler", None)
        if not hasattr(self._compiler, "_sre") or not callable(getattr(self._compiler, "compile", None)):
            self._compiler = None  # Python is laid out in another way: it makes all patterns itself
        self._usual: Any = None
        self._one_at_a_time = RLock()

    def start(self) -> None:
        """Compile from here on."""
        # A name of a module hides the built-in function of that name, in this module alone.
        vars(dataclasses)["exec"] = self._execute
        vars(typing)["compile"] = self._compile
        if self._compiler is not None:
            self._usual = self._compiler._sre, self._compiler.compile
            self._compiler.compile = self._pattern

    def stop(self) -> None:
        """Let Python compile from here on."""
        vars(dataclasses).pop("exec", None)
        vars(typing).pop("compile", None)
        if self._usual is not None:
            self._compiler._sre, self._compiler.compile = self._usual

    def _execute(self, text: str, variables: dict[str, Any], found: dict[str, Any]) -> None:
        exec(self._compile(text, "<string>", "exec"), variables, found)

    def _compile(self, text: Any, file: str, mode: str) -> CodeType:
        key = (f"{mode} {file}", text, 0)
        code: CodeType | None = self.known.get(key)
        if code is None:
            code = compile(text, file, mode)
            self._note(key, code)
        return code

    def _pattern(self, text: Any, flags: int = 0) -> re.Pattern[Any]:
        engine, usual = self._usual
        key = (f"pattern of {type(text).__name__}", text, int(flags))
        known = self.known.get(key)
        if known is not None:
            made: re.Pattern[Any] = engine.compile(text, *known)
            return made
        with self._one_at_a_time:
            noting = self._compiler._sre = _Engine(engine)
            try:
                made = usual(text, flags)
            finally:
                self._compiler._sre = engine
        if noting.given is not None and not flags & re.DEBUG:
            self._note(key, noting.given)
        return made

    def _note(self, key: tuple[str, str | bytes, int], compiled: Any) -> None:
        if len(self.known) < MOST and type(key[1]) in (str, bytes):
            self.known[key] = compiled


class _Engine:
    """The engine of patterns, which notes what it was `given` to make one of."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.given: tuple[Any, ...] | None = None

    def compile(self, text: Any, flags: int, code: list[int], *groups: Any) -> Any:
        """Make a pattern of the code that `re` has made of a text."""
        self.given = (int(flags), [int(number) for number in code], *groups)
        return self._engine.compile(text, flags, code, *groups)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)
