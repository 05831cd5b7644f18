"""Lists of expressions among a block's parameters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Annotated

from pydantic import Field

from registry.contract.block import Complaint
from registry.contract.spelling import did_you_mean
from registry.plugins.shared.expression_grammar import MISSING, ExpressionError
from registry.plugins.shared.expressions import parse

Texts = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
"""At least one expression."""


def complaints(parameter: str, texts: Sequence[str], names: Collection[str]) -> Iterator[Complaint]:
    """Yield what is wrong with the expressions of a parameter: what is none, and what has none of these names."""
    for place, text in enumerate(texts):
        where = f"{parameter}.{place}"
        try:
            found = parse(text)
        except ExpressionError as error:
            yield Complaint(str(error), where, error.hint)
            continue
        unknown = next((name for name in found.hits if name not in names), None)
        if found.masks or found.objects:
            yield Complaint(f"{text!r}: {MISSING}() and object.NAME are for columns of files", where)
        elif unknown is not None:
            hint = did_you_mean(unknown, list(names)) or f"known: {', '.join(names)}"
            yield Complaint(f"{text!r}: there is no {unknown!r}", where, hint)
        elif not found.hits:
            yield Complaint(f"{text!r} is the same for all hits", where, f"known: {', '.join(names)}")
