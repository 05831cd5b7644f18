"""Pictures of hits in learned spaces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry.plugins.monitors.plot_coordinates.monitor import (
    CoordinatePlots,
    draw,
    marker_areas,
    object_colours,
    windows,
)
from tests.plugins.monitors.synthetic import context, events

PNG = b"\x89PNG\r\n"


def test_each_three_consecutive_dimensions_make_a_panel() -> None:
    assert windows(4) == [(0, 1, 2), (1, 2, 3)]
    assert windows(3) == [(0, 1, 2)]
    assert windows(2) == [(0, 1)]
    assert windows(1) == [(0,)]


@pytest.mark.parametrize(("dimensions", "panels"), [(1, ["rectilinear"]), (2, ["rectilinear"]), (4, ["3d", "3d"])])
def test_the_picture_has_flat_panels_for_flat_spaces(dimensions: int, panels: list[str]) -> None:
    random = np.random.default_rng(0)
    figure = draw(random.normal(size=(20, dimensions)), np.ones(20), np.arange(20) % 3 - 1)
    assert [axes.name for axes in figure.axes] == panels


def test_further_panels_are_left_out() -> None:
    assert len(draw(np.zeros((5, 9)), np.ones(5), np.zeros(5, int), max_panels=2).axes) == 2


def test_the_first_event_observed_is_drawn_to_a_file_named_by_node_and_step(tmp_path: Path) -> None:
    parts = {"validation": [{**events(2, True), "size": np.ones((32, 1))}]}
    folder = tmp_path / "plots"
    found = CoordinatePlots("iterations.0.space").look(context("record", folder, parts, step=120))
    assert found.files == [folder / "iterations.0.space_000120.png"]
    assert found.files[0].read_bytes().startswith(PNG)


def test_values_that_are_not_finite_are_left_out_and_counted() -> None:
    coordinates = np.zeros((4, 2))
    coordinates[1] = np.nan
    figure = draw(coordinates, np.array([1.0, 1.0, np.nan, -1.0]), np.zeros(4, int), "space")
    assert figure.get_suptitle() == "space   (1 hits are not finite)"
    assert len(figure.axes[0].collections[0].get_offsets()) == 3  # type: ignore[arg-type]


def test_an_event_without_hits_is_an_empty_picture() -> None:
    assert len(draw(np.zeros((0, 3)), np.zeros(0), np.zeros(0, int)).axes) == 1


def test_objects_have_different_colours_and_noise_is_grey() -> None:
    colours = object_colours(np.array([0, 1, 2, 3, -1]))
    assert len({tuple(colour) for colour in colours[:4]}) == 4
    assert len(set(colours[4][:3])) == 1


def test_markers_grow_with_the_size_and_not_beyond_a_limit() -> None:
    areas = marker_areas(np.array([0.0, 1.0, 4.0, 1e9] + [4.0] * 30))
    assert areas[0] < areas[1] < areas[2] == areas[3]
    assert np.isfinite(marker_areas(np.zeros(3))).all()
