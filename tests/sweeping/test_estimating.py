"""What `--dry-run` says that the variants of a sweep take."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from registry.contract.errors import Problems
from registry.sweep import main
from registry.sweeping import estimating
from registry.sweeping.axis_texts import typed_axes
from registry.sweeping.estimating import Steps
from registry.sweeping.plan import plan
from registry.sweeping.request import Request
from registry.sweeping.variants import Variant
from registry.training.one_step import Taken
from tests.sweeping.stand_in import write_graph


@pytest.fixture(autouse=True)
def _graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_graph(tmp_path)
    monkeypatch.chdir(tmp_path)


def variants(*over: str) -> list[Variant]:
    return list(plan(Request("tiny.yaml", axes=typed_axes(list(over), Problems()))).variants)


def test_time_is_that_of_the_start_and_of_all_hits_of_all_epochs(tmp_path: Path) -> None:
    two, four = variants("Training[0].epochs=2,4")
    steps = Steps([(two, Taken(start=3.0, step=0.5, validation=0.1, hits=100, memory=10**9))])
    first, second = steps.seconds(two), steps.seconds(four)
    assert second - 3.0 == pytest.approx(2 * (first - 3.0))
    assert first > 3.0


def test_variants_between_the_measured_ones_lie_on_a_line() -> None:
    small, middle, large = variants("Network.units=[4],[24],[64]")
    taken = Taken(start=2.0, step=1.0, validation=0.0, hits=1, memory=10**9)
    steps = Steps([(small, taken), (large, replace(taken, step=3.0))])
    costs = [item.costs.multiply_adds for item in (small, middle, large)]
    share = (costs[1] - costs[0]) / (costs[2] - costs[0])
    times = [steps.seconds(item) - 2.0 for item in (small, middle, large)]
    assert times[1] == pytest.approx(times[0] + share * (times[2] - times[0]))
    assert times[2] == pytest.approx(3 * times[0])


def test_a_dry_run_lists_every_variant_with_weights_memory_and_time_and_trains_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = Taken(start=60.0, step=0.0, validation=0.0, hits=1, memory=10**9)
    monkeypatch.setattr(estimating, "_measured", lambda request, variant: taken)
    over = ["--over", "Network.units=[4],[8, 8]", "--over", "Training[0].learning_rate=1e-3,1e-2"]
    assert main(["tiny.yaml", *over, "--seeds", "3", "--dry-run"]) == 0
    said = capsys.readouterr().out
    lines = [line.split() for line in said.splitlines() if "GB" in line]
    assert [line[-6] for line in lines] == ["57", "57", "185", "185"]
    assert {line[-2] + line[-1] for line in lines} == {"1min"}
    assert "about 12 min one after the other" in said
    assert not Path("mlruns").exists()


@pytest.mark.long
def test_one_step_is_measured_in_a_process_of_its_own() -> None:
    (only,) = variants("Training[0].epochs=2")
    taken = estimating._measured(Request("tiny.yaml"), only)
    assert min(taken.start, taken.step, taken.validation) > 0
    assert taken.hits > 100
    assert taken.memory > 10**8
    assert not Path("mlruns").exists()
