"""What makes clusters of the hits of events: a clusterer, and the columns that it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from registry.contract.clusterer import Clusterer, Clusters
from registry.contract.records import record
from registry.measuring.choices import KNOWN, PREDICTED, TRUE
from registry.measuring.positions import position_ports
from registry.measuring.track_energy import TrackEnergy

if TYPE_CHECKING:
    import numpy as np

    from registry.contract.block import BlockParams
    from registry.contract.data import Columns

ROW_SPLITS, IS_TRACK = "row_splits", "is_track"


class MissingColumn(Exception):
    """The clusterer, or what judges clusters, takes a column that is not there."""


@record
class ReadOut:
    """What makes clusters of the hits of an event.

    `inputs`: by port of the clusterer, the name of an output of the network or of a column of the loader; `columns`:
    likewise, what is known of the hits beside (see `Column` in registry.measuring.choices); `apart`: how the energy of
    a shower is made of hits and tracks, None where all are added.
    """

    clusterer: Clusterer
    inputs: Mapping[str, str]
    columns: Mapping[str, str] = field(default_factory=dict)
    apart: TrackEnergy | None = None

    def clusters(self, columns: Columns) -> Clusters:
        """Return the clusters of the hits of events, numbered from 0 in each.

        `columns`: outputs of the network and columns of the loader, each [hits, width], and "row_splits" [events + 1].
        Hits that the network has dropped (`kept` is 0) are in no cluster. Raises MissingColumn.
        """
        return next(self.scan(columns, [self.clusterer.params]))

    def scan(self, columns: Columns, settings: Sequence[BlockParams]) -> Iterator[Clusters]:
        """Yield the clusters that each of several parameters of the clusterer makes, as `clusters` does."""
        from registry.measuring.kept import Kept, numbered

        given, kept = self.given(columns), self.hits(columns).get("kept")
        chosen = None if kept is None else Kept(kept, given[ROW_SPLITS])
        own = chosen.columns(given, self.clusterer) if chosen else given
        for clusters in self.clusterer.scan(own, settings):
            yield numbered(chosen.clusters(clusters) if chosen else clusters, given[ROW_SPLITS])

    def given(self, columns: Columns) -> dict[str, np.ndarray]:
        """Return the columns that the clusterer takes, by port, and "row_splits"; raises MissingColumn."""
        found = {}
        for port, name in self.inputs.items():
            if name not in columns:
                what = f"the clusterer {self.clusterer.name!r} takes {name!r} as its input {port!r}"
                raise MissingColumn(f"{what}, which is no output of the network and no column of the data")
            found[port] = columns[name]
        return {**found, ROW_SPLITS: columns[ROW_SPLITS]}

    def hits(self, columns: Columns) -> dict[str, np.ndarray]:
        """Return what is known and predicted of hits, each [hits, width], by what it is ("energy_factor").

        Raises MissingColumn where tracks are asked for, and nothing says which hits are.
        """
        found = self._named(columns, (*PREDICTED, *KNOWN))
        if self.apart and IS_TRACK not in found:
            name = self.columns.get(IS_TRACK, IS_TRACK)
            raise MissingColumn(f"the energy of showers is made of hits and tracks: there is no column {name!r}")
        return found

    def true(self, columns: Columns) -> dict[str, np.ndarray]:
        """Return what is true of hits, each [hits, width], by what it is, without "truth_" ("energy", "index")."""
        return {name.removeprefix("truth_"): values for name, values in self._named(columns, TRUE).items()}

    @property
    def positions(self) -> set[str]:
        """Names of the columns that hold positions of hits, which count from the first hit of all events."""
        return {self.inputs[port] for port in position_ports(self.clusterer) if port in self.inputs}

    def of_those(self, columns: Columns) -> ReadOut:
        """Return the read-out without optional inputs that are not among some columns."""
        optional = {port.name for port in self.clusterer.inputs if port.optional}
        inputs = {port: name for port, name in self.inputs.items() if port not in optional or name in columns}
        return replace(self, inputs=inputs)

    def _named(self, columns: Columns, wanted: tuple[str, ...]) -> dict[str, np.ndarray]:
        names = {what: self.columns[what] for what in wanted if what in self.columns}
        return {what: columns[name] for what, name in names.items() if name in columns}

    def with_thresholds(self, thresholds: Mapping[str, float]) -> ReadOut:
        """Return the read-out with other values of its thresholds."""
        params = self.clusterer.params
        changed = type(params).model_validate(params.model_dump(by_alias=True) | dict(thresholds))
        return replace(self, clusterer=type(self.clusterer)(changed))

    def plain(self) -> dict[str, Any]:
        """Return the read-out as plain values, as a model's file keeps it."""
        return {
            "clusterer": self.clusterer.name,
            "version": self.clusterer.version,
            "with": self.clusterer.plain_parameters(),
            "in": dict(self.inputs),
            "columns": dict(self.columns),
            **({"apart": self.apart.plain()} if self.apart else {}),
        }
