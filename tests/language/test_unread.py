"""What a graph file says and nothing reads is reported, and so are names that cannot be referred to."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.configuration.options import engine_keys
from registry.contract.errors import Problems
from registry.language.document import read_document
from registry.language.expand import expand
from tests.language.helpers import graph_of, value_of

LOOP = """\
blocks:
  event: {{use: loader}}
  loop:
    {head}
    carry: {{x: event}}
    blocks:
      a: {{use: layer, in: x, with: {with_}}}
    next: {{x: a}}
outputs: {{x: loop.x}}
"""

OUTER = "blocks:\n  e: {use: loader}\n  pre: {graph: inner.yaml, in: e, with: GIVEN}\noutputs: {x: pre.x}\n"
INNER = "blocks:\n  event: {use: loader}\n  a: {use: layer, in: event, with: {n: '${Own.n}'}}\noutputs: {x: a}\n"


def messages(folder: Path, text: str, options: str = "", **more: str) -> list[str]:
    """Return the headlines of all problems of a graph, without the name of its file."""
    problems = Problems()
    graph_of(folder, text, options, problems, **more)
    return [problem.headline().removeprefix(f"{folder}/") for problem in problems]


def loop(head: str, with_: str = "{}") -> str:
    return LOOP.format(head=head, with_=with_)


def test_a_second_merge_key_is_a_duplicate() -> None:
    problems = Problems()
    value_of("a: &a {x: 1}\nb: &b {y: 2}\nc:\n  <<: *a\n  <<: *b\n", problems)
    assert [problem.headline() for problem in problems] == [
        "text.yaml:5:3: duplicate key '<<': first written in line 4"
    ]


@pytest.mark.parametrize(("entries", "key"), [("[{n: 1, m: 2}]", "m"), ("[{n: 1, deep: {m: 2}}]", "deep")])
def test_a_key_of_a_loops_own_entries_that_nothing_reads_is_an_error(tmp_path: Path, entries: str, key: str) -> None:
    found = messages(tmp_path, loop(f"repeat: {entries}\n    as: it", '{n: "${it.n}"}'))
    assert found == [
        f"graph.yaml:4:{entries.index(key) + 13}: loop: key {key!r} of the loop's entries is read by nothing"
    ]


def test_entries_without_a_name_to_read_them_by_are_errors(tmp_path: Path) -> None:
    assert "key 'n' of the loop's entries is read by nothing" in messages(tmp_path, loop("repeat: [{n: 1}]"))[0]


def test_a_deep_key_of_an_entry_that_is_read_in_part_is_named(tmp_path: Path) -> None:
    found = messages(tmp_path, loop("repeat: [{o: {n: 1, m: 2}}]\n    as: it", '{n: "${it.o.n}"}'))
    assert found == ["graph.yaml:4:25: loop: key 'o.m' of the loop's entries is read by nothing"]


def test_keys_that_a_switched_off_node_reads_are_read(tmp_path: Path) -> None:
    text = loop("repeat: [{there: false, n: 1}]\n    as: it", "{}").replace(
        "in: x,", 'in: x, when: "${it.there}", otherwise: x,'
    )
    assert messages(tmp_path, text.replace("with: {}", 'with: {n: "${it.n}"}')) == []


@pytest.mark.parametrize("key", ["as", "index"])
def test_a_loop_variable_that_nothing_reads_is_a_warning(tmp_path: Path, key: str) -> None:
    (found,) = messages(tmp_path, loop(f"repeat: [1, 2]\n    {key}: i"))
    assert found.endswith("warning: loop: the loop variable 'i' is read by nothing")


def test_as_and_index_of_one_name_are_an_error(tmp_path: Path) -> None:
    found = messages(tmp_path, loop("repeat: [1, 2]\n    as: i\n    index: i", '{n: "${i}"}'))
    assert found == ["graph.yaml:6:12: loop: `as` and `index` give two things the name 'i'"]


def test_a_carried_value_called_like_a_node_of_the_loop_is_an_error(tmp_path: Path) -> None:
    found = messages(
        tmp_path, loop("repeat: [1, 2]").replace("      a:", "      x:").replace("next: {x: a}", "next: {x: x}")
    )
    assert found[0].startswith("graph.yaml:5:13: loop: `carry` names 'x', as a node of the loop is called")


@pytest.mark.parametrize("given", ["[1, 2]", "3", "text"])
def test_with_of_an_included_graph_is_a_mapping(tmp_path: Path, given: str) -> None:
    text = OUTER.replace("GIVEN", given)
    found = messages(tmp_path, text, inner=INNER.replace("'${Own.n}'", "3"))
    assert [message for message in found if "`with`: expected the options of the included graph" in message] == found


@pytest.mark.parametrize("given", ["General: {seed: 3}", "Training: [{epochs: 2}]", "Optimizer: {name: sgd}"])
def test_options_of_the_engine_are_refused_for_an_included_graph(tmp_path: Path, given: str) -> None:
    (found,) = messages(tmp_path, OUTER.replace("GIVEN", f"{{Own: {{n: 1}}, {given}}}"), inner=INNER)
    assert found.endswith("has no effect on an included graph")


def test_an_option_of_the_engine_that_an_included_graph_reads_is_accepted(tmp_path: Path) -> None:
    text = OUTER.replace("GIVEN", "{General: {seed: 3}}")
    assert messages(tmp_path, text, inner=INNER.replace("${Own.n}", "${General.seed}")) == []


def test_an_included_graphs_plugins_are_those_of_the_whole(tmp_path: Path) -> None:
    text = OUTER.replace("GIVEN", "{Own: {n: 1}}")
    graph = graph_of(tmp_path, text, inner="plugins: [mine.py, a.module]\n" + INNER)
    assert [name for name, _ in graph.plugins] == [str(tmp_path / "mine.py"), "a.module"]


@pytest.mark.parametrize("weights", ["run:0123abcd", "model.keras", "../KERAS_model.h5"])
def test_weights_of_a_node_are_no_file_and_no_run(tmp_path: Path, weights: str) -> None:
    text = (
        f"blocks:\n  event: {{use: loader}}\n  a: {{use: layer, in: event, weights: '{weights}'}}\noutputs: {{x: a}}\n"
    )
    (found,) = messages(tmp_path, text)
    assert "`weights` of a node: expected the name of a layer in an HGCalML file" in found


@pytest.mark.parametrize("name", ["a b", "é", "aé", "_a", "a/b", "a.b", "'a'", "", "9", "a" * 101, "ﬁ", "a\u0301"])
def test_a_node_and_an_output_have_names_that_can_be_referred_to(tmp_path: Path, name: str) -> None:
    text = f'blocks:\n  event: {{use: loader}}\n  "{name}": {{use: layer, in: event}}\noutputs: {{"{name}": event}}\n'
    places = [message.split(":")[1] for message in messages(tmp_path, text)]
    assert places == ["3", "4"]


@pytest.mark.parametrize("name", ["a/b", "é", "a b", "", ".hidden", "-x", "a" * 101])
def test_a_graphs_name_can_be_that_of_a_model_and_of_a_folder(tmp_path: Path, name: str) -> None:
    text = f'name: "{name}"\nblocks:\n  event: {{use: loader}}\noutputs: {{x: event}}\n'
    assert [message.split(":")[1] for message in messages(tmp_path, text)] == ["1"]


CHOSEN = "blocks:\n  event: {use: loader}\n  a: {use: layer, in: event, with: {n: 'PLACEHOLDER'}}\noutputs: {x: a}\n"


@pytest.mark.parametrize(
    ("placeholder", "options"),
    [
        ("${A.${K.k}}", "A: {s: 3, l: 4}"),
        ("${A.n_${K.k}}", "A: {n_s: 3, n_l: '${B.n}'}\nB: {n: 3}"),
        ("${A.${K.k}_n}", "A: {s_n: [3], l_n: [4]}"),
        ("${A.${K.k}.n}", "A: {s: {n: 3}, l: {n: '${B.n}'}}\nB: {n: 3}"),
        ("${A.${K.k}[0]}", "A: {s: [3], l: [4]}"),
    ],
)
def test_what_is_not_chosen_counts_as_read(tmp_path: Path, placeholder: str, options: str) -> None:
    text = CHOSEN.replace("PLACEHOLDER", placeholder)
    assert messages(tmp_path, text, f"K: {{k: s}}\n{options}\n") == []


def test_what_could_not_be_chosen_is_read_by_nothing(tmp_path: Path) -> None:
    options = "K: {k: s}\nA: {n_s: 3, n_l: 4, m_s: 5}\n"
    (found,) = messages(tmp_path, CHOSEN.replace("PLACEHOLDER", "${A.n_${K.k}}"), options)
    assert found.endswith("option 'A.m_s' is read by nothing")


def test_a_placeholder_in_a_key_is_refused_and_what_it_names_is_no_second_mistake(tmp_path: Path) -> None:
    options = 'K: {k: s}\nTraining: [{set: {"${K.k}": {n: 1}}}]\n'
    (found,) = messages(tmp_path, CHOSEN.replace("PLACEHOLDER", "3"), options)
    assert found.endswith("a placeholder in a key, where it is not replaced")


@pytest.mark.parametrize("key", ["name", "description", "config", "plugins"])
def test_a_placeholder_where_none_is_replaced_is_refused(tmp_path: Path, key: str) -> None:
    found = messages(tmp_path, f"{key}: a_${{K.k}}\n" + CHOSEN.replace("PLACEHOLDER", "${K.k}"), "K: {k: s}\n")
    assert [message.split(":")[1] for message in found] == ["1"]
    assert f"{key}: placeholders are not replaced here" in found[0]


def test_what_a_setting_mentions_is_read_be_it_overridden(tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text(CHOSEN.replace("PLACEHOLDER", "${A.n}"))
    (tmp_path / "options.yaml").write_text("A: {n: 1}\nBase: {n: 3}\n")
    problems = Problems()
    files = str(tmp_path / "graph.yaml"), [str(tmp_path / "options.yaml")]
    document = read_document(*files, ["A.n='${Base.n}'", "A.n=5"], problems)
    assert document is not None
    expand(document, lambda name: name == "loader", engine_keys(), problems)
    assert list(problems) == []


def test_a_carried_value_that_no_node_of_the_loop_takes_is_a_warning(tmp_path: Path) -> None:
    (found,) = messages(tmp_path, loop("repeat: [1, 2]").replace("in: x,", "in: event,"))
    assert found == "graph.yaml:5:13: warning: loop: nothing in the loop takes 'x', which `carry` brings in"


@pytest.mark.parametrize(
    "options",
    [
        "Base: &base {n: 3}\nA: *base\n",
        "Base: {n: &base 3}\nA: {n: *base}\n",
        "Base: &base {n: 3}\nA: {<<: *base}\n",
        "Base: &base {n: 3, m: 4}\nA: {<<: *base, m: 5}\nTraining: [{epochs: *base}]\n",
        "Base: {n: 3}\nA: ${Base}\n",
    ],
)
def test_what_an_alias_stands_for_is_read_be_it_overridden(tmp_path: Path, options: str) -> None:
    (tmp_path / "graph.yaml").write_text(CHOSEN.replace("PLACEHOLDER", "${A.n}"))
    (tmp_path / "options.yaml").write_text(options)
    problems = Problems()
    files = str(tmp_path / "graph.yaml"), [str(tmp_path / "options.yaml")]
    document = read_document(*files, ["A={n: 1}"], problems)
    assert document is not None
    expand(document, lambda name: name == "loader", engine_keys(), problems)
    unread = ["option 'A.m' is read by nothing"] if "m: 5" in options else []
    assert [problem.message for problem in problems] == unread


def test_an_anchor_that_no_alias_stands_for_is_read_by_nothing(tmp_path: Path) -> None:
    (found,) = messages(tmp_path, CHOSEN.replace("PLACEHOLDER", "3"), "Base: &base {n: 3}\n")
    assert found.endswith("option 'Base' is read by nothing")


@pytest.mark.parametrize("outputs", ["outputs: a", "outputs: [a]", "outputs: {x: b}", "outputs: {'*': b}"])
def test_faulty_outputs_of_an_included_graph_are_one_mistake(tmp_path: Path, outputs: str) -> None:
    inner = INNER.replace("outputs: {x: a}", outputs).replace("${Own.n}", "3")
    (found,) = messages(tmp_path, OUTER.replace(", with: GIVEN", ""), inner=inner)
    assert "outputs: expected a mapping" in found or "outputs: there is no node 'b'" in found


def test_an_included_graph_without_nodes_is_one_mistake(tmp_path: Path) -> None:
    inner = "name: inner\noutputs: {x: a}\n"
    (found,) = messages(tmp_path, OUTER.replace(", with: GIVEN", ""), inner=inner)
    assert found == "inner.yaml:1:1: the graph has no nodes"


@pytest.mark.parametrize("name", ["a b", "a/b", "a.b", "a[0]", "3"])
def test_a_node_of_no_name_is_one_mistake_however_often_it_is_referred_to(tmp_path: Path, name: str) -> None:
    text = f"""\
blocks:
  event: {{use: loader}}
  "{name}": {{use: layer, in: event}}
  b: {{use: layer, in: "{name}"}}
  c: {{use: layer, in: ["{name}.x", b]}}
outputs: {{x: "{name}.x", y: c}}
"""
    (found,) = messages(tmp_path, text)
    assert f"{name!r} is no name for a node" in found
