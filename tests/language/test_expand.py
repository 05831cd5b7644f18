"""Loops are unrolled, references resolved, switched-off nodes bypassed, graphs included."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.contract.errors import InputError
from tests.language.helpers import graph_of, sources

LOOP = """
    blocks:
      event: {use: loader}
      first: {use: a, in: event}
      loop:
        repeat: [{n: 1}, {n: 2}, {n: 3}]
        as: entry
        index: number
        carry: {x: first}
        blocks:
          body: {use: b, in: x, with: {n: "${entry.n}", i: "${number}"}}
        next: {x: body}
      last: {use: c, in: loop.x}
      all: {use: c, in: "loop.x[*]"}
      one: {use: c, in: "loop[0].body.port"}
"""


def test_a_loop_becomes_one_node_per_pass(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, LOOP)
    bodies = [f"loop.{number}.body" for number in range(3)]
    assert [path for path in graph.nodes if path.startswith("loop")] == bodies
    assert [graph.nodes[path].params.plain() for path in bodies] == [{"n": n + 1, "i": n} for n in range(3)]
    assert [(group.path, group.index, group.count) for group in graph.nodes[bodies[1]].groups] == [("loop", 1, 3)]


def test_what_is_carried_comes_from_the_pass_before(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, LOOP)
    assert [sources(graph, f"loop.{number}.body") for number in range(3)] == [
        ["first"],
        ["loop.0.body"],
        ["loop.1.body"],
    ]


def test_behind_a_loop_stands_its_last_pass_or_all_of_them(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, LOOP)
    assert sources(graph, "last") == ["loop.2.body"]
    assert sources(graph, "all") == ["loop.0.body", "loop.1.body", "loop.2.body"]
    assert sources(graph, "one") == ["loop.0.body.port"]


def test_a_loop_without_passes_hands_on_what_it_was_given(tmp_path: Path) -> None:
    text = LOOP.replace("[{n: 1}, {n: 2}, {n: 3}]", "[]").replace('"loop[0].body.port"', "loop.x")
    graph = graph_of(tmp_path, text)
    assert sources(graph, "last") == ["first"]
    assert sources(graph, "all") == []


def test_loops_may_stand_inside_loops(tmp_path: Path) -> None:
    text = """
        blocks:
          event: {use: loader}
          outer:
            repeat: [1, 2]
            carry: {x: event.features}
            blocks:
              inner:
                repeat: [1, 2]
                carry: {x: x}
                blocks: {body: {use: b, in: x}}
                next: {x: body}
            next: {x: inner.x}
          end: {use: c, in: outer.x}
          every: {use: c, in: "outer[*].inner[*].body"}
    """
    graph = graph_of(tmp_path, text)
    assert sources(graph, "outer.1.inner.0.body") == ["outer.0.inner.1.body"]
    assert sources(graph, "outer.0.inner.0.body") == ["event.features"]
    assert sources(graph, "end") == ["outer.1.inner.1.body"]
    assert len(sources(graph, "every")) == 4


def test_the_innermost_name_wins(tmp_path: Path) -> None:
    text = """
        blocks:
          event: {use: loader}
          norm: {use: a, in: event}
          loop:
            repeat: [1]
            carry: {x: norm}
            blocks:
              norm: {use: b, in: x}
              next_one: {use: b, in: norm}
            next: {x: next_one}
    """
    graph = graph_of(tmp_path, text)
    assert sources(graph, "loop.0.norm") == ["norm"]
    assert sources(graph, "loop.0.next_one") == ["loop.0.norm"]


def test_otherwise_takes_the_place_of_a_node_that_is_switched_off(tmp_path: Path) -> None:
    text = """
        blocks:
          event: {use: loader}
          extra: {use: a, in: event.x, when: false, otherwise: event.x}
          user: {use: b, in: extra}
    """
    assert sources(graph_of(tmp_path, text), "user") == ["event.x"]


def test_parameters_of_a_node_lie_over_the_defaults_of_its_block(tmp_path: Path) -> None:
    text = """
        defaults: {a: {n: 1, m: 2}}
        blocks: {event: {use: loader}, node: {use: a, in: event, with: {m: 3}}}
    """
    assert graph_of(tmp_path, text).nodes["node"].params.plain() == {"n": 1, "m": 3}


def test_a_bundle_and_ports_are_told_apart(tmp_path: Path) -> None:
    text = """
        blocks:
          event: {use: loader}
          node: {use: a, in: {"*": event, x: event.features, many: [event.a, event.b]}}
    """
    inputs = graph_of(tmp_path, text).nodes["node"].inputs
    assert [reference.node for reference in inputs.bundles] == ["event"]
    assert {name: len(items) for name, items in inputs.ports.items()} == {"x": 1, "many": 2}
    assert inputs.port_lists == {"many"}


INNER = """
    config: inner_options.yaml
    blocks:
      data: {use: loader}
      dense: {use: a, in: data.features, with: {n: "${Inner.n}"}}
      loss: {use: l, in: {"*": data, x: dense}}
    outputs: {x: dense, features: data.features}
