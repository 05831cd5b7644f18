"""Declares the loader of the TrackML challenge's files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from registry.contract.block import param
from registry.plugins.loaders.description.loader import TableLoader
from registry.plugins.loaders.description.options import EventOptions, TableParams
from registry.plugins.loaders.description.truth_options import ObjectOptions

if TYPE_CHECKING:
    from registry.plugins.loaders.description.table import Table


class TrackML(TableLoader):
    """Reads the events of the TrackML challenge: hits, truth, particles and cells as csv, csv.gz, or inside a zip.

    `file` names the files of the hits, `event*-hits.csv.gz`, or zips; values are separated by commas, semicolons or
    tabs. The other parts lie beside them and are joined by `hit_id`. Columns of hits, then of truth, have their own
    names; `object.px` is a column of the hit's particle; `n_cells` and `cell_value` (charge) sum up a hit's cells. Only
    parts whose columns are named are read. A hit of particle 0 is noise. Without truth beside the hits there is nothing
    to train on, but to predict from.
    Outputs: what `columns` names; no hit is a track.
    Errors: a file that is missing or damaged, parts of one event that do not fit together, a particle that is not in
    the event's list, a value that is not finite or that the output's type cannot hold.
    Source: arXiv:1904.06778; https://www.kaggle.com/c/trackml-particle-identification/data.
    """

    name: ClassVar[str] = "trackml"
    endings = ("-hits.csv", "-hits.csv.gz", ".zip")

    remote = False

    class Params(TableParams):
        """Files, columns, truth, scaling, selection, split and augmentation."""

        event: EventOptions = param(EventOptions(id="event"), "what an event is called: by its file's name")
        noise_ids: list[int | str] | None = param([0], "values of truth_index that are noise, beside negative ones")
        objects: ObjectOptions = param(
            ObjectOptions(id="particle_id"), "how a hit's particle is found: by the column `particle_id` of both"
        )

    def open_table(self, file: str, table: str) -> Table:
        from registry.plugins.loaders.trackml.table import TrackMLTable

        return TrackMLTable(file)

    @classmethod
    def sample(cls, folder: Path, content: int) -> dict[str, Any]:
        """Write the hits of the samples."""
        import numpy as np
        import pandas as pd

        from registry.plugins.loaders.samples import described, hits

        of_events = {number: event.reset_index() for number, event in pd.DataFrame(hits(content)).groupby("event")}
        for number, event in of_events.items():
            hit_id, particles = np.arange(1, len(event) + 1), event.drop_duplicates("particle")
            parts = {
                "hits": event[["x", "y", "z"]].assign(hit_id=hit_id),
                "truth": pd.DataFrame({"hit_id": hit_id, "particle_id": event["particle"]}),
                "particles": pd.DataFrame({"particle_id": particles["particle"], "energy": particles["e_true"]}),
                "cells": pd.DataFrame({"hit_id": hit_id, "value": event["e"]}),
            }
            for part, frame in parts.items():
                frame.to_csv(folder / f"event{number:09}-{part}.csv", index=False)
        columns = {
            "features": ["n_cells", "hypot(x, y)", "z"],
            "energy": "cell_value",
            "truth_index": "particle_id",
            "truth_energy": "object.energy",
        }
        return described(folder / "event*-hits.csv", columns, ("event",))


BLOCKS = (TrackML,)
