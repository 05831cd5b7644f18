"""A block of `Evaluation` that is exchanged for another keeps what both know."""

from __future__ import annotations

from typing import Any

from registry.contract.errors import Origin, Problems
from registry.inference.exchanged import exchanged
from registry.language.layers import apply_setting
from registry.language.value import value_of
from registry.loading.blocks import load_registry

WRITTEN = {
    "matcher": {"use": "iou", "with": {"threshold": 0.5, "min_object_hits": 2}},
    "clusterer": {"use": "condensation", "with": {"assign": "nearest"}, "in": {"beta": "b", "coordinates": "ccoords"}},
}


def laid_over(*settings: str) -> Any:
    before, problems = value_of(WRITTEN, Origin("model.keras")), Problems()
    after = before
    for setting in settings:
        after = apply_setting(after, setting, problems)
    problems.raise_if_any()
    return exchanged(before, after, load_registry()).plain()


def test_parameters_and_inputs_that_the_other_block_does_not_know_are_left_out() -> None:
    found = laid_over("matcher.use=ecl", "clusterer.use=dbscan")
    assert found["matcher"] == {"use": "ecl", "with": {"min_object_hits": 2}}
    assert found["clusterer"] == {"use": "dbscan", "with": {}, "in": {"coordinates": "ccoords"}}


def test_what_a_setting_says_itself_stays_right_or_wrong() -> None:
    found = laid_over("matcher.use=ecl", "matcher.with.threshold=0.3", "matcher.with.cluster_share=0.4")
    assert found["matcher"]["with"] == {"threshold": 0.3, "min_object_hits": 2, "cluster_share": 0.4}


def test_a_block_that_stays_keeps_all() -> None:
    assert laid_over("clusterer.with.assign=nearest_in_reach")["matcher"] == WRITTEN["matcher"]
