"""The comparison of networks: what it declares is right, and what it measures is the time of steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import networks
from registry.wiring.opening import open_graph

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", networks.EVENTS)
def test_every_network_that_is_compared_is_wired_for_its_events(
    name: str, reference: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_REFERENCE", str(reference))
    events = networks.EVENTS[name]
    for network in events.networks:
        graph, *given = events.trained(network, 100)
        words = {"--config": [], "--set": []}
        for option, value in zip(given[::2], given[1::2], strict=True):
            words[option].append(value)
        configs = [str(ROOT / config) for config in words["--config"]]
        assert not open_graph(str(ROOT / graph), configs, words["--set"]).warnings


def test_both_losses_train_the_same_network_on_the_same_belle2_events(
    reference: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_REFERENCE", str(reference))
    known = {}
    for graph, config in (("gravnet", "belle2"), ("contrastive", "contrastive_belle2")):
        checked = open_graph(str(ROOT / f"graphs/{graph}.yaml"), [str(ROOT / f"configs/{config}.yaml")])
        layers = [path for path in checked.nodes if path.startswith(("pre.", "embed_", "norm", "iterations", "dense"))]
        monitors = ("plot_coordinates", "neighbour_purity")
        shown = {path: checked.nodes[path].block for path in layers if checked.nodes[path].written.use not in monitors}
        known[graph] = {path: (block.name, block.params) for path, block in shown.items()}
        known[f"{graph} events"] = {"": (checked.loader.block.name, checked.loader.block.params)}
    assert known["gravnet"] == known["contrastive"]
    assert known["gravnet events"] == known["contrastive events"]
