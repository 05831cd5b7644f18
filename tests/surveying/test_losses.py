"""What parameters of losses amount to on the training events, and where each was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry.data import main
from registry.surveying.losses import look_at_losses
from registry.training.events import open_data
from tests.graphs.helpers import FEW_EVENTS, FEW_TRACKS, GRAPHS, opened

GRAPH = """
name: looked_at
blocks:
  event: {use: showers, with: {train_events: 3, validation_events: 1, test_events: 1}}
  dense: {use: dense_loop, in: event.features, with: {units: [3]}}
  heads: {use: output_heads, in: dense}
  loss:
    use: basic_object_condensation
    in: {"*": event, beta: heads.beta, ccoords: heads.ccoords}
"""


def test_the_default_is_said_to_be_one_with_what_it_is_on_these_events(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = tmp_path / "looked_at.yaml"
    graph.write_text(GRAPH)
    assert main([str(graph)]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("loss ")]
    said, where = line.split(" (repulsion_hits: ")
    assert said.startswith("loss 'loss': the repulsion is divided by 4 times the mean hits of the event's objects, ")
    assert where == "objects, default of the block)"


def test_what_the_default_divides_by_is_measured_on_the_training_events() -> None:
    checked = opened("track_condensation", *FEW_TRACKS, "LossOptions.repulsion_hits=objects")
    source = open_data(checked.loader, 1)
    columns = source.read("train", np.arange(3), None)
    means = []
    for start, stop in zip(columns["row_splits"], columns["row_splits"][1:], strict=False):
        _, hits = np.unique(columns["truth_index"][start:stop], return_counts=True)
        means.append(4 * hits[1:].mean())  # the first are the noise
    (found,) = look_at_losses(checked, source)
    assert found.text.endswith(f", {min(means):.3g} to {max(means):.3g}, median {np.median(means):.3g}")


def test_a_number_of_a_file_is_said_with_its_line_and_beside_what_the_data_say() -> None:
    checked = opened("track_condensation", *FEW_TRACKS)
    (found,) = look_at_losses(checked, open_data(checked.loader, 1))
    line = next(
        number
        for number, text in enumerate((GRAPHS.parent / "configs" / "track_condensation.yaml").read_text().split("\n"))
        if "repulsion_hits" in text
    )
    assert (found.node, found.parameter, found.value) == ("loss", "repulsion_hits", 30.0)
    assert f"configs/track_condensation.yaml:{line + 1}," in found.origin
    assert "is divided by 30 hits in every event; 4 times the mean hits of the event's objects, " in found.text


def test_a_division_by_the_hits_outside_the_object_is_said_to_fade_in_large_events() -> None:
    checked = opened("gravnet", *FEW_EVENTS)
    (found,) = [item for item in look_at_losses(checked, open_data(checked.loader, 1)) if item.node == "loss"]
    assert found.value is None
    assert "(repulsion_hits: null, " in found.line
    assert "by the hits outside the object, " in found.text
    assert found.text.endswith(": it fades in large events")


def test_behind_a_pre_model_that_drops_hits_nothing_is_counted() -> None:
    behind = ("General.pre-model-type=noise-filter", "LossOptions.repulsion_hits=objects")
    checked = opened("gravnet", *FEW_EVENTS, *behind)
    found = {item.node: item.text for item in look_at_losses(checked, open_data(checked.loader, 1))}
    assert found["loss"] == "the repulsion is divided by 4 times the mean hits of the event's objects"
