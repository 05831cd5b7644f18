"""The section Evaluation: mistakes in it are found by the check, at their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry import load
from registry.contract.errors import InputError, Problems
from registry.wiring.evaluation import check_evaluation
from tests.wiring.helpers import WITH_HEADS

ROOT = Path(__file__).resolve().parents[2]

GRAPH = WITH_HEADS + "outputs: {beta: heads.beta, ccoords: heads.ccoords, classes: heads.classes}\n"


def checked(folder: Path, evaluation: str) -> str:
    """Return what the check says of a graph with these options."""
    (folder / "graph.yaml").write_text(GRAPH)
    (folder / "options.yaml").write_text(f"Evaluation:\n{evaluation}\n")
    try:
        load(folder / "graph.yaml")
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("written", "place", "said"),
    [
        ("  clusterer: {use: condensatoin}", "2:20", "there is no clusterer 'condensatoin'"),
        ("  clusterer: {use: iou}", "2:20", "'iou' is a matcher, no clusterer"),
        ("  clusterer: {use: dbscan, with: {epsi: 1.0}}", "2:35", "'dbscan' has no parameter 'epsi'"),
        ("  clusterer: {use: dbscan, with: {eps: -1.0}}", "2:40", "parameter 'eps': expected greater than 0"),
        ("  clusterer: {in: {beto: beta}}", "2:20", "has no input 'beto'"),
        ("  clusterer: {in: {beta: beto}}", "2:26", "there is no output 'beto'"),
        ("  clusterer: {in: {beta: classes}}", "2:26", "expected one column, received 'classes'"),
        ("  clusterer: {in: {coordinates: truth_position}}", "2:33", "'truth_position' is truth"),
        ("  clusterer: {use: clue, in: {weight: energy}}\n  matcher: {use: io}", "3:18", "there is no matcher 'io'"),
        ("  clusterer: {use: connected_components}", "2:14", "needs its input 'neighbour_indices'"),
        ("  matcher: {with: {treshold: 0.2}}", "2:20", "'iou' has no parameter 'treshold'"),
        ("  matcher: {in: {x: beta}}", "2:13", "a matcher has no inputs"),
        ("  columns: {time: zeit}", "2:19", "there is no output of the network 'zeit'"),
        ("  columns: {energy: zeit}", "2:21", "there is no column of the loader 'zeit'"),
        ("  energy: {rule: tracks}\n  columns: {is_track: null}", "2:18", "the rule 'tracks' needs 'is_track'"),
        ("  matcher: {with: {track_weight: 1000000}}\n  columns: {is_track: null}", "2:19", "'iou' needs 'is_track'"),
        ("  energy: {rule: tracks}\n  columns: {is_track: t}", "3:23", "there is no column of the loader 't'"),
        ("  energy: {rule: track}", "2:18", "parameter 'energy.rule'"),
        ("  bins: {energy: [2.0, 1.0]}", "2:9", "two edges or more, rising"),
        ("  baselines: {maxima: {use: local}}", "2:29", "there is no clusterer 'local'"),
        ("  samples: [a b, a_b]", "2:12", "names of which each is used once"),
        ("  samples: [all, b]", "2:12", "names of which each is used once, and not 'all'; 'all' is"),
        ("  samples: [a/b]", "2:12", "names of letters without '/', not 'a/b'"),
        ("  baselines: {network: {use: local_maxima}}", "2:14", "and not 'all', 'network'; 'network' is"),
        ("  samples: [x, y]\n  baselines: {x: {use: local_maxima}}", "3:14", "'x', 'y'; 'x' is"),
        ('  baselines: {" ": {use: local_maxima}}', "2:14", "names of letters"),
        ("  clusters: 3", "2:3", "unknown parameter 'clusters'"),
    ],
)
def test_a_mistake_is_said_at_its_place(tmp_path: Path, written: str, place: str, said: str) -> None:
    message = checked(tmp_path, written)
    assert said in message
    assert f"options.yaml:{place}:" in message


def test_every_independent_mistake_is_said_at_once(tmp_path: Path) -> None:
    message = checked(tmp_path, "  clusterer: {use: dbscn}\n  matcher: {use: io}\n  bootstrap: 0")
    assert all(word in message for word in ("'dbscn'", "'io'", "bootstrap"))


def test_a_graph_that_says_nothing_is_condensed_and_matched_by_iou(tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text(GRAPH.replace("config: options.yaml\n", ""))
    found = check_evaluation(load(tmp_path / "graph.yaml").checked, Problems())
    assert found is not None
    assert (found.read_out.clusterer.name, found.matcher.name) == ("condensation", "iou")
    assert found.read_out.inputs == {"beta": "beta", "coordinates": "ccoords"}


def test_tracks_are_read_where_something_asks_for_them(tmp_path: Path) -> None:
    asked = {
        "energy: {rule: tracks}": (True, True),
        "matcher: {with: {track_weight: 1000000}}": (True, False),
        "tune: false": (False, False),
    }
    for number, (written, (known, apart)) in enumerate(asked.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert checked(folder, f"  {written}") == ""
        found = check_evaluation(load(folder / "graph.yaml").checked, Problems())
        assert found is not None
        assert ("is_track" in found.read_out.columns, bool(found.read_out.apart)) == (known, apart), written


def test_a_baseline_takes_what_is_measured_and_nothing_of_the_network(tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text(GRAPH)
    (tmp_path / "options.yaml").write_text("Evaluation: {baselines: {maxima: {use: local_maxima}}}")
    found = check_evaluation(load(tmp_path / "graph.yaml").checked, Problems())
    assert found is not None
    assert found.baselines["maxima"].inputs == {"energy": "energy", "coordinates": "coordinates"}
    assert "classes" in found.read_out.columns
    assert "classes" not in found.baselines["maxima"].columns


@pytest.mark.parametrize("graph", sorted(file.name for file in (ROOT / "graphs").glob("*.yaml")))
def test_positions_and_times_that_no_loss_trains_are_not_those_of_showers(graph: str) -> None:
    checked = load(ROOT / "graphs" / graph).checked
    weights = checked.expanded.config.plain().get("LossOptions", {})
    found = check_evaluation(checked, Problems())
    for column, weight in (("position", "position_loss_weight"), ("time", "timing_loss_weight")):
        if found is not None and weights.get(weight) == 0.0:
            assert column not in found.read_out.columns
