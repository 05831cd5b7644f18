"""Trains a graph with several seeds, one after the other: each is a run of its own, and a tag finds them together."""

from __future__ import annotations

import gc
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from registry.configuration.options import LARGEST_SEED, SECTIONS, Options
from registry.console.signals import LISTENER, exit_status
from registry.contract.errors import InputError, Problem, RunError
from registry.contract.run_store import RunSummary
from registry.contract.tracker import RUN
from registry.tracking.names import study_of
from registry.tracking.parameters import expanded_parameters
from registry.tracking.runs import STUDY
from registry.training.outcome import Outcome
from registry.training.starting import start
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.digest import digest
from registry.wiring.fingerprints import fingerprints

GROUP, SEED, SEEDS = "seeds.group", "seeds.seed", "seeds.all"
"""Tags of a run: what all runs have that differ by their seed only, its own seed, and all that were asked for."""

SEED_OPTION, SEEDS_OPTION = "General.seed", "General.seeds"

GO_ON = "the same command with --continue trains what is left"


@dataclass(frozen=True)
class Trained:
    """What came of one seed: the outcome of its run, or why there is none; `signal`: of an interrupt outside of runs.

    `before`: the run had finished before this command.
    """

    seed: int
    outcome: Outcome | None = None
    failure: str = ""
    signal: int = 0
    before: bool = False

    @property
    def finished(self) -> bool:
        """Whether there is a run that came to its end."""
        return self.outcome is not None and self.outcome.status == "FINISHED"

    @property
    def interrupted(self) -> int:
        """The number of the signal that ended it, 0 if none did."""
        killed = self.outcome is not None and self.outcome.status == "KILLED"
        return self.outcome.signal if killed and self.outcome else self.signal


@dataclass(frozen=True)
class Plan:
    """What is trained.

    `opened` returns the checked graph for a seed, `command` what to type for that seed alone; `go_on`: leave out the
    seeds of which a run has finished, and go on with runs that were interrupted.
    """

    seeds: Sequence[int]
    opened: Callable[[int], tuple[CheckedGraph, Options]]
    command: Callable[[int], Sequence[str]]
    go_on: bool = False
    profiled: bool = False
    start_from: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    """Further tags of every run."""


def seeds_of(options: Options, count: int | None = None) -> Sequence[int]:
    """Return the seeds to train with: `count` from `General.seed` on, else `General.seeds`; none for a single run.

    Raises InputError for a count that is no number of runs.
    """
    if count is None:
        return options.general.seeds
    first = options.general.seed
    if not 1 <= count <= LARGEST_SEED + 1 - first:
        raise InputError([Problem(f"--seeds: expected a number of runs, received {count}", hint="--seeds 3")])
    return range(first, first + count)


def settings(seed: int, options: Options) -> list[str]:
    """Return what `--set` lays over a graph to train it with one seed."""
    return [f"{SEED_OPTION}={seed}", *([f"{SEEDS_OPTION}=[]"] if options.general.seeds else [])]


def train_several(plan: Plan) -> list[Trained]:
    """Train every seed, whatever becomes of the others; an interrupt ends the run it meets and begins no more.

    Raises InputError if the first one cannot be begun: what is wrong is wrong for all of them.
    """
    done: list[Trained] = []
    for number, seed in enumerate(plan.seeds, start=1):
        left = ", ".join(map(str, plan.seeds[number - 1 :]))
        LISTENER.note = f"\nleft: seeds {left}; {GO_ON}" if done else ""
        print(f"seed {seed} ({number} of {len(plan.seeds)})", flush=True)
        try:
            done.append(_train(plan, seed))
        except InputError as error:
            if not done:
                raise
            done.append(_failed(seed, str(error)))
        except KeyboardInterrupt as error:
            done.append(Trained(seed, failure="interrupted", signal=exit_status(error) - 128))
        except RunError as error:
            done.append(_failed(seed, str(error)))
        except Exception as error:
            if LISTENER.heard:
                done.append(Trained(seed, failure="interrupted", signal=LISTENER.heard))
                break
            traceback.print_exc()
            done.append(_failed(seed, f"{type(error).__name__}: {error}"))
        finally:
            LISTENER.note = ""
        if done[-1].interrupted:
            break
        _clear()
    return done


def _failed(seed: int, reason: str) -> Trained:
    print(f"error: seed {seed}: {reason}", file=sys.stderr, flush=True)
    return Trained(seed, failure=reason)


def _clear() -> None:
    """Let go of a run's models before the next one is compiled."""
    keras = sys.modules.get("keras")
    if keras is not None:
        keras.backend.clear_session()
    gc.collect()


def _train(plan: Plan, seed: int) -> Trained:
    checked, options = plan.opened(seed)
    group = group_of(checked)
    before = _before(checked, options, group).get(seed) if plan.go_on else None
    if before and before.status == "FINISHED":
        print(f"  {before.name} ({RUN}{before.id}) has finished already")
        outcome = Outcome("FINISHED", before.id, before.name, Path(), options.general.tracker)
        return Trained(seed, outcome, before=True)
    tags = {**plan.tags, GROUP: group, SEED: str(seed), SEEDS: ", ".join(map(str, plan.seeds))}
    tags[STUDY] = study_of(checked, options) or group
    if before and before.status in ("KILLED", "RUNNING"):
        try:
            return Trained(
                seed, start(checked, options, plan.command(seed), plan.profiled, f"{RUN}{before.id}", tags=tags)
            )
        except InputError as error:
            print(f"  {before.name} cannot be resumed, a new run is begun: {error}")
    outcome = start(checked, options, plan.command(seed), plan.profiled, start_from=plan.start_from, tags=tags)
    return Trained(seed, outcome)


def group_of(checked: CheckedGraph) -> str:
    """Return what is the same for all seeds of a graph with its options, data and code, as a short hash."""
    remarks = {f"General.{name}" for name in SECTIONS["General"].remarks}
    kept = {name: value for name, value in expanded_parameters(checked).items() if name not in {SEED_OPTION, *remarks}}
    return digest([asdict(fingerprints(checked)), kept])


def _before(checked: CheckedGraph, options: Options, group: str) -> dict[int, RunSummary]:
    """Return the runs of a group by seed: one that has finished, or else the last one."""
    store = checked.registry.trackings[options.general.tracker].store()
    found: dict[int, RunSummary] = {}
    if not store.present():
        return found
    for run in reversed(store.tagged(GROUP, group)):
        seed = int(store.tags(run.id).get(SEED, "-1"))
        if seed not in found or found[seed].status != "FINISHED" or run.status == "FINISHED":
            found[seed] = run
    return found


def exit_status_of(done: Sequence[Trained]) -> int:
    """Return 0 if all seeds are trained, 1 if one failed, 128 and the signal's number if one ended them."""
    signal = next((item.interrupted for item in done if item.interrupted), 0)
    if signal:
        return 128 + signal
    return 1 if any(item.failure or (item.outcome and item.outcome.failures) for item in done) else 0
