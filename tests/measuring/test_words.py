"""What tables and pages call things comes from the columns of the data."""

from __future__ import annotations

import pytest

from registry.measuring.choices import BINS, bins_of
from registry.measuring.metrics import METRICS
from registry.measuring.text import heading
from registry.measuring.words import Words, words_of

TRACKS = {"coordinates": "coordinates", "truth_index": "truth_index", "truth_momentum": "truth_momentum"}


def test_of_a_detector_without_energies_nothing_is_said_of_showers_and_their_energy() -> None:
    words = words_of(TRACKS, {"coordinates": "mm", "truth_momentum": "MeV"})
    assert (words.cluster, words.energy, words.momentum, words.length) == ("cluster", "", "MeV", "mm")
    texts = [words.said(metric.description) for metric in METRICS if "true energy" not in metric.description]
    assert [text for text in texts if "shower" in text or "energy" in text] == []
    assert heading("position_residual", words) == "position residual mm"


def test_a_cluster_is_called_what_the_data_call_it() -> None:
    words = words_of(TRACKS, {}, called="track")
    assert words.said("showers that match no object / showers") == "tracks that match no object / tracks"
    assert words.said("mean share of a matched shower's hit energy that is its object's") == (
        "mean share of a matched track's hits that is its object's"
    )


@pytest.mark.parametrize(("unit", "scale"), [("GeV", 1.0), ("MeV", 1e3), ("TeV", 1e-3), ("ADC counts", 1.0)])
def test_bins_of_energies_and_momenta_are_in_the_unit_of_the_data(unit: str, scale: float) -> None:
    words = words_of({"energy": "energy"}, {"energy": unit})
    assert (words.cluster, words.energy) == ("shower", unit)
    assert bins_of("energy", words) == pytest.approx([scale * edge for edge in BINS["energy"]])
    assert bins_of("pt", words) == pytest.approx([scale * edge for edge in BINS["pt"]])
    assert bins_of("hits", words) == BINS["hits"]


def test_what_nothing_is_said_of_is_in_the_usual_units() -> None:
    assert heading("time_residual") == "time residual ns"
    assert Words().said("hit energy of a shower") == "hit energy of a shower"
