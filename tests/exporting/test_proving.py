"""What counts as a proof of an export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from registry.contract.bare import BareRun
from registry.contract.errors import RunError
from registry.exporting import proving
from registry.exporting.proving import DRAWS, prove
from registry.exporting.trials import EVENTS, trial

Columns = Mapping[str, np.ndarray]

SHAPES = {"event.x": ((None, 2), "float32"), "event.kind": ((None, 1), "int32"), "event.row_splits": ((None,), "int32")}


def model(says: Callable[[np.ndarray], np.ndarray]) -> Any:
    """Return what stands in for a model: its output is what is said of its first column."""
    tensors = {name: SimpleNamespace(shape=shape, dtype=dtype) for name, (shape, dtype) in SHAPES.items()}
    return SimpleNamespace(
        input=tensors,
        output={"y": SimpleNamespace(dtype="float32", shape=(None, 1))},
        predict_on_batch=lambda columns: {"y": says(columns["event.x"])},
    )


def proved(one: Any, monkeypatch: pytest.MonkeyPatch, said: Callable[[int, Columns], np.ndarray]) -> proving.Proof:
    """Prove an export that says so of the events, by their place."""

    def run(code: str, arguments: object, given: list[Columns], *more: object) -> BareRun:
        return BareRun([{"y": said(place, item)} for place, item in enumerate(given)], [0.0] * len(given))

    monkeypatch.setattr(proving, "run_bare", run)
    exporter: Any = SimpleNamespace(request=lambda network: "", without=())
    network: Any = None
    return prove(exporter, network, one, Path("export"), ())


def test_every_event_of_every_size_has_to_be_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    one = model(lambda x: x.sum(axis=1, keepdims=True))
    found = proved(one, monkeypatch, lambda place, given: given["x"].sum(axis=1, keepdims=True) * (1 + 5e-5))
    assert len(found.trials) == DRAWS * len(EVENTS)
    assert 1e-5 < found.difference < 1e-4
    for bad in (DRAWS * 2, DRAWS * len(EVENTS) - 1):

        def other(place: int, given: Columns, bad: int = bad) -> np.ndarray:
            return given["x"].sum(axis=1, keepdims=True) * (1.01 if place == bad else 1)

        with pytest.raises(RunError, match=r"'y' is another one in events of .* hits: it differs by 0\.0\d+ of"):
            proved(one, monkeypatch, other)


def test_events_that_rounding_decides_are_not_drawn() -> None:
    # A hit in 200 is so near to a step that a change of one in 100,000 crosses it.
    stepwise = model(lambda x: np.floor(x[:, :1] * 500) % 2)
    found = trial(stepwise, (30,), seed=1)
    assert found.sizes == (30,)
    distance = np.abs(found.columns["event.x"][:, 0] * 500 - np.round(found.columns["event.x"][:, 0] * 500))
    assert distance.min() > 0
    np.testing.assert_array_equal(stepwise.predict_on_batch(found.columns)["y"], found.outputs["y"])


def test_events_are_smaller_where_rounding_decides_all_of_a_size() -> None:
    chance = np.random.default_rng(1)
    chaotic = model(lambda x: chance.normal(size=(len(x), 1)) if len(x) > 100 else x[:, :1])
    assert list(trial(chaotic, (400,), seed=1).sizes) == [100]
    with pytest.raises(RunError, match="no export of this model can be proved: a change of 1e-05"):
        trial(model(lambda x: chance.normal(size=(len(x), 1))), (400,), seed=1)
