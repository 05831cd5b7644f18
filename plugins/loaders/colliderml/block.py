"""Declares the loader of the ColliderML data set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from registry.contract.block import param
from registry.plugins.loaders.description.columns import ColumnOptions
from registry.plugins.loaders.description.loader import TableLoader
from registry.plugins.loaders.description.options import EventOptions, TableParams
from registry.plugins.loaders.description.truth_options import ContributionOptions, ObjectOptions

if TYPE_CHECKING:
    from registry.plugins.loaders.description.table import Table

Hits = Annotated[list[Literal["tracker_hits", "calo_hits"]], Field(min_length=1, max_length=2)]

COLUMNS = ColumnOptions(
    features=["x / 1000", "y / 1000", "z / 1000", "energy", "time", "is_tracker"],
    energy="energy",
    coordinates=["x / 10", "y / 10", "z / 10"],
    truth_energy="object.energy",
    truth_pdg="object.pdg_id",
    truth_time="object.time",
)
UNITS = {"x": "mm", "y": "mm", "z": "mm", "time": "ns", "energy": "GeV", "object.energy": "GeV"}


class ColliderML(TableLoader):
    """Reads the parquet release of ColliderML: hits of tracker and calorimeter, and the particles of each event.

    `file` names the shards of one table, `data/ttbar_pu0_particles/*.parquet`; those of the others lie in the folders
    beside it and are joined by `event_id`. The hits of an event are those of the tracker, then those of the calorimeter
    (`hits`): `x`, `y`, `z` (mm), `time` (ns, 0 for cells), `energy` (GeV, 0 in the tracker), `detector`, `is_tracker`,
    and `volume_id`, `layer_id`, `surface_id` (-1 in the calorimeter). A cell belongs to the particle with the largest
    sum of contributions; `object.pdg_id` is a column of the particles.
    Outputs: what `columns` names; coordinates in cm.
    Errors: those of the loader `parquet`; a table, a shard or an event that one of the tables lacks; a particle that is
    not in the event's list.
    Source: https://huggingface.co/datasets/CERN/ColliderML-Release-1; https://github.com/OpenDataDetector/ColliderML.
    """

    name: ClassVar[str] = "colliderml"
    endings = (".parquet",)
    packages = ("pyarrow",)
    extra = "parquet"

    remote = False

    class Params(TableParams):
        """Files, columns, truth, scaling, selection, split and augmentation."""

        hits: Hits = param(["tracker_hits", "calo_hits"], "tables of hits that are joined, event by event")
        columns: ColumnOptions = param(COLUMNS, "which column, or expression of columns, each output is made of")
        event: EventOptions = param(EventOptions(id="event_id"), "what an event is called")
        contributions: ContributionOptions | None = param(
            ContributionOptions(ids="contrib_particle_ids", weights="contrib_energies"),
            "how a hit finds its particle: contributions to a cell, and the one particle of a tracker hit",
        )
        objects: ObjectOptions = param(ObjectOptions(id="particle_id"), "how a particle is found: by its id")
        units: dict[str, str] = param(UNITS, "unit of columns", remark=True)

    def open_table(self, file: str, table: str) -> Table:
        from registry.plugins.loaders.colliderml.table import ColliderMLTable

        return ColliderMLTable(file, self.params.hits)

    @classmethod
    def sample(cls, folder: Path, content: int) -> dict[str, Any]:
        """Write the hits of the samples."""
        from registry.plugins.loaders.colliderml.sample import write

        return write(folder, content)


BLOCKS = (ColliderML,)
