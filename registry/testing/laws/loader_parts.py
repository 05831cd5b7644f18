"""No event is in two parts, and each has a name of its own."""

from __future__ import annotations

from registry.contract.data import PARTS
from registry.testing.broken import Broken
from registry.testing.law import LOADERS, law
from registry.testing.loading import source_of
from registry.testing.subject import Subject


@law("parts", LOADERS, "give every event to one part, and describe() it by its file and number")
def check(subject: Subject) -> None:
    """Compare the names of all events, and what they hold."""
    named: dict[str, str] = {}
    held: dict[bytes, str] = {}
    with source_of(subject) as source:
        for part in PARTS:
            for event in range(len(source.sizes(part))):
                said = source.describe(part, event)
                if said in named:
                    raise Broken(f"a name of its own for event {event} of {part!r}", f"{said!r}, as in {named[said]!r}")
                named[said] = part
                columns = source.read(part, [event], None)  # type: ignore[arg-type]
                content = b"".join(columns[port].tobytes() for port in sorted(columns) if port != "row_splits")
                if content and held.get(content, part) != part:
                    raise Broken(f"event {event} of {part!r} in one part", f"the same hits in {held[content]!r}")
                held[content] = part
    if not named:
        raise Broken("events in the sample", "none")
