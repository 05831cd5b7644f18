"""Declares the loader of CMS NanoML files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from registry.contract.block import param
from registry.plugins.loaders.description.columns import ColumnOptions
from registry.plugins.loaders.description.loader import TableLoader
from registry.plugins.loaders.description.options import TableParams

if TYPE_CHECKING:
    from registry.plugins.loaders.description.table import Table

COLUMNS = ColumnOptions(
    features=[
        *("recHitEnergy", "recHitEta", "isTrack", "recHitTheta", "recHitR"),
        *("recHitX", "recHitY", "recHitZ", "recHitTime", "recHitHitR"),
    ],
    energy="recHitEnergy",
    coordinates=["recHitX", "recHitY", "recHitZ"],
    is_track="isTrack != 0",
    truth_index="t_idx",
    truth_energy="t_energy",
    truth_position=["t_pos_x", "t_pos_y", "t_pos_z"],
    truth_time="t_time",
    truth_pid=[f"t_pid_{number}" for number in range(6)],
    truth_pdg="t_pdg",
    truth_spectator="t_spectator",
    truth_fully_contained="t_fully_contained",
    truth_rec_energy="t_rec_energy",
    truth_is_unique="t_is_unique",
)
"""What HGCalML trains on."""


class NanoML(TableLoader):
    """Reads CMS NanoML files as HGCalML's training data: each endcap is an event, with ten features and all truth.

    Event 2k is the endcap at z < 0 of entry k, event 2k + 1 the other one. Features: energy (GeV), eta, whether it is a
    track (its charge), theta (rad), distance from the origin and x, y, z (cm), time (ns, -1 for none), size of the cell
    (cm). Truth is that of the merged simulated cluster that a hit matches best; noise (-1) are hits of clusters that
    are not to be trained on, or on the other side, and their truth is their own energy, position and time. Muons have
    their deposited energy. `t_spectator` is the Mahalanobis distance in the first two principal components of the
    standardised positions of an object's hits, in steps of 0.1, 0 below ten hits. With `particle_flow` tracks follow
    the hits of each endcap, and the truth is that of particle-flow particles: their momentum and position at the front.
    Outputs: what `columns` names, by default all that HGCalML has.
    Errors: those of the loader `root`; a match beyond the list of objects.
    Source: https://github.com/cms-pepr/HGCalML, modules/datastructures/TrainData_NanoML.py; arXiv:2106.01832.
    """

    name: ClassVar[str] = "nanoml"
    endings = (".root",)
    packages = ("uproot", "awkward")
    extra = "root"

    class Params(TableParams):
        """Files, columns, truth, scaling, selection, split and augmentation."""

        table: str = param("Events", "the tree")
        columns: ColumnOptions = param(COLUMNS, "which column, or expression of columns, each output is made of")
        particle_flow: bool = param(False, "tracks beside the hits, and the truth of particle-flow particles")
        match: str | None = param(
            None, "branch of each hit's object; null: MergedSimClusterBestMatchIdx, or BestPFTruthPartIdx, of RecHitHGC"
        )

    def open_table(self, file: str, table: str) -> Table:
        from registry.plugins.loaders.nanoml.table import NanoMLTable

        return NanoMLTable(file, table, self.params.particle_flow, self.params.match)

    @classmethod
    def sample(cls, folder: Path, content: int) -> dict[str, Any]:
        """Write the hits of the samples."""
        from registry.plugins.loaders.nanoml.sample import write

        return write(folder, content)


BLOCKS = (NanoML,)
