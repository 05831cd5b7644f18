"""Events for a trained model: a file of columns by port serves a loader that generates its events."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry.compiling.carried_graph import CarriedGraph
from registry.contract.errors import InputError
from registry.inference.data import open_events
from registry.loading.blocks import load_registry

GENERATED = CarriedGraph("event", "showers", {"train_events": 2, "validation_events": 0, "test_events": 3}, ("beta",))


def columns() -> dict[str, np.ndarray]:
    generated = open_events(GENERATED, load_registry(()), "test")
    return dict(generated.source.read("test", np.arange(3), None))


def test_a_file_of_columns_is_read_for_a_loader_that_generates_events(tmp_path: Path) -> None:
    given = columns()
    np.savez(tmp_path / "new.npz", **given)  # type: ignore[arg-type]
    for truth in (False, True):
        events = open_events(GENERATED, load_registry(()), str(tmp_path / "new.npz"), truth)
        assert events.count == 3
        assert ("truth_index" in events.loader.types) is truth
        found = events.source.read("test", np.array([2, 0]), None)
        start = given["row_splits"][2]
        np.testing.assert_array_equal(found["features"][: len(given["energy"]) - start], given["features"][start:])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"energy": None}, "has no column 'energy'"),
        ({"energy": np.ones((3, 1))}, "column 'energy' of .* has 3 rows, row_splits ends at"),
        ({"row_splits": np.array([1, 2])}, "does not start at 0"),
    ],
)
def test_a_file_of_columns_that_does_not_fit_is_refused(
    changes: dict[str, np.ndarray | None], told: str, tmp_path: Path
) -> None:
    given = {name: column for name, column in (columns() | changes).items() if column is not None}
    np.savez(tmp_path / "new.npz", **given)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=told):
        open_events(GENERATED, load_registry(()), str(tmp_path / "new.npz"))


def test_a_loader_that_reads_no_file_says_what_can_be_given(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"reads no file(.|\n)*columns by port(.|\n)*train, validation, test"):
        open_events(GENERATED, load_registry(()), str(tmp_path / "new.root"))
