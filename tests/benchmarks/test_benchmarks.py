"""The benchmarks run, and their arithmetic is right. No figure is tested: machines differ."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from benchmarks.__main__ import checkout, failed_at
from benchmarks.case import Case
from benchmarks.growth import fit_exponent, growth_lines
from benchmarks.process import run_in_turns
from benchmarks.report import write_page
from benchmarks.suites import SUITES, load
from benchmarks.targets import targets_table


def test_a_power_law_gives_its_exponent() -> None:
    assert fit_exponent([(x, 3 * x**1.5) for x in (1.0, 10.0, 50.0)]) == pytest.approx(1.5)


def test_growth_is_fitted_only_where_one_quantity_varies() -> None:
    results = [
        {"suite": "knn", "contender": "numba", "hits": hits, "k": 8, "seconds": hits * 1e-6} for hits in (1, 2, 4)
    ]
    results.append({"suite": "knn", "contender": "numba", "hits": 4, "k": 64, "failed": "more than 60 s"})
    assert growth_lines(results) == ["  numba: time grows as hits^1.00 (3 points; k 8)"]


@pytest.mark.parametrize("suite", SUITES)
def test_every_case_has_a_contender_to_run(suite: str) -> None:
    assert {case.contender for case in load(suite).cases()} <= set(load(suite).CONTENDERS)


@pytest.mark.parametrize("suite", SUITES)
def test_every_case_has_a_size(suite: str) -> None:
    assert all(case.parameters for case in load(suite).cases())


@pytest.mark.slow
def test_a_contender_is_measured_in_a_process_of_its_own() -> None:
    (figures,) = run_in_turns([Case("knn", "scipy", {"hits": 500, "k": 8, "d": 3})], 3, timeout=120, memory=8)
    assert figures["fastest"] <= figures["seconds"] <= figures["slowest"]


@pytest.mark.slow
def test_contenders_that_take_turns_are_measured_in_one_process() -> None:
    cases = [Case("knn", contender, {"hits": 500, "k": 8, "d": 3}) for contender in ("numba", "scipy")]
    ours, other = run_in_turns(cases, 3, timeout=120, memory=8)
    assert ours["process_mb"] == other["process_mb"]
    assert other["fastest"] <= other["seconds"] <= other["slowest"]


@pytest.mark.slow
def test_where_one_of_several_fails_the_others_are_measured_by_themselves() -> None:
    cases = [Case("knn", contender, {"hits": 500, "k": 8, "d": 3}) for contender in ("nobody", "scipy")]
    failed, other = run_in_turns(cases, 1, timeout=120, memory=8)
    assert failed == {"failed": "KeyError: 'nobody'"}
    assert other["seconds"] > 0


@pytest.mark.slow
def test_a_contender_that_fails_says_why() -> None:
    figures = run_in_turns([Case("knn", "scipy", {"hits": 500, "k": 8, "d": 3})], 1, timeout=0.01, memory=8)
    assert figures == [{"failed": "more than 0 s"}]


def test_the_page_has_a_row_for_each_size_and_a_column_for_each_contender(tmp_path: Path) -> None:
    result = {"suite": "knn", "contender": "numba", "hits": 5, "seconds": 0.002, "fastest": 0.001, "slowest": 0.003}
    result |= {"extra_mb": 7, "process_mb": 9}
    failed = {"suite": "knn", "contender": "scipy", "hits": 5, "failed": "out of 16 GB"}
    write_page({"machine": {"processor": "abacus"}, "results": [result, failed]}, tmp_path)
    page = (tmp_path / "benchmarks_figures.md").read_text()
    assert "| processor | abacus |" in page
    assert "| 5 hits | 2.0 (1–3), 7 | out of 16 GB |" in page


def test_a_contender_that_failed_is_not_tried_with_more_hits() -> None:
    failed = {"suite": "step", "contender": "plain", "hits": 20_000, "k": 64, "failed": "more than 240 s"}
    more = {"suite": "step", "contender": "plain", "hits": 45_000, "k": 64}
    assert failed_at(more, [failed]) == 20_000
    assert failed_at({**more, "k": 8}, [failed]) is None
    assert failed_at({**more, "hits": 10_000}, [failed]) is None


def test_targets_are_rows_with_what_was_measured_and_whether_it_is_enough() -> None:
    ours = {"suite": "knn", "contender": "numba", "hits": 45_000, "k": 64, "d": 3, "seconds": 0.1, "extra_mb": 30}
    others = [{**ours, "contender": name, "seconds": seconds} for name, seconds in (("scipy", 0.3), ("pykdtree", 0.15))]
    rows = targets_table([ours, *others])
    assert "| search, 1,000 to 200,000 hits, d = 3, K = 64, against the best: 2.5 x | 1.50 | **no** |" in rows
    assert "| search, extra memory against what it returns, from 45,000 hits up: 2 x | 1.34 | yes |" in rows
    assert "| epoch, waiting for data: 3 % at most | not measured |  |" in rows


def test_a_checkout_without_an_environment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"its environment in \.venv, received "):
        checkout(str(tmp_path))
