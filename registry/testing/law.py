"""What a law is."""

from __future__ import annotations

from typing import Protocol

from registry.testing.subject import Subject


class Law(Protocol):
    """A law, which a module of the folder `laws` is.

    `name`: what it demands, in a few words, by which a block may declare itself exempt; `slow`: it takes seconds.
    """

    @property
    def name(self) -> str:
        """What it demands, in a few words."""
        ...

    @property
    def slow(self) -> bool:
        """It takes seconds."""
        ...

    def applies(self, subject: Subject) -> str:
        """Return why the law does not apply to a block; empty if it does."""
        ...

    def check(self, subject: Subject) -> None:
        """Raise Broken if the block does not keep the law."""
        ...
