"""The plugins do what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import registry
from registry import Block, MonitorContext, Observation
from registry.testing import check_block

from registry_example_plugin.count_nodes import main
from registry_example_plugin.plugin import Gain, Mean

GRAPH = Path(__file__).parents[1] / "graphs" / "example.yaml"


@pytest.mark.parametrize("block", [Gain, Mean])
def test_they_keep_the_laws_of_blocks(block: type[Block]) -> None:
    check_block(block)


def test_the_graph_has_a_number_for_each_feature() -> None:
    assert registry.load(GRAPH).nodes["gain"].weights.trainable == 10


def test_the_mean_goes_over_all_batches() -> None:
    seen = [Observation({"x": np.full((hits, 2), value)}, "validation") for hits, value in ((1, 1.0), (3, 2.0))]
    context = MonitorContext("epoch", 1, 1, Path(), lambda part: seen, lambda: seen[0])
    assert Mean(Mean.Params()).open("node").look(context).metrics == {"mean": 1.75}


def test_the_command_counts_nodes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(GRAPH)]) == 0
    assert "   1 monitor\n" in capsys.readouterr().out
