"""Gives everything that goes into a script a name of its own there."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable
from dataclasses import dataclass, field

from registry.ejecting.collecting import Piece, Symbol


@dataclass
class Names:
    """The names of a script, by what they stand for; `taken`: those that may stand for nothing else."""

    of: dict[Symbol, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=lambda: {*dir(builtins), *keyword.kwlist})

    @classmethod
    def of_pieces(cls, pieces: Iterable[Piece], first: Iterable[Symbol], reserved: Iterable[str]) -> Names:
        """Return the names of definitions and of what they import; those of `first` stay what they are, if they can.

        `reserved`: names that the script uses itself. No name is that of something local to a definition that uses it.
        """
        listed = list(pieces)
        made = cls()
        made.taken |= set(reserved)
        local = {name for piece in listed for name in piece.found.bound}
        libraries: dict[Symbol, str] = {}
        for piece in listed:
            for place in piece.places:
                if place.symbol.library:
                    libraries.setdefault(place.symbol, piece.source.text[place.start : place.end])
        for symbol, written in libraries.items():
            made.of[symbol] = made.new(written, symbol.module)
        for symbol in first:
            made.of[symbol] = made.new(symbol.name, symbol.module)
        named = [symbol for piece in listed for symbol in piece.named]
        # What is used as an attribute of a module becomes a name, which may be that of something local.
        for symbol in sorted(named, key=lambda symbol: not _is_only_named(symbol, listed)):
            if symbol not in made.of:
                made.taken |= set() if _is_only_named(symbol, listed) else local
                made.of[symbol] = made.new(symbol.name, symbol.module)
        return made

    def new(self, wanted: str, module: str = "") -> str:
        """Return a name that nothing has, `wanted` if it is free, and take it; `module`: where it comes from."""
        private = "_" if wanted.startswith("_") else ""
        parts = [part for part in module.split(".") if part.isidentifier()]
        more = [*parts[-2:], "_".join(parts[-2:])]
        bare = wanted.lstrip("_")
        candidates = [wanted, *(f"{private}{part.strip('_')}_{bare}" for part in more if part)]
        candidates += [f"{wanted}_{number}" for number in range(2, 1000)]
        found = next(name for name in candidates if name not in self.taken)
        self.taken.add(found)
        return found


def _is_only_named(symbol: Symbol, pieces: Iterable[Piece]) -> bool:
    """Say whether every use of a definition is its own name, as its module has it."""
    return all(
        piece.source.text[place.start : place.end] == symbol.name
        for piece in pieces
        for place in piece.places
        if place.symbol == symbol
    )
