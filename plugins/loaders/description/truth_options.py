"""What a description says of objects, and of which hit belongs to which."""

from __future__ import annotations

import re

from registry.contract.block import BlockParams, param


class ObjectOptions(BlockParams):
    """Where the columns `object.NAME` are, and how a hit knows its object."""

    file: str | list[str] | None = param(
        None,
        "file of the objects, relative to the folder of `file`: one for all, or one for each; null: that file itself",
    )
    table: str = param("", "table of the objects in that file")
    event_id: str | list[str] | None = param(
        None, "columns of the objects' table that name the event; null: as `event.id`"
    )
    id: str | None = param(None, "column of the objects that `columns.truth_index` names; null: it is their position")
    base: int = param(0, "position of an event's first object, where positions are used", ge=0, le=1)
    hits: str | None = param(None, "list, held by each object, of its hits' positions in the event; -1: no such hit")
    hits_base: int = param(0, "position of an event's first hit in `hits`; lower ones are no hit", ge=0, le=1)
    fractions: str | None = param(None, "list, beside `hits`, of the share or the energy of the object in each hit")
    missing: str = param(
        "refuse",
        "a hit whose object is not in the table: 'refuse' it, or count it as 'noise'",
        pattern="^(refuse|noise)$",
    )


class ClassWeightOptions(BlockParams):
    """How much objects count in losses, by their class."""

    column: str = param(..., "column, or expression of columns, that says the class: abs(object.pdg)")
    weights: dict[str, float] = param(..., "weight of each class: {'11': 2.0, '22': 0.5}", min_length=1)
    other: float = param(1.0, "weight of every other class", ge=0)


class ContributionOptions(BlockParams):
    """Several objects in one hit, each with an energy or a fraction: a hit belongs to the one with the largest sum."""

    ids: str | list[str] | None = param(
        None, "list of ids for each hit, or one column for each contribution; null: the contribution's own number"
    )
    weights: str | list[str] = param(
        ..., "list of energies or fractions for each hit, or one column for each; `c{0:50}_frac` is 50 columns"
    )
    begin: str | None = param(None, "where the range of each hit starts in the list `links` (podio, EDM4hep)")
    end: str | None = param(None, "where the range of each hit ends, exclusive")
    links: str | None = param(None, "list of rows of `ids` and `weights`, in ranges of `begin` to `end`")
    first: int = param(0, "number of the first contribution, where there are no `ids`", ge=0)
    threshold: float = param(
        0.0, "a hit is noise unless its object has more than this share of all its contributions", ge=0, lt=1
    )

    def columns(self, key: str) -> str | list[str] | None:
        """Return the columns of "ids" or "weights", those that a range stands for as a list."""
        return numbered(getattr(self, key))


_RANGE = re.compile(r"\{(\d+):(\d+)\}")


def numbered(names: str | list[str] | None) -> str | list[str] | None:
    """Return the columns that `c{0:50}_frac` stands for, a list; anything else as it is."""
    found = _RANGE.search(names) if isinstance(names, str) else None
    if found is None or not isinstance(names, str):
        return names
    return [names[: found.start()] + str(n) + names[found.end() :] for n in range(int(found[1]), int(found[2]))]
