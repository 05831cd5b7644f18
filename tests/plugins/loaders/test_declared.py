"""Columns that a rotation turns are what is declared of them, as far as their values tell."""

from __future__ import annotations

import numpy as np
import pytest

from registry.contract.data import DataError


def opened(arrays, columns, geometry):
    azimuth = np.arctan2(columns["y"], columns["x"])
    columns |= {"c": np.cos(azimuth), "s": np.sin(azimuth), "turn": np.degrees(azimuth)}
    columns |= {"px": columns["x"] * 2, "py": columns["y"] * 2}
    features = {"features": ["e", "c", "s", "turn", "px", "py"]}
    others = [name for name in ("c", "s", "turn", "px", "py") if repr(name) not in str(geometry)]
    made = arrays(columns=features, geometry={**geometry, "unchanged": others}, augmentation=[{"use": "rotate"}])
    return made.open(1)


@pytest.mark.parametrize(
    ("geometry", "message"),
    [
        ({"angles": {"turn": "rad"}}, "column 'turn': as an angle in rad it goes to .*, beyond a full turn: deg?"),
        ({"cosines": [["s", "c"]]}, "column 's': it is a sine, and 'c' the cosine: name the cosine first"),
        ({"cosines": [["px", "py"]]}, "column 'px': as the cosine beside the sine 'py' it is none"),
    ],
    ids=["degrees", "swapped", "a momentum"],
)
def test_what_a_column_is_not_is_said(arrays, columns, geometry, message):
    with pytest.raises(DataError, match=message) as caught:
        opened(arrays, columns, geometry)
    assert caught.value.parameter == "geometry"


@pytest.mark.parametrize(
    "geometry", [{"angles": {"turn": "deg"}}, {"cosines": [["c", "s"]]}, {"vectors": [["px", "py"]]}]
)
def test_what_it_is_turns(arrays, columns, geometry):
    source = opened(arrays, columns, geometry)
    every = np.arange(10)
    assert not np.array_equal(source.read("train", every, 0)["features"], source.read("train", every, None)["features"])
