"""Puts the items of a level into layers, and orders each layer so that few lines cross."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import networkx as nx

from registry.drawing.levels import Edge, Level
from registry.drawing.scene import label_lines
from registry.drawing.sugiyama import order_across


@dataclass
class Layered:
    """A level's items in layers, top to bottom, each from left to right.

    Even layers hold boxes, frames and ports, odd ones labels; long lines pass through bends in all layers between.
    `lanes`: which long line a bend belongs to.
    `steps`: pairs of items in neighbouring layers that a line connects, with the ports at frames.
    """

    level: Level
    layers: list[list[str]]
    labels: dict[str, list[str]] = field(default_factory=dict)
    bends: set[str] = field(default_factory=set)
    lanes: dict[str, str] = field(default_factory=dict)
    steps: list[tuple[str, str, str, str]] = field(default_factory=list)


def arrange(level: Level) -> Layered:
    """Return the layers of a level; equal levels give equal layers."""
    _turn_back_edges(level)
    ranks = _ranks(level)
    layer_of = {item: 2 * rank for item, rank in ranks.items()}
    layered = Layered(level, [])
    chains: dict[tuple[str, str, int], str] = {}
    for number, edge in enumerate(edge for edge in level.edges if not edge.loop):
        _route(edge, number, layered, layer_of, chains)
    layered.steps = list(dict.fromkeys(layered.steps))
    layered.layers = _ordered(layer_of, layered.steps)
    return layered


def _turn_back_edges(level: Level) -> None:
    """Let a line that closes a circle run along the side: frames can depend on each other, though no two nodes do."""
    while True:
        dag = nx.DiGraph((edge.source, edge.target) for edge in level.edges if not edge.loop)
        try:
            source, target = nx.find_cycle(dag)[-1]
        except nx.NetworkXNoCycle:
            return
        for edge in level.edges:
            edge.loop = edge.loop or (edge.source, edge.target) == (source, target)


def _ranks(level: Level) -> dict[str, int]:
    """Return the row of every item: below all its sources, and as near to what it feeds as they allow."""
    dag = nx.DiGraph()
    dag.add_nodes_from([*level.entries, *level.children, *level.exits])
    dag.add_edges_from((edge.source, edge.target) for edge in level.edges if not edge.loop)
    first = 1 if level.entries else 0
    ranks: dict[str, int] = {}
    order = list(nx.lexicographical_topological_sort(dag, key=list(dag).index))
    for item in order:
        above = [ranks[source] + 1 for source in dag.predecessors(item)]
        ranks[item] = 0 if item in level.entries else max(above, default=first)
    last = max((rank for item, rank in ranks.items() if item not in level.exits), default=0) + 1
    for item in reversed(order):
        below = [ranks[target] for target in dag.successors(item)]
        if item in level.exits:
            ranks[item] = last
        elif below and item not in level.entries and dag.out_degree(item) > dag.in_degree(item):
            ranks[item] = min(below) - 1
    return ranks


def _route(
    edge: Edge, number: int, layered: Layered, layer_of: dict[str, int], chains: dict[tuple[str, str, int], str]
) -> None:
    """Lead an edge through the layers between its ends; edges from one source share their way as long as they can."""
    top, bottom = layer_of[edge.source], layer_of[edge.target]
    for layer in range(top + 1, bottom - 1):
        key = (edge.source, edge.source_port, layer)
        if key not in chains:
            chains[key] = f"{edge.source}>{edge.source_port}>bend{layer}"
            layered.bends.add(chains[key])
            layered.lanes[chains[key]] = f"{edge.source}>{edge.source_port}>lane"
            layer_of[chains[key]] = layer
        edge.via.append(chains[key])
    end = f"{layered.level.container.path}>edge{number}"
    layer_of[end] = bottom - 1
    edge.via.append(end)
    if edge.labelled:
        layered.labels[end] = label_lines(edge.links)
    else:
        layered.bends.add(end)
    stops = [edge.source, *edge.via, edge.target]
    for place, (upper, lower) in enumerate(pairwise(stops)):
        upper_port = edge.source_port if place == 0 else ""
        lower_port = edge.target_port if lower == edge.target else ""
        layered.steps.append((upper, upper_port, lower, lower_port))


def _ordered(layer_of: dict[str, int], steps: list[tuple[str, str, str, str]]) -> list[list[str]]:
    """Return the items by layer, in the order that Sugiyama's method finds."""
    items = list(layer_of)
    if not items:
        return []
    position = {item: index for index, item in enumerate(items)}
    edges = [(position[upper], position[lower]) for upper, _, lower, _ in steps]
    across = order_across(len(items), edges, [layer_of[item] for item in items])
    layers: list[list[str]] = [[] for _ in range(max(layer_of.values()) + 1)]
    for item in sorted(items, key=lambda item: (across[position[item]], position[item])):
        layers[layer_of[item]].append(item)
    return [layer[::-1] for layer in layers] if _is_mirrored(layers, position) else layers


def _is_mirrored(layers: list[list[str]], position: dict[str, int]) -> bool:
    """Say whether more pairs of neighbours stand against the order of the file than along it.

    A picture and its mirror image are equally good; without a rule, a small change could turn one into the other.
    """
    pairs = [pair for layer in layers for pair in pairwise(layer)]
    against = sum(position[left] > position[right] for left, right in pairs)
    return 2 * against > len(pairs)
