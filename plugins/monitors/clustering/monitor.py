"""Measures clustering on held-out events, before and after training, beside baselines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.console.counting import Counting
from registry.contract.data import Part
from registry.contract.monitor import VALIDATION, Findings, Moment, MonitorContext
from registry.measuring.choices import ALL, bins_of
from registry.measuring.events import judged_events, samples_of
from registry.measuring.judging import Judged, Rules
from registry.measuring.read_out import ReadOut
from registry.measuring.sample import Bootstrap, Tables, figures, together
from registry.measuring.scan import Scan
from registry.measuring.tuning import MOST_HITS, tune
from registry.measuring.words import Words, words_of
from registry.plugins.matchers.iou.block import Iou
from registry.plugins.monitors.clustering.read_outs import local_maxima, network
from registry.plugins.monitors.clustering.table import Rows, Sampled, headline, metrics, text
from registry.plugins.monitors.columns import Columns, each, gather

UNTRAINED, TRAINED = "nothing trained", "trained"
LOCAL_MAXIMA, TUNED = "local maxima", "local maxima, tuned"

REPLICAS, SEED = 200, 1
"""Of the bootstrap over events."""


class ClusteringMonitor:
    """Evaluates the test events at start and end, and the validation events after epochs."""

    moments: tuple[Moment, ...] = ("start", "epoch", "end")

    def __init__(self, node: str, params: Any) -> None:
        self._node, self._params = node, params
        cuts = {"min_object_hits": params.min_object_hits, "min_cluster_hits": params.min_cluster_hits}
        self._rules = Rules(Iou(Iou.Params(threshold=params.iou_threshold, **cuts)))
        self._rows: Rows = {}

    def look(self, context: MonitorContext) -> Findings:
        """Evaluate what belongs to this moment; the table comes at the end."""
        if context.moment == "epoch":
            return self._at_epoch(context)
        tuning = gather(context.observe("validation"), MOST_HITS) if self._tunes(context.moment) else None
        notes: list[str] = []
        read_outs = {TRAINED: self._network(tuning, notes)}
        if context.moment == "end":
            read_outs |= self._baselines(tuning, notes, _words(context))
        part, tables = self._held_out(context, read_outs)
        if not tables:
            return Findings(text=f"{self._node}: no held-out events, clustering is not evaluated")
        words = _words(context)
        rows = {name: self._by_sample(own, REPLICAS, words) for name, own in tables.items()}
        findings = Findings(metrics=metrics(rows[TRAINED]))
        if context.moment == "start":
            self._rows = {UNTRAINED: rows[TRAINED]}
            return findings
        trained = rows.pop(TRAINED)
        for name, row in rows.items():
            findings.metrics |= metrics(row, f"{name.replace(', ', '_').replace(' ', '_')}/")
        self._rows = {**self._rows, **rows, TRAINED: trained}
        findings.text = self._report(len(tables[TRAINED].events["event"]), part, notes)
        return findings

    def _at_epoch(self, context: MonitorContext) -> Findings:
        tables = self._measured(context, "validation", {TRAINED: network(self._params)})
        if not tables:
            return Findings()
        return Findings(metrics=metrics(self._by_sample(tables[TRAINED], 0, _words(context), (ALL,)), f"{VALIDATION}/"))

    def _tunes(self, moment: Moment) -> bool:
        baseline = self._params.baselines.local_maxima
        return bool(self._params.tune or (moment == "end" and baseline and baseline.tuned))

    def _held_out(self, context: MonitorContext, read_outs: Mapping[str, ReadOut]) -> tuple[Part, dict[str, Tables]]:
        tables = self._measured(context, "test", read_outs)
        return ("test", tables) if tables else ("validation", self._measured(context, "validation", read_outs))

    def _measured(self, context: MonitorContext, part: Part, read_outs: Mapping[str, ReadOut]) -> dict[str, Tables]:
        """Return the tables of every read-out, of all events of a part; nothing if there are none."""
        found: dict[str, list[tuple[int, int, Judged]]] = {name: [] for name in read_outs}
        events = 0
        for columns in each(context.observe(part)):
            for name, read_out in read_outs.items():
                judged = judged_events(read_out.of_those(columns), columns, self._rules, events)
                found[name] += [(event.number, event.sample, event.judged) for event in judged]
            events += len(columns["row_splits"]) - 1
        return {name: together(rows) for name, rows in found.items()} if events else {}

    def _by_sample(self, tables: Tables, replicas: int, words: Words, only: tuple[str, ...] = ()) -> Sampled:
        """Return the figures and counts of all events and, where there is more than one sample, of each of them."""
        found: Sampled = {}
        for sample, number in samples_of(tables, self._params.sample_names).items():
            if not only or sample in only:
                own = tables if number is None else tables.of_sample(number)
                drawn = Bootstrap(own.events, replicas, SEED)
                found[sample] = figures(own, drawn, bins_of("energy", words)), own.counts()
        return found

    def _network(self, tuning: Columns | None, notes: list[str]) -> ReadOut:
        """Return the network's read-out, and note its thresholds."""
        read_out, chosen = network(self._params), ""
        if self._params.tune:
            chosen = " (as given: there are no validation events to choose them on)"
        scan = self._scan(read_out, tuning, "thresholds") if self._params.tune and tuning is not None else None
        if scan is not None:
            read_out = read_out.with_thresholds(scan.chosen)
            edges = [f"; {', '.join(scan.edges)} at the edge of what was tried"] if scan.edges else []
            chosen = f" (chosen on the validation events{''.join(edges)})"
        given: Any = read_out.clusterer.params
        notes.append(f"beta > {given.beta_threshold:.3g}, distance {given.distance_threshold:.3g}{chosen}")
        return read_out

    def _baselines(self, tuning: Columns | None, notes: list[str], words: Words) -> dict[str, ReadOut]:
        """Return the rules without a network, and note how the tuned one was tuned."""
        given = self._params.baselines.local_maxima
        if given is None:
            return {}
        found = {LOCAL_MAXIMA: local_maxima(given)}
        scan = self._scan(found[LOCAL_MAXIMA], tuning, TUNED) if given.tuned and tuning is not None else None
        if scan is not None:
            found[TUNED] = found[LOCAL_MAXIMA].with_thresholds(scan.chosen)
            notes.append(f"{TUNED}: seeds from {scan.chosen['seed_energy']:.3g} {words.energy}".rstrip())
        return found

    def _scan(self, read_out: ReadOut, tuning: Columns, what: str) -> Scan | None:
        counting = Counting(f"{self._node}: {what}", 1, "settings")
        try:
            return tune(read_out.of_those(tuning), tuning, self._rules.matcher, progress=counting.reach)
        finally:
            counting.end()

    def _report(self, events: int, part: Part, notes: list[str]) -> str:
        thresholds, *others = notes
        rules = [
            f"{events} {part} events",
            thresholds,
            f"a match has IoU > {self._params.iou_threshold:g}",
            f"objects have {self._params.min_object_hits} hits or more",
            *others,
        ]
        compared = [name for name in (UNTRAINED, TRAINED) if name in self._rows]
        first = f"{self._node}: {'; '.join(rules)}"
        return "\n".join([first, text(self._rows), headline(self._node, self._rows, compared)])


def _words(context: MonitorContext) -> Words:
    """Return the units of the data, where they are known."""
    return Words() if not context.units else words_of({name: name for name in context.units}, context.units)
