"""What an augmentation is: hits of training events changed, before anything is computed of their columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from registry.contract.block import Block, Kind
from registry.contract.parameters import BlockParams, param
from registry.contract.records import record

if TYPE_CHECKING:
    import numpy as np

    Random = np.random.Generator


class AugmentationUse(BlockParams):
    """An augmentation with its parameters, as a node of a graph is written."""

    use: str = param(..., "name of the block: python -m registry.blocks --kind augmentation")
    parameters: dict[str, Any] = param({}, "its parameters", alias="with")


@record
class Geometry:
    """What columns are in the plane across the beam.

    `vectors`: columns of x and y, or of x, y and z, of a position, a direction or a momentum, and cosine and sine of an
    azimuth; `angles`: azimuths, with what a radian is in their unit; `handed`: change their sign in a mirror;
    `from_zero`: azimuths that are counted from 0 to a full turn, where others are within half a turn of 0.
    """

    vectors: tuple[tuple[str, ...], ...] = ()
    angles: Mapping[str, float] = field(default_factory=dict)
    handed: tuple[str, ...] = ()
    from_zero: tuple[str, ...] = ()

    @property
    def columns(self) -> set[str]:
        """The columns that change when an event is turned or mirrored."""
        return {name for vector in self.vectors for name in vector[:2]} | {*self.angles, *self.handed}


@record(eq=False)
class EventHits:
    """Hits of some events, one after the other, as files have them.

    `columns`: arrays [hits] by name, `object.NAME` for those of each hit's object; `row_splits` [events + 1];
    `hits`: which of the hits that were read these are, int64 [hits].
    """

    columns: Mapping[str, np.ndarray]
    row_splits: np.ndarray
    hits: np.ndarray
    geometry: Geometry = field(default_factory=Geometry)

    @property
    def sizes(self) -> np.ndarray:
        """Hits of every event, int64 [events]."""
        import numpy as np

        return np.diff(self.row_splits)

    def with_columns(self, columns: Mapping[str, np.ndarray]) -> EventHits:
        """Return the hits with some columns replaced."""
        return replace(self, columns={**self.columns, **columns})

    def chosen(self, kept: np.ndarray) -> EventHits:
        """Return the hits that are kept, bool [hits]."""
        import numpy as np

        splits = np.concatenate([[0], np.cumsum(kept)])[self.row_splits]
        return replace(
            self,
            columns={name: column[kept] for name, column in self.columns.items()},
            row_splits=splits,
            hits=self.hits[kept],
        )

    def mirrored(self, events: np.ndarray) -> EventHits:
        """Return the hits with y replaced by -y, and azimuths by their negatives, in the events that say so, [events].

        Columns that are handed, such as a curvature, change their sign.
        """
        import numpy as np

        sign = np.repeat(np.where(events, -1.0, 1.0), self.sizes)
        names = [vector[1] for vector in self.geometry.vectors] + [*self.geometry.angles, *self.geometry.handed]
        made = {name: sign * self.columns[name] for name in names if name in self.columns}
        return self.with_columns(made | {name: self._within(name, made[name]) for name in self._angles()})

    def turned(self, angle: np.ndarray) -> EventHits:
        """Return the hits turned around the z axis by an angle of each event, rad, [events].

        `x cos(a) - y sin(a)` and `x sin(a) + y cos(a)`; azimuths stay in the turn that they are counted in.
        """
        import numpy as np

        by = np.repeat(angle, self.sizes)
        cosine, sine = np.cos(by), np.sin(by)
        moved: dict[str, np.ndarray] = {}
        for vector in self.geometry.vectors:
            if vector[0] in self.columns:
                x, y = self.columns[vector[0]], self.columns[vector[1]]
                moved[vector[0]], moved[vector[1]] = x * cosine - y * sine, x * sine + y * cosine
        for name in self._angles():
            moved[name] = self._within(name, self.columns[name] + by * self.geometry.angles[name])
        return self.with_columns(moved)

    def _angles(self) -> Iterator[str]:
        return (name for name in self.geometry.angles if name in self.columns)

    def _within(self, name: str, angle: np.ndarray) -> np.ndarray:
        """Return azimuths in the turn that they are counted in."""
        import numpy as np

        turn = 2 * np.pi * self.geometry.angles[name]
        lowest = 0.0 if name in self.geometry.from_zero else -turn / 2
        # What is within already keeps its last digit.
        inside = (angle >= lowest) & (angle <= lowest + turn)
        return np.where(inside, angle, (angle - lowest) % turn + lowest)


class Augmentation(Block):
    """A block that changes the hits of training events, otherwise in every epoch; a loader's `augmentation` names it.

    It changes columns as files have them; features and all else that is computed of columns are computed afterwards.
    """

    kind: ClassVar[Kind] = "augmentation"
    turns: ClassVar[bool] = False
    """It turns or mirrors events: columns that change with it have to be declared."""

    def named_columns(self) -> Iterator[tuple[str, str]]:
        """Yield the columns that its parameters name, each with the parameter."""
        return iter(())

    def augment(self, hits: EventHits, randoms: Sequence[Random]) -> EventHits:
        """Return the hits, changed.

        `randoms`: a generator for each event, which depends on the seed, the epoch, the event and the augmentation's
        place alone: what is drawn from it is the same in a training that is repeated or resumed, in whatever batch.
        """
        raise NotImplementedError(f"augmentation {self.name!r} does not define augment()")
