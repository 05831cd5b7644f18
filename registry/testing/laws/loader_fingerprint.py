"""The fingerprint says what the data are: the same for the same, another one for other content."""

from __future__ import annotations

from registry.testing.law import Broken
from registry.testing.loading import no_sample, source_of
from registry.testing.subject import Subject

name = "fingerprint"
slow = False


def applies(subject: Subject) -> str:
    """It applies to loaders of which there is a sample."""
    return no_sample(subject)


def check(subject: Subject) -> None:
    """Open the same data twice, and other data."""
    found = []
    for content in (0, 0, 1):
        with source_of(subject, content) as source:
            found.append(source.fingerprint())
    if found[0] != found[1]:
        raise Broken("the same fingerprint of the same data", f"{found[0]} and {found[1]}")
    if found[0] == found[2]:
        raise Broken("another fingerprint of other data", found[0])
