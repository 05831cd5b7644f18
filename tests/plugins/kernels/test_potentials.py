"""Repulsion of object condensation, for both implementations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from registry.plugins.kernels import repulsion_sums
from tests.plugins.kernels.finite_differences import assert_gradients_agree

FORMS = [("gaussian", False), ("gaussian", True), ("hinge", False), ("hinge", True)]


def batch(random: np.random.Generator, hits_per_event: list[int], objects: int, width: int = 3) -> dict[str, Any]:
    """Random hits and objects; an event without hits has no objects."""
    events = np.repeat(np.arange(len(hits_per_event)), hits_per_event)
    present = [objects if hits else 0 for hits in hits_per_event]
    splits = np.concatenate([[0], np.cumsum(present)]).astype(np.int32)
    local = random.integers(-1, objects, len(events))
    return {
        "x": random.normal(size=(len(events), width)) * 2,
        "charges": random.random(len(events)),
        "centres": random.normal(size=(splits[-1], width)) * 2,
        "scales": random.random(splits[-1]) + 0.5,
        "object_of_hit": np.where(local < 0, -1, splits[events] + local).astype(np.int32),
        "event_of_hit": events.astype(np.int32),
        "object_splits": splits,
    }


def by_definition(form: str, manhattan: bool, data: dict[str, Any]) -> np.ndarray:
    difference = data["x"][:, None] - data["centres"][None]
    squared = np.abs(difference).sum(2) ** 2 if manhattan else (difference**2).sum(2)
    u = squared / data["scales"]
    value = np.exp(-u / 2) if form == "gaussian" else np.maximum(1 - np.sqrt(u + 1e-6), 0)
    event = np.searchsorted(data["object_splits"], np.arange(len(data["scales"])), side="right") - 1
    counts = (data["event_of_hit"][:, None] == event) & (data["object_of_hit"][:, None] != np.arange(len(event)))
    return (value * counts * data["charges"][:, None]).sum(0)


@pytest.mark.parametrize(("form", "manhattan"), FORMS)
@pytest.mark.parametrize("hits_per_event", [[60, 0, 150], [1], [0]])
def test_sums_are_those_of_the_definition(
    kernels: str, random: np.random.Generator, form: str, manhattan: bool, hits_per_event: list[int]
) -> None:
    data = batch(random, hits_per_event, 7)
    single = {name: value.astype(np.float32) if value.dtype == float else value for name, value in data.items()}
    found = repulsion_sums(**single, form=form, manhattan=manhattan)
    np.testing.assert_allclose(found, by_definition(form, manhattan, data), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("form", "manhattan"), FORMS)
def test_gradients_agree_with_finite_differences(
    kernels: str, random: np.random.Generator, form: str, manhattan: bool
) -> None:
    data = batch(random, [9, 20], 3)
    learned = ["x", "charges", "centres", "scales"]

    def loss(*tensors: tf.Tensor) -> tf.Tensor:
        sums = repulsion_sums(**{**data, **dict(zip(learned, tensors, strict=True))}, form=form, manhattan=manhattan)
        return tf.reduce_sum(tf.sin(sums))

    assert_gradients_agree(loss, [data[name] for name in learned])


@pytest.mark.parametrize("form", ["gaussian", "hinge"])
def test_more_hits_and_objects_than_fit_a_block_count_once(
    kernels: str, random: np.random.Generator, form: str
) -> None:
    data = batch(random, [1500, 700], 300)
    np.testing.assert_allclose(repulsion_sums(**data, form=form), by_definition(form, False, data), rtol=1e-9)


def test_a_coordinate_that_is_no_number_shows_in_the_sums(kernels: str, random: np.random.Generator) -> None:
    data = batch(random, [20], 2)
    data["x"][3, 1] = np.nan
    assert np.isnan(repulsion_sums(**data)).any()


def test_an_unknown_form_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected form gaussian or hinge; received 'square'"):
        repulsion_sums(*[tf.zeros([0])] * 7, form="square")  # type: ignore[arg-type]
