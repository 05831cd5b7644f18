"""Finds the runs that are compared: by their addresses, by experiment, by study."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from registry.comparing.recorded import Compared
from registry.console.command import show_warnings
from registry.contract.errors import InputError, Problem, RunError
from registry.contract.tracker import RUN
from registry.tracking.runs import STUDY, SWEEP, RecordedRun, Runs
from registry.training.run_folder import read_card

HINT = "name runs: run:ID, the name or the folder of a run; or --experiment NAME, or --study NAME"


def select(
    runs: Runs, addresses: Sequence[str], experiment: str = "", study: str = "", members: Sequence[str] = ()
) -> list[Compared]:
    """Return the runs that are named, each once and in that order; of an experiment or a study all, the oldest first.

    `members`: identifiers of runs that belong to the study, where it says itself which they are.
    Raises InputError where nothing or nothing known is named, RunError for a store that cannot be read.
    """
    ways = [way for way in (addresses, experiment, study) if way]
    if len(ways) != 1:
        received = "nothing" if not ways else "more than one of them"
        raise InputError([Problem(f"expected runs, an experiment or a study; received {received}", hint=HINT)])
    found = _named(runs, addresses) if addresses else _listed(runs, experiment, study, members)
    once = {run.summary.id: run for run in found}
    return [Compared.read(run) for run in once.values()]


def _named(runs: Runs, addresses: Iterable[str]) -> list[RecordedRun]:
    found, problems = [], []
    for address in addresses:
        try:
            found.append(runs.find(_identifier(address)))
        except RunError as error:
            reason, _, more = str(error).partition("\n")
            problems.append(Problem(f"{address} names no run: {reason}", hint=more.strip() or HINT))
    if problems:
        raise InputError(problems)
    return found


def _identifier(address: str) -> str:
    """Return what names a run: of its local folder, what the folder says; else the address."""
    name = address.removeprefix(RUN)
    return (Path(name).is_dir() and read_card(Path(name)).id) or name.rstrip("/")


def _listed(runs: Runs, experiment: str, study: str, members: Sequence[str]) -> list[RecordedRun]:
    found = runs.of_experiment(experiment) if experiment else runs.tagged(STUDY, study)
    known = {run.summary.id for run in found}
    others = [_found(runs, member) for member in members if member not in known]
    found = [run for run in (*found, *others) if run is not None and SWEEP not in run.tags()]
    if not found:
        what = f"the experiment {experiment!r}" if experiment else f"the study {study!r}"
        raise InputError([Problem(f"no runs of {what} are kept here", hint=f"looked in {runs.places()}")])
    if missing := others.count(None):
        what = f"{missing} of the {len(members)} runs of the study {study!r} are not kept here"
        show_warnings([Problem(what, hint=f"looked in {runs.places()}", severity="warning")])
    found.reverse()
    return sorted(found, key=lambda run: run.summary.started)


def _found(runs: Runs, identifier: str) -> RecordedRun | None:
    try:
        return runs.find(identifier)
    except RunError:
        return None