"""
OUTER = """
    blocks:
      event: {use: loader}
      pre: {graph: inner.yaml, in: event, trainable: false, with: {Inner: {n: 5}}}
      user: {use: b, in: pre.x}
"""


def test_a_graph_is_included_without_its_loader_and_losses(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, OUTER, inner=INNER, inner_options="Inner: {n: 1}")
    assert list(graph.nodes) == ["event", "pre.dense", "pre", "user"]
    assert sources(graph, "pre.dense") == ["event.features"]
    assert sources(graph, "pre") == ["pre.dense", "event.features"]
    assert (graph.nodes["pre.dense"].trainable, graph.nodes["pre.dense"].params.plain()) == (False, {"n": 5})


def test_an_included_graph_may_hand_on_a_whole_node(tmp_path: Path) -> None:
    inner = INNER.replace("outputs: {x: dense, features: data.features}", 'outputs: {x: dense, "*": data}')
    graph = graph_of(tmp_path, OUTER, inner=inner, inner_options="Inner: {n: 1}")
    assert [reference.node for reference in graph.nodes["pre"].inputs.bundles] == ["event"]
    assert sources(graph, "pre") == ["event", "pre.dense"]


def test_a_graph_that_is_trained_on_keeps_its_losses(tmp_path: Path) -> None:
    text = OUTER.replace("trainable: false", "trainable: true")
    graph = graph_of(tmp_path, text, inner=INNER, inner_options="Inner: {n: 1}")
    assert "pre.loss" in graph.nodes


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("nowhere", "there is no node 'nowhere'"),
        ("loop", "is a loop: say which of its values"),
        ("loop.y", "has no 'y'"),
        ("'first[0]'", "is not repeated"),
        ("first.x.y", "behind it stands one port"),
        ("'a b'", "cannot read the reference"),
    ],
)
def test_a_reference_that_names_nothing_is_refused(tmp_path: Path, reference: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        graph_of(tmp_path, LOOP + f"      bad: {{use: c, in: {reference}}}\n")


def test_values_that_are_carried_in_a_circle_are_refused(tmp_path: Path) -> None:
    text = """
        blocks:
          event: {use: loader}
          loop: {repeat: [1], carry: {x: loop.x}, blocks: {a: {use: a, in: x}}, next: {x: x}}
    """
    with pytest.raises(InputError, match="refers back to itself"):
        graph_of(tmp_path, text)


def test_an_option_that_a_file_reads_counts_as_read_even_where_another_setting_overrides_it(tmp_path: Path) -> None:
    from registry.wiring.opening import open_graph

    (tmp_path / "options.yaml").write_text("Base: {width: 8}\nDense: {units: ['${Base.width}']}\n")
    graph = tmp_path / "graph.yaml"
    graph.write_text(
        "name: g\nconfig: options.yaml\nblocks:\n  event: {use: showers}\n"
        "  dense: {use: dense_loop, in: event.features, with: '${Dense}'}\noutputs: {x: dense}\n"
    )
    assert open_graph(str(graph), sets=["Dense.units=[4]"]).nodes["dense"].block.params.units == [4]
