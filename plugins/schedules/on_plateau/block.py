"""Declares the schedule that falls when a metric stops improving."""

from __future__ import annotations

from typing import ClassVar, Literal

from registry.contract.block import param
from registry.contract.schedule import Schedule, ScheduleParams, State


class OnPlateau(Schedule):
    """Begins with `peak`, and is multiplied by `factor` whenever a metric has not improved for `patience` epochs.

    An epoch improves it that is better than the best by more than `min_delta`. After each fall `cooldown` epochs are
    not counted. Source: the rule of Keras's ReduceLROnPlateau.
    """

    name: ClassVar[str] = "on_plateau"
    examples = ({"peak": 0.1},)

    class Params(ScheduleParams):
        """What is watched, and how the value falls."""

        peak: float = param(..., "value at the start, after the warm-up", ge=0)
        metric: str = param("validation/loss", "name of the logged metric that is to improve", min_length=1)
        mode: Literal["min", "max"] = param("min", "whether smaller or larger is better")
        factor: float = param(0.1, "what the value is multiplied by", gt=0, lt=1)
        patience: int = param(5, "epochs without improvement after which it falls", ge=1)
        min_delta: float = param(1e-4, "least change that is an improvement", ge=0)
        cooldown: int = param(0, "epochs after a fall that are not counted", ge=0)
        final: float = param(0.0, "the value falls no further than to this", ge=0)

    @property
    def watched(self) -> str:
        return str(self.params.metric)

    def value(self, progress: float, state: State) -> float:
        return float(max(self.params.peak * self.params.factor ** state.get("falls", 0), self.params.final))

    def observe(self, metric: float, state: State) -> State:
        params, sign = self.params, 1 if self.params.mode == "min" else -1
        falls, waited, resting = (state.get(name, 0) for name in ("falls", "waited", "resting"))
        best = state.get("best")
        if resting:
            waited, resting = 0, resting - 1
        if metric == metric and (best is None or sign * metric < sign * best - params.min_delta):
            best, waited = metric, 0
        elif not resting:
            waited += 1
            if waited >= params.patience:
                falls, waited, resting = falls + 1, 0, params.cooldown
        known = {} if best is None else {"best": best}
        return {**known, "falls": falls, "waited": waited, "resting": resting}


BLOCKS = (OnPlateau,)
