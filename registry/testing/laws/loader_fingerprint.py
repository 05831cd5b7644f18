"""The fingerprint says what the data are: the same for the same, another one for other content."""

from __future__ import annotations

from registry.testing.broken import Broken
from registry.testing.law import LOADERS, law
from registry.testing.loading import sample_of
from registry.testing.subject import Subject


@law(
    "fingerprint",
    LOADERS,
    "make it of what is in the files (registry.contract.contents.digests_of), not of their names or of the time",
)
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
