"""Lists the runs of an experiment, whichever tracker keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registry.contract.errors import InputError, Problem, RunError
from registry.contract.run_store import RunRecord
from registry.interface.arguments import Paths, listed
from registry.loading.blocks import load_registry
from registry.tracking.runs import STUDY, Runs

if TYPE_CHECKING:
    import pandas


def runs(experiment: str = "", parameters: bool = False, plugins: Paths = (), *, study: str = "") -> pandas.DataFrame:
    """Return the runs of an experiment, one row each, the last one first; unless one is named it is the working folder.

    `study`: those that have the tag "study" with this value, whatever their experiment. Columns: `name`, `status`,
    `started` (UTC), `tracker`, the fingerprints, and the last value of every metric, under the names of `Run.metrics`;
    `parameters`: those as well. The index is the run's id: "run:ID" is its address, and `compare` takes the table as it
    is. Raises RunError if a tracker has runs here that cannot be read.
    """
    import pandas

    if bool(experiment) == bool(study):
        raise InputError([Problem("runs: expected the name of an experiment or of a study, and not both")])
    known = Runs(load_registry((name, None) for name in listed(plugins)).trackings.values())
    found = known.records(experiment, {STUDY: study} if study else {})
    if not found:
        what = f"the experiment {experiment!r}" if experiment else f"the study {study!r}"
        raise RunError(f"no runs of {what} are kept here; looked in {known.places()}")
    table = pandas.DataFrame([{"tracker": tracker, **_row(record, parameters)} for tracker, record in found]).set_index(
        "id"
    )
    table["started"] = pandas.to_datetime(table["started"], unit="s").dt.floor("s")
    return table


def _row(found: RunRecord, parameters: bool) -> dict[str, Any]:
    run = found.summary
    row: dict[str, Any] = {"id": run.id, "name": run.name, "status": run.status, "started": run.started}
    row |= {name: value for name, value in found.tags.items() if name.startswith("fingerprint.")}
    row |= found.last
    return row | (dict(found.parameters) if parameters else {})
