"""What a description says of a column that is nowhere is an error, with the nearest name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from registry.contract.stored import Stored

ROTATE = [{"use": "rotate"}]


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"missing": {"phii": -1.0}}, "missing.phii"),
        ({"units": {"phii": "rad"}}, "units.phii"),
        ({"geometry": {"angles": {"phi": "rad", "phii": "rad"}}, "augmentation": ROTATE}, "geometry.angles.phii"),
        ({"geometry": {"vectors": [["x", "phii"]]}, "augmentation": ROTATE}, "geometry.vectors.0.1"),
        ({"geometry": {"unchanged": ["phi", "phii"]}, "augmentation": ROTATE}, "geometry.unchanged.1"),
    ],
)
def test_a_name_that_is_no_column_is_refused_with_the_nearest_one(arrays, options, parameter):
    found = [complaint for complaint in arrays(**options).check() if complaint.parameter == parameter]
    assert [complaint.message for complaint in found] == ["the data file has no column 'phii'"]
    assert found[0].hint == "did you mean 'phi'?"


def test_columns_that_nothing_is_made_of_and_expressions_have_units(arrays, tmp_path):
    units = {"z": "cm", "row": "", "log1p(e)": "", "object.pt": "GeV"}
    features = {"columns": {"features": ["log1p(e)", "x"]}}
    (complaint,) = arrays(**features, units=units).check()
    assert complaint.parameter == "units.object.pt"
    np.savez(tmp_path / "objects.npz", event=np.arange(10), id=np.zeros(10, int), pt=np.ones(10))
    options = {"objects": {"file": "objects.npz", "id": "id", "event_id": "event"}}
    elsewhere = arrays(**features, units=units, **options)
    assert not list(elsewhere.check())


def test_other_files_need_only_the_columns_that_something_is_made_of(arrays, columns, tmp_path):
    said: dict[str, Any] = {"units": {"row": "", "e": "GeV", "e_true": "GeV"}, "missing": {"e_true": 0.0, "e": 0.0}}
    trained = arrays(**said)
    for name in ("row", "e_true"):
        del columns[name]
    arrays()
    reading = trained.reading(str(tmp_path / "events.npz"))
    assert not list(reading.check())
    assert reading.params.units == {"e": "GeV"}


def test_units_of_columns_that_are_not_written_do_not_go_along(arrays, tmp_path):
    kept: Stored = arrays(units={"row": "", "e": "GeV"}).stored(["x"])
    assert kept.described("{}")["units"] == {"e": "GeV"}
