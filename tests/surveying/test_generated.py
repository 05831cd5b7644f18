"""What `registry.data` says of generated events."""

from __future__ import annotations

import json

import pytest

from registry.data import main

GRAPH = """\
name: generated
blocks:
  event: {{use: {use}, with: {{train_events: 2, validation_events: 1, test_events: 1}}}}
outputs: {{features: event.features}}
"""


@pytest.mark.parametrize(
    ("use", "units"),
    [
        ("showers", {"energy": "GeV", "coordinates.2": "cm", "features.0": "GeV", "features.8": "ns"}),
        ("detector", {"energy": "GeV", "truth_time": "ns", "features.3": "rad"}),
        ("tracks", {"coordinates.0": "cm", "truth_momentum.1": "GeV", "features.4": "rad"}),
    ],
)
def test_columns_of_a_generator_have_their_units(use, units, tmp_path):
    graph, file = tmp_path / "graph.yaml", tmp_path / "found.json"
    graph.write_text(GRAPH.format(use=use))
    assert main([str(graph), "--json", str(file)]) == 0
    columns = json.loads(file.read_text())["columns"]
    assert {name: columns[name].get("unit") for name in units} == units
    assert "unit" not in columns["truth_index"]
