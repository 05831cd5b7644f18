"""What the page of a run says."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from registry.contract.figures import Cloud
from registry.contract.run_store import Point
from registry.contract.tracker import Recorded, RunInfo
from registry.reporting.collector import MOST_POINTS, Collector
from registry.reporting.curves import stage_marks
from registry.reporting.page import page
from registry.reporting.record import EVENT_FILE, NODES_FILE, WARNINGS_FILE, RunRecord
from registry.reporting.shown import joined_clouds
from registry.reporting.summary import warnings
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.opening import open_graph
from tests.training.helpers import TINY

CHANGED = "Architecture.dense.0.n=16"


@pytest.fixture(scope="module")
def checked() -> CheckedGraph:
    return open_graph(str(TINY), sets=[CHANGED])


def points(*values: float) -> list[Point]:
    return [Point(5 * number, value, 100.0 + number) for number, value in enumerate(values, start=1)]


@pytest.fixture(scope="module")
def record() -> RunRecord:
    """A run of three epochs in two stages, as its store holds it."""
    event = {
        "kind": "cloud",
        "text": "validation event",
        "spaces": {"detector": [[0.0, 0.0, 1.0], [1.0, 2.0, 3.0]]},
        "colours": {"true object": [0, -1]},
        "size": None,
        "axes": {},
        "noise": "true object",
    }
    nodes = {"heads": {"seconds": 0.25, "gradient": 2.0, "weights": 3.0}, "iterations.0.dense": {"seconds": 0.5}}
    texts = {EVENT_FILE: json.dumps(event), NODES_FILE: json.dumps(nodes), WARNINGS_FILE: "heads <b> learn nothing\n"}
    return RunRecord(
        "tiny n=16",
        "FINISHED",
        "abc",
        parameters={"General.seed": "3"},
        metrics={
            "epoch/loss": points(3.0, 2.0, 1.5),
            "validation/loss": points(3.5, 1.25, 1.75),
            "epoch/stage": points(1, 1, 2),
            "clusters/efficiency": points(0.1, 0.9),
        },
        files=list(texts),
        content=lambda path: texts[path].encode() if path in texts else None,
    )


@pytest.fixture(scope="module")
def made(record: RunRecord, checked: CheckedGraph) -> str:
    return page(record, checked)


def test_the_page_names_the_command_that_makes_it(made: str) -> None:
    assert "python -m registry.page run:abc" in made


def data(made: str, name: str = "data") -> Any:
    """Return what a page holds for its scripts."""
    match = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', made, re.DOTALL)
    assert match
    return json.loads(match[1])


def test_a_page_has_a_section_for_everything_that_the_run_holds(made: str) -> None:
    titles = re.findall(r'<h2 id="[\w-]+" tabindex="-1">([^<]+)</h2>', made)
    assert titles == ["Warnings", "Curves", "Physics", "Events", "Graph", "What differs", "Environment"]


def test_nothing_of_a_page_is_fetched_from_elsewhere(made: str) -> None:
    drawing = data(made, "drawing-page")
    for text in (made, drawing):
        assert not re.search(r"""(src|href)=["'](?!#|data:)""", text.replace(r"<\/", "</"))


def test_stages_begin_where_the_one_before_has_ended(record: RunRecord, checked: CheckedGraph) -> None:
    assert stage_marks(record, checked) == [{"x": 0, "label": "stage_1"}, {"x": 10, "label": "stage_2"}]


def test_curves_hold_every_value(made: str) -> None:
    loss = data(made)["figures"][0]
    assert [(item["name"], item["y"]) for item in loss["series"]] == [
        ("training", [3.0, 2.0, 1.5]),
        ("validation", [3.5, 1.25, 1.75]),
    ]


def test_the_drawing_is_coloured_by_time_gradient_and_change(made: str) -> None:
    found = re.search(r'id="data">(.*?)</script>', data(made, "drawing-page"), re.DOTALL)
    assert found
    colourings = {item["name"]: item["boxes"] for item in json.loads(found[1])["colourings"]}
    assert colourings["time"] == {
        "iterations.0.dense": [1.0, "500 ms", "500 ms"],
        "heads": [0.5, "250 ms", "250 ms"],
    }
    assert colourings["gradient"] == {"heads": [1.0, "2", "gradient 2, weights 3"]}
    assert colourings["changed"] == {"iterations.0.dense": [1.0, "changed", "units: 8 \u2192 16"]}


def test_options_that_differ_from_the_files_are_listed(made: str) -> None:
    assert "<td>Architecture.dense.0.n</td><td>8</td><td>16</td>" in made


def test_warnings_are_shown_as_text(made: str) -> None:
    assert '<div class="warning">heads &lt;b&gt; learn nothing</div>' in made


