"""Holds a block to the laws: each is a module in the folder `laws`, found there."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from pydantic import ValidationError

from registry.contract.block import Block
from registry.contract.failures import FAILURES, failure, said
from registry.testing import laws as folder
from registry.testing.broken import Breach, Broken, LawsBroken
from registry.testing.law import Law
from registry.testing.subject import Subject

PARAMETERS = "parameters"
"""What is said to be broken if a block does not take the parameters that it is to be tried with."""


@dataclass(frozen=True)
class Verdict:
    """What came out of holding a block to a law: it does not apply (`reason`), is broken (`breach`), or else holds.

    `exempt`: the block says itself that it does not keep it, for this reason.
    """

    law: str
    parameters: Mapping[str, Any]
    reason: str = ""
    exempt: bool = False
    breach: Breach | None = None

    @property
    def holds(self) -> bool:
        """The law applies, and is kept."""
        return not self.reason and self.breach is None


@cache
def all_laws() -> tuple[Law, ...]:
    """Return every law, by the names of their modules."""
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    return tuple(cast(Law, importlib.import_module(f"{folder.__name__}.{name}")) for name in names)


def check_block(block: type[Block], /, **parameters: Any) -> list[Verdict]:
    """Hold a block with these parameters to all laws, and return what came out.

    Without parameters, those that the block declares as `examples` are taken, or its defaults. Raises LawsBroken, which
    names every law that is broken, the block, the parameters, what was expected and what was received.
    """
    verdicts = [
        verdict for given in ([parameters] if parameters else block.examples) for verdict in examine(block, given)
    ]
    breaches = [verdict.breach for verdict in verdicts if verdict.breach]
    if breaches:
        raise LawsBroken(breaches)
    return verdicts


def examine(
    block: type[Block], parameters: Mapping[str, Any], chosen: Iterable[Law] | None = None
) -> Iterator[Verdict]:
    """Hold a block with these parameters to laws (all by default), and yield what came out."""
    subject = Subject(block, parameters)
    try:
        if subject.takes_given:
            subject.fresh()
    except ValidationError as error:
        first = error.errors()[0]
        what = ".".join(map(str, first["loc"])) or "parameters"
        received = f"{what}: {first['msg']}; a block with parameters that must be given declares `examples`"
        yield Verdict(
            PARAMETERS,
            parameters,
            breach=Breach(PARAMETERS, block.name, parameters, "parameters that it takes", received),
        )
        return
    laws: Sequence[Law] = all_laws() if chosen is None else tuple(chosen)
    for law in laws:
        yield _verdict(law, subject)


def _verdict(law: Law, subject: Subject) -> Verdict:
    block, given = subject.kind, subject.given
    if law.name in block.exempt:
        return Verdict(law.name, given, block.exempt[law.name], True)
    try:
        reason = law.applies(subject)
        if not reason:
            law.check(subject)
        return Verdict(law.name, given, reason)
    except Broken as broken:
        expected, received = broken.expected, str(broken.received)
    except FAILURES as error:
        found = failure(said(error), error)
        place = f"{found.origin}: " if found.origin else ""
        expected, received = "no exception", f"{place}{found.message}"
    return Verdict(law.name, given, breach=Breach(law.name, block.name, given, expected, received))
