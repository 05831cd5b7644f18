"""Measures jets of clusters beside jets of true objects."""

from __future__ import annotations

import numpy as np

from registry.contract.monitor import Findings
from registry.measuring.events import judged_events
from registry.measuring.judging import Rules
from registry.plugins.matchers.iou.block import Iou
from registry.plugins.monitors.clustering.read_outs import network
from registry.plugins.monitors.columns import Columns
from registry.plugins.monitors.jets.anti_kt import anti_kt, matches
from registry.plugins.monitors.sampling import SampledMonitor


class JetsMonitor(SampledMonitor):
    """Looks at validation events at every record and at the end."""

    def measure(self, columns: Columns) -> Findings:
        """Return the figures of all events together; none of what no event has."""
        p, read_out = self._params, network(self._params)
        true_jets, predicted_jets, ratios = 0, 0, [np.zeros(0)]
        for event in judged_events(read_out.of_those(columns), columns, Rules(Iou(Iou.Params()))):
            tables = (event.judged.objects, event.judged.showers)
            true, predicted = (
                anti_kt(table["pt"], table["eta"], table["phi"], p.radius).above(p.min_pt) for table in tables
            )
            found = matches(true, predicted, p.reach, p.min_share)
            ratios.append(predicted.pt[found[found >= 0]] / true.pt[found >= 0])
            true_jets, predicted_jets = true_jets + len(true.pt), predicted_jets + len(predicted.pt)
        ratio = np.concatenate(ratios)
        figures = {}
        if true_jets:
            figures["efficiency"] = len(ratio) / true_jets
        if predicted_jets:
            figures["fake_rate"] = 1 - len(ratio) / predicted_jets
        if len(ratio):
            figures |= {"response": float(ratio.mean()), "resolution": float(ratio.std() / ratio.mean())}
        return Findings(figures)
