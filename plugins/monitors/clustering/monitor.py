"""Measures clustering on held-out events, before and after training, beside baselines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from registry.console.counting import Counting
from registry.contract.data import Part
from registry.contract.monitor import Findings, Moment, MonitorContext
from registry.plugins.evaluation.clustering import condense
from registry.plugins.evaluation.local_maxima import LocalMaxima, tune
from registry.plugins.evaluation.matching import Criteria
from registry.plugins.evaluation.metrics import COUNTS, METRICS, Estimate, Score, score_events, total
from registry.plugins.evaluation.table import text
from registry.plugins.matchers.iou.block import Iou
from registry.plugins.monitors.clustering.thresholds import Thresholds, scan_thresholds
from registry.plugins.monitors.columns import Columns, gather

UNTRAINED, TRAINED = "nothing trained", "trained"
LOCAL_MAXIMA, TUNED = "local maxima", "local maxima, tuned"
ALL = "all"


class ClusteringMonitor:
    """Evaluates the test events at start and end, and the validation events every few epochs."""

    def __init__(self, node: str, params: Any) -> None:
        self._node, self._params = node, params
        self._criteria = Criteria(params.iou_threshold, params.min_object_hits, params.min_cluster_hits)
        cuts = {"min_object_hits": params.min_object_hits, "min_cluster_hits": params.min_cluster_hits}
        self._matcher = Iou(Iou.Params(threshold=params.iou_threshold, **cuts))
        self._rows: dict[str, dict[str, Score]] = {}
        self._notes: list[str] = []
        self._chosen = ""
        self.moments: tuple[Moment, ...] = ("start", "end") if not params.every_epochs else ("start", "epoch", "end")

    def look(self, context: MonitorContext) -> Findings:
        """Evaluate what belongs to this moment; the table comes at the end."""
        if context.moment == "epoch":
            return self._at_epoch(context)
        events, part = self._held_out(context)
        if events is None:
            return Findings(text=f"{self._node}: no held-out events, clustering is not evaluated")
        thresholds = self._thresholds(context)
        scores = self._by_sample(events, self._network(events, thresholds))
        findings = Findings(metrics=metrics(scores))
        if context.moment == "start":
            self._rows = {UNTRAINED: scores}
            return findings
        baselines = self._baselines(context, events)
        self._rows = {**self._untrained(), **baselines, TRAINED: scores}
        for name, row in baselines.items():
            findings.metrics |= metrics(row, f"{name.replace(', ', '_').replace(' ', '_')}/")
        findings.text = self._report(events, part, thresholds)
        return findings

    def _at_epoch(self, context: MonitorContext) -> Findings:
        events = gather(context.observe("validation")) if context.epoch % self._params.every_epochs == 0 else None
        if events is None:
            return Findings()
        scores = self._network(events, Thresholds(self._params.beta_threshold, self._params.distance_threshold))
        return Findings(metrics=metrics({ALL: total(scores)}, "validation/"))

    def _held_out(self, context: MonitorContext) -> tuple[Columns | None, Part]:
        test = gather(context.observe("test"))
        return (test, "test") if test is not None else (gather(context.observe("validation")), "validation")

    def _thresholds(self, context: MonitorContext) -> Thresholds:
        given = Thresholds(self._params.beta_threshold, self._params.distance_threshold)
        if not self._params.tune:
            return given
        events = gather(context.observe("validation"))
        if events is None:
            self._chosen = " (as given: there are no validation events to choose them on)"
            return given
        counting = Counting(f"{self._node}: thresholds", 1, "settings")
        scan = scan_thresholds(events, given, self._matcher, counting.reach)
        counting.end()
        if scan is None:
            return given
        self._chosen = " (chosen on the validation events)"
        if scan.edges:
            self._chosen = f" (chosen on the validation events; {', '.join(scan.edges)} at the edge of what was tried)"
        return Thresholds(*scan.chosen.values())

    def _network(self, events: Columns, thresholds: Thresholds) -> list[Score]:
        clusters = condense(
            events["beta"], events["ccoords"], events.get("distance"), events["row_splits"], *thresholds
        )
        predicted = events["energy"] * events["energy_factor"] if "energy_factor" in events else None
        return self._score(events, clusters.assignment, predicted)

    def _score(self, events: Columns, assignment: np.ndarray, predicted: np.ndarray | None = None) -> list[Score]:
        truth, energy, row_splits = events["truth_index"], events["energy"], events["row_splits"]
        return score_events(
            assignment, truth, energy, row_splits, self._criteria, events.get("truth_energy"), predicted
        )

    def _by_sample(self, events: Columns, scores: Iterable[Score]) -> dict[str, Score]:
        """Return the score of all events and, where there is more than one sample, of each of them."""
        scores = list(scores)
        result = {ALL: total(scores)}
        if "sample" not in events:
            return result
        starts, ends = events["row_splits"][:-1], events["row_splits"][1:]
        sample = [
            int(events["sample"][start, 0]) if end > start else -1 for start, end in zip(starts, ends, strict=True)
        ]
        for number in sorted(set(sample) - {-1}):
            own = [score for score, of in zip(scores, sample, strict=True) if of == number]
            result[self._sample_name(number)] = total(own)
        return result if len(result) > 2 else {ALL: result[ALL]}

    def _sample_name(self, number: int) -> str:
        names: list[str] = self._params.sample_names
        return names[number] if 0 <= number < len(names) else f"sample {number}"

    def _baselines(self, context: MonitorContext, events: Columns) -> dict[str, dict[str, Score]]:
        """Return the scores of the rules without a network, and say in `_notes` how the tuned one was tuned."""
        given = self._params.baselines.local_maxima
        if given is None:
            return {}
        rules = {LOCAL_MAXIMA: LocalMaxima(given.seed_radius, given.join_radius)}
        validation = gather(context.observe("validation")) if given.tuned else None
        if validation is not None:
            rules[TUNED] = self._tuned(rules[LOCAL_MAXIMA], validation)
            self._notes.append(f"{TUNED}: seeds from {rules[TUNED].seed_energy:.3g} GeV")
        columns = events["energy"], events["coordinates"], events["row_splits"]
        return {
            name: self._by_sample(events, self._score(events, rule.cluster(*columns))) for name, rule in rules.items()
        }

    def _tuned(self, rule: LocalMaxima, validation: Columns) -> LocalMaxima:
        energy, positions = validation["energy"], validation["coordinates"]
        return tune(rule, energy, positions, validation["truth_index"], validation["row_splits"], self._criteria)

    def _untrained(self) -> dict[str, dict[str, Score]]:
        return {UNTRAINED: self._rows[UNTRAINED]} if UNTRAINED in self._rows else {}

    def _report(self, events: Columns, part: Part, thresholds: Thresholds) -> str:
        rules = [
            f"{len(events['row_splits']) - 1} {part} events",
            f"beta > {thresholds.beta:g}, distance {thresholds.distance:g}{self._chosen}",
            f"a match has IoU > {self._criteria.iou_threshold:g}",
            f"objects have {self._criteria.min_object_hits} hits or more",
            *self._notes,
        ]
        return "\n".join([f"{self._node}: {'; '.join(rules)}", text(self._rows), self._headline()])

    def _headline(self) -> str:
        parts = []
        for metric in METRICS:
            if metric.share:
                values = [metric.of(self._rows[row][ALL]) for row in (UNTRAINED, TRAINED) if row in self._rows]
                parts.append(f"{metric.label} {' -> '.join(map(_percent, values))}")
        return (
            f"{self._node}: " + ", ".join(parts) + (f" ({UNTRAINED} -> {TRAINED})" if UNTRAINED in self._rows else "")
        )


def metrics(scores: dict[str, Score], prefix: str = "") -> dict[str, float]:
    """Return the metrics of scores by sample, "efficiency", "bhabha/efficiency"; what has no value is left out."""
    result: dict[str, float] = {}
    for sample, score in scores.items():
        own = prefix if sample == ALL else f"{prefix}{sample.replace(' ', '_')}/"
        for metric in METRICS:
            estimate = metric.of(score)
            if estimate.known:
                result[f"{own}{metric.name}"] = estimate.value
        result |= {f"{own}{name}": float(getattr(score, name)) for name in COUNTS}
    return result


def _percent(estimate: Estimate) -> str:
    return f"{100 * estimate.value:.1f} %" if estimate.known else "-"
