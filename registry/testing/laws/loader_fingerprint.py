"""The fingerprint says what the data are: the same for the same, another one for other content."""

from __future__ import annotations

from registry.testing.broken import Broken
from registry.testing.loading import no_sample, sample_of
from registry.testing.subject import Subject

name = "fingerprint"
slow = False


def applies(subject: Subject) -> str:
    """It applies to loaders of which there is a sample."""
    return no_sample(subject)


def check(subject: Subject) -> None:
    """Open the same data twice, and other data."""
    with sample_of(subject) as opened:
        first, again = opened().fingerprint(), opened().fingerprint()
    with sample_of(subject, 1) as opened:
        other = opened().fingerprint()
    if first != again:
        raise Broken("the same fingerprint of the same data", f"{first} and {again}")
    if first == other:
        raise Broken("another fingerprint of other data", first)
