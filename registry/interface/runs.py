"""Lists the runs of an experiment, whichever tracker keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registry.contract.errors import RunError
from registry.interface.arguments import Paths, listed
from registry.loading.blocks import load_registry

if TYPE_CHECKING:
    import pandas

    from registry.contract.tracker import RunStore, RunSummary


def runs(experiment: str, parameters: bool = False, plugins: Paths = ()) -> pandas.DataFrame:
    """Return the runs of an experiment (by default the graph's name), one row each, the last one first.

    Columns: `name`, `status`, `started` (UTC), `tracker`, the fingerprints, and the last value of every metric;
    `parameters`: those as well. The index is the run's id: "run:ID" is its address. Raises RunError if a tracker has
    runs here that cannot be read.
    """
    import pandas

    registry = load_registry((name, None) for name in listed(plugins))
    rows: list[dict[str, Any]] = []
    for tracking in registry.trackings.values():
        store = tracking.store()
        if store.present():
            rows += [{"tracker": tracking.name, **_row(store, run, parameters)} for run in store.runs(experiment)]
    if not rows:
        places = ", ".join(f"{tracking.name} ({tracking.store().place()})" for tracking in registry.trackings.values())
        raise RunError(f"no runs of the experiment {experiment!r} are kept here; looked in {places}")
    table = pandas.DataFrame(rows).sort_values("started", ascending=False).set_index("id")
    table["started"] = pandas.to_datetime(table["started"], unit="s").dt.floor("s")
    return table


def _row(store: RunStore, run: RunSummary, parameters: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"id": run.id, "name": run.name, "status": run.status, "started": run.started}
    row |= {name: value for name, value in store.tags(run.id).items() if name.startswith("fingerprint.")}
    row |= {name: points[-1].value for name, points in store.metrics(run.id).items() if points}
    return row | (dict(store.parameters(run.id)) if parameters else {})
