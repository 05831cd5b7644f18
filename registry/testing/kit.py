"""Holds a block to the laws: each is a module in the folder `laws`, found there."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from registry.contract.block import Block
from registry.contract.failures import FAILURES, class_place, failure, said
from registry.contract.spelling import did_you_mean
from registry.testing import laws as folder
from registry.testing.broken import Breach, Broken, LawsBroken, place_of
from registry.testing.law import Law
from registry.testing.subject import Subject

PARAMETERS = "parameters"
"""What is said to be broken if a block does not take the parameters that it is to be tried with."""

DETERMINISM = "determinism"

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

_WRAPPED = ("in user code:", "Exception encountered when calling", "Error encountered:")
"""What TensorFlow and Keras say before an exception that they pass on."""

EXEMPT = "exempt"
"""What is said to be broken if a block says that it does not keep a law which there is not."""


@dataclass(frozen=True)
class Verdict:
    """What came out of holding a block to a law: it does not apply (`reason`), is broken (`breach`), or else holds.

    `asked`: it can be asked of blocks of this kind; `exempt`: the block says itself that it does not keep it, for this
    reason.
    """

    law: str
    parameters: Mapping[str, Any]
    reason: str = ""
    asked: bool = True
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
    return tuple(importlib.import_module(f"{folder.__name__}.{name}").check for name in names)


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
        hint = "declare `examples`, parameters that it is tried with, or give some"
        yield _not_tried(subject, PARAMETERS, "parameters that it takes", f"{what}: {first['msg']}", hint)
        return
    for name in block.exempt:
        known = [law.name for law in all_laws()]
        if name not in known:
            hint = did_you_mean(name, known) or f"laws: {', '.join(known)}"
            yield _not_tried(subject, EXEMPT, "names of laws in `exempt`", repr(name), hint)
    laws: Sequence[Law] = all_laws() if chosen is None else tuple(chosen)
    # Where a call gives other numbers than another one of the same, no law that compares numbers holds.
    for law in sorted(laws, key=lambda law: law.name != DETERMINISM):
        verdict = _verdict(law, subject)
        subject.erratic |= law.name == DETERMINISM and verdict.breach is not None
        yield verdict


def _not_tried(subject: Subject, law: str, expected: str, received: str, hint: str) -> Verdict:
    place = class_place(subject.kind, law if law == EXEMPT else "Params")
    breach = Breach(law, subject.kind.name, subject.given, expected, received, str(place or ""), hint)
    return Verdict(law, subject.given, breach=breach)


def _verdict(law: Law, subject: Subject) -> Verdict:
    block, given, asked = subject.kind, subject.given, law.asks(subject)
    if asked and law.name in block.exempt:
        return Verdict(law.name, given, block.exempt[law.name], exempt=True)
    place, hint = None, law.hint
    try:
        reason = law.applies(subject)
        if not reason:
            law.check(subject)
        return Verdict(law.name, given, reason, asked)
    except Broken as broken:
        expected, received = broken.expected, str(broken.received)
        if subject.erratic and law.name != DETERMINISM:
            hint = f"first mend what breaks the law {DETERMINISM!r}: numbers that differ by chance cannot be compared"
    except FAILURES as error:
        found = failure(_said(error), error)
        expected, received, place, hint = "no exception", found.message, found.origin, _called_with(subject)
    place = place or place_of(block)
    breach = Breach(law.name, block.name, given, expected, received, str(place or ""), hint)
    return Verdict(law.name, given, breach=breach)


def _said(error: BaseException) -> str:
    """Return what an exception says in one line; TensorFlow and Keras put it below where it was raised."""
    text = _COLOURS.sub("", str(error)).split("Arguments received by")[0]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not any(words in text for words in _WRAPPED) or not lines:
        return said(error)
    named = re.match(r"[A-Za-z_.]*(Error|Exception|Warning|Exit): ", lines[-1])
    return lines[-1] if named else f"{type(error).__name__}: {lines[-1]}"


def _called_with(subject: Subject) -> str:
    """Return what to try where an author's code raises: what it was called with."""
    if "inputs" not in vars(subject):
        return "mend what raises there"
    given = ", ".join(f"{port}: {_type_text(item)}" for port, item in subject.inputs.types.items())
    return f"mend what raises there; it is called with {given}, of batches of 0 to 100,000 hits"


def _type_text(item: Any) -> str:
    if isinstance(item, Mapping):
        return "{" + ", ".join(f"{name}: {type_}" for name, type_ in item.items()) + "}"
    return f"[{', '.join(map(str, item))}]" if isinstance(item, list) else str(item)
