"""What the variants of a sweep will take: weights by the plan, memory and time from one step that is trained."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from registry.configuration.training_options import StageOptions
from registry.contract.errors import RunError
from registry.sweeping.plan import Plan
from registry.sweeping.request import Request
from registry.sweeping.text import cost_table, duration
from registry.sweeping.variants import Variant, settings_of
from registry.training.events import open_data
from registry.training.one_step import Taken
from registry.wiring.fingerprints import fingerprints


def estimate(plan: Plan) -> Iterator[str]:
    """Yield the variants that were checked with what each takes, and what the sweep takes in all.

    Raises RunError if a step cannot be trained.
    """
    seeds = f", {len(plan.seeds)} seeds each" if len(plan.seeds) > 1 else ""
    yield f"study {plan.study}: {plan.target} trials by {plan.sampler}{seeds}"
    chosen = _chosen(plan.variants)
    both = "of the least and of the most costly variant" if len(chosen) > 1 else "of one variant: they cost the same"
    yield f"memory and time are estimated from one training step {both}"
    steps = Steps([(plan.variants[number], _measured(plan.request, plan.variants[number])) for number in chosen])
    seconds = [steps.seconds(item) for item in plan.variants]
    yield from cost_table(plan.variants, plan.axes, [steps.memory(item) for item in plan.variants], seconds)
    mean = sum(seconds) / len(seconds)
    yield f"about {duration(mean * plan.target * len(plan.seeds))} one after the other, {duration(mean)} a training"
    if plan.points is None:
        yield "of ranges the ends and a value between them are listed; the sampler chooses the variants"


def _chosen(variants: Sequence[Variant]) -> list[int]:
    """Return the numbers of the variants that are measured: of the least cost, and of the most if that is another."""
    order = sorted(range(len(variants)), key=lambda number: (_cost(variants[number]), number))
    first, last = order[0], order[-1]
    return [first] if _cost(variants[first]) == _cost(variants[last]) else [first, last]


def _cost(variant: Variant) -> float:
    """Return what the time of a hit grows with."""
    return variant.costs.multiply_adds / variant.costs.load.hits


def _measured(request: Request, variant: Variant) -> Taken:
    """Train one step of a variant in a process of its own."""
    sets = [*request.sets, *settings_of(variant.assignment)]
    words = [("--config", request.configs), ("--set", sets), ("--plugin", request.plugins)]
    given = [word for option, items in words for item in items for word in (option, item)]
    command = [sys.executable, "-m", "registry.training.one_step", request.graph, *given]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RunError(f"one step of a variant failed: {done.stderr.strip()}")
    return Taken(**json.loads(done.stdout.splitlines()[-1]))


@dataclass
class Steps:
    """Steps that were measured, the least costly first; what others take lies on the line through them."""

    measured: Sequence[tuple[Variant, Taken]]
    _known: dict[str, dict[str, int]] = field(default_factory=dict)

    def seconds(self, variant: Variant) -> float:
        """Return the seconds of a training of a variant: its start, and every batch of every epoch by its hits."""
        start = self._along(variant, lambda taken: taken.start)
        step = self._along(variant, lambda taken: taken.step / taken.hits)
        validation = self._along(variant, lambda taken: taken.validation / taken.hits)
        hits = self._hits(variant)
        epoch = hits["train"] * step + hits["validation"] * validation
        return start + sum(_stage(stage.options, epoch, hits["train"]) for stage in variant.options.stages)

    def memory(self, variant: Variant) -> int:
        """Return the bytes of the process: those of the nearest one, with what the plan says of the difference."""
        near, taken = min(self.measured, key=lambda item: abs(_cost(item[0]) - _cost(variant)))
        return max(0, taken.memory + variant.costs.training_memory - near.costs.training_memory)

    def _along(self, variant: Variant, what: Callable[[Taken], float]) -> float:
        """Return a quantity on the line through those of the measured variants."""
        (low, first), *_, (high, last) = [(_cost(item), what(taken)) for item, taken in self.measured] * 2
        return first + (last - first) * (_cost(variant) - low) / (high - low) if high > low else first

    def _hits(self, variant: Variant) -> dict[str, int]:
        """Return the hits of the training and of the validation events; events that are the same are opened once."""
        key = fingerprints(variant.checked).data
        if key not in self._known:
            source = open_data(variant.checked.loader, variant.options.general.seed)
            self._known[key] = {part: int(source.sizes(part).sum()) for part in ("train", "validation")}
        return self._known[key]


def _stage(stage: StageOptions, epoch: float, hits: int) -> float:
    """Return the seconds of a stage, given those of an epoch and the hits in one."""
    if stage.minutes is not None:
        return 60 * stage.minutes
    if stage.epochs is not None:
        return stage.epochs * epoch
    return epoch * (stage.steps or 0) * stage.accumulate * stage.batch_size / max(hits, 1)