def test_a_warning_of_several_lines_is_one_and_a_monitor_that_failed_is_said_once(record: RunRecord) -> None:
    failed = "plugins/mine.py:3: it failed\n    3 | raise\n"
    texts = {"warnings.txt": f"first\n{failed}  it goes on without\nlast\n", "findings/mine.failed.txt": failed}
    found = warnings(replace(record, files=list(texts), content=lambda path: texts[path].encode()))
    assert found == ["first", f"{failed}  it goes on without", "last"]


def test_a_parent_run_is_compared_with(record: RunRecord, checked: CheckedGraph) -> None:
    parent = RunRecord("tiny", "FINISHED", parameters={"General.seed": "1", "heads.n_ccoords": "3"})
    text = page(record, checked, parent)
    assert "<td>General.seed</td><td>1</td><td>3</td>" in text
    assert "<td>heads.n_ccoords</td><td>3</td><td>\u2013</td>" in text


def test_without_its_graph_a_page_has_all_else(record: RunRecord) -> None:
    text = page(record)
    assert 'id="curves"' in text
    assert 'id="drawing"' not in text


def test_a_run_that_goes_on_shows_what_it_had_recorded() -> None:
    collected = Collector()
    collected.begin("folder", "abc", RunInfo("tiny", "here"), [Recorded(5, 100.0, {"epoch/loss": 3.0})])
    collected.metrics({"epoch/loss": 2.0}, 10)
    shown = collected.record("FINISHED")
    assert [(point.step, point.value) for point in shown.metrics["epoch/loss"]] == [(5, 3.0), (10, 2.0)]
    assert shown.started == 100.0


def test_long_histories_are_thinned_evenly_and_end_with_the_last_value() -> None:
    collected = Collector()
    for step in range(3 * MOST_POINTS):
        collected.metrics({"train/loss": float(step)}, step)
    steps = [point.step for point in collected.record("RUNNING").metrics["train/loss"]]
    assert len(steps) <= MOST_POINTS
    assert {after - before for before, after in pairwise(steps[:-1])} == {4}
    assert steps[-1] == 3 * MOST_POINTS - 1


def cloud(hits: int, seed: int, dimensions: int = 4) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    truth = np.random.default_rng(0).integers(-1, 50, hits)
    return Cloud({"space": random.normal(size=(hits, dimensions))}, {"true object": truth}, noise="true object").plain()


def test_what_figures_show_of_the_same_hits_is_one_event() -> None:
    event = {**cloud(50, 1), "spaces": {"detector": cloud(50, 2)["spaces"]["space"]}}
    monitors = {"iterations.0.space": {"space": cloud(50, 3)}, "other": {"space": cloud(40, 4)}}
    first, second = joined_clouds(event, monitors)
    assert list(first["spaces"]) == ["detector", "iterations.0.space"]
    assert list(second["spaces"]) == ["other"]


def test_a_page_of_many_curves_and_large_events_stays_below_ten_megabytes() -> None:
    large = cloud(40_000, 1)
    places = [row[1:] for row in large["spaces"]["space"]]
    texts = {}
    for number in range(20):
        moved = {**large, "spaces": {"space": [[float(number), *row] for row in places]}}
        texts[f"figures/space_{number}.json"] = json.dumps({"space": moved})
    steps = [Point(50 * step, 0.123456 * step, 0.0) for step in range(1, 1500)]
    metrics = {f"network/gradient_norm/iterations.{number}.dense": steps for number in range(320)}
    files = list(texts)
    record = RunRecord(
        "many", "FINISHED", metrics=metrics, files=files, content=lambda path: texts.get(path, "").encode()
    )
    assert len(page(record).encode()) < 10_000_000


def test_the_figures_of_an_evaluation_are_on_the_page() -> None:
    kept = {
        "evaluation/figures/efficiency.png": b"a picture",
        "evaluation/figures/efficiency.pdf": b"for papers",
        "evaluation/evaluation.json": b'{"command": "registry.evaluate run:1", "words": {"cluster": "track"}}',
    }
    metrics = {"evaluation/test/efficiency": points(0.75), "evaluation/test/showers": points(7)}
    text = page(RunRecord("evaluated", "FINISHED", metrics=metrics, files=list(kept), content=kept.get))
    assert "<td>test/efficiency</td><td>0.75</td>" in text
    assert "<td>test/tracks</td><td>7</td>" in text
    assert "registry.evaluate run:1" in text
    assert re.findall(r'<img [^>]*alt="([^"]*)" src="data:image/png;base64,([^"]*)"', text) == [
        ("efficiency", base64.b64encode(b"a picture").decode())
    ]
