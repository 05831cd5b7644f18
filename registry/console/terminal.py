"""The terminal, as rich sees it: colours, width, whether there is one; and texts that any encoding can show."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

PLAIN = {
    "\u00d7": "x",
    "\u2192": "->",
    "\u2264": "<=",
    "\u2265": ">=",
    "\u00b7": "*",
    "\u2026": "...",
    "\u00b2": "^2",
    "\u00b1": "+-",
    "\u2212": "-",
    "\u2500": "-",
}
"""What stands for a sign that the encoding of a stream lacks; for all others a question mark."""

HANDLER = "registry.plain"


def console(stream: TextIO) -> Console:
    """Return rich's console on a stream: it prints texts as they are, without wrapping, markup or emphasis."""
    from rich.console import Console

    return Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True, force_jupyter=False)


def coloured(stream: TextIO | None, lines: Iterable[tuple[str, str]]) -> None:
    """Print lines, each with its colour ("" for none), where the stream is a terminal that shows colours."""
    if stream is None:  # the caller has closed it
        return
    if not stream.isatty():
        for text, _ in lines:
            print(text, file=stream)
        return
    terminal = console(stream)
    for text, colour in lines:
        terminal.print(text, style=colour or None)


def print_in_any_encoding() -> None:
    """Let the standard streams replace signs that their encoding lacks, instead of failing."""
    codecs.register_error(HANDLER, _replaced)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=HANDLER)


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(sign, "?") for sign in error.object[error.start : error.end]), error.end
