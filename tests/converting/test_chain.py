"""A chain of two networks: the first one's hits are written, and the second one is applied to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas
import pytest

from registry.convert import main as convert
from registry.predict import main as predict
from tests.converting.graphs import SIZES, write_chain, write_model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the first network, what it has handed on, and the second network, made for that."""
    folder = tmp_path_factory.mktemp("chain")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_chain(folder)
        write_model(folder / "first.yaml")
        assert convert(["first.yaml", "kept.parquet", "--through", "first.keras"]) == 0
        write_model(folder / "second.yaml", folder / "kept.parquet.yaml")
    return folder


def test_the_hits_that_a_network_keeps_are_written_with_truth_and_where_they_are_from(chain: Path) -> None:
    kept = pandas.read_parquet(chain / "kept.parquet")
    original = np.load(chain / "original.npz")
    assert 0 < kept["score"].map(len).sum() < sum(SIZES)
    for row in kept.itertuples():
        event = int(str(row.original_event).rpartition(" ")[2])
        hits = original["row_splits"][event] + row.original_hit
        np.testing.assert_array_equal(row.features_1, original["x"][hits])
        np.testing.assert_array_equal(row.original_truth_index, original["id"][hits])
        np.testing.assert_array_equal(np.asarray(row.truth_index) < 0, original["id"][hits] == 0)
        np.testing.assert_array_equal(row.truth_energy, original["e"][hits])
        assert (np.asarray(row.score) > 0.5).all()
        assert len(row.latent_3) == len(hits)
    assert "sha256:" in (chain / "kept.parquet.yaml").read_text()


def test_predicting_the_original_file_with_the_first_network_in_front_is_predicting_what_it_wrote(
    chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(chain)
    assert predict(["second.keras", "original.npz", "-o", "whole.npz", "--through", "first.keras"]) == 0
    assert predict(["second.keras", "kept.parquet", "-o", "written.npz"]) == 0
    whole, written = np.load("whole.npz"), np.load("written.npz")
    kept = pandas.read_parquet("kept.parquet")
    names = [str(event).rpartition(" ")[2] for event in kept["original_event"]]
    place = {int(name): number for number, name in enumerate(names)}
    assert len(whole["beta"]) == len(written["beta"])
    for event, number in place.items():
        first, second = whole["event"] == event, written["event"] == number
        np.testing.assert_allclose(whole["beta"][first], written["beta"][second], atol=1e-5)
        np.testing.assert_allclose(whole["ccoords_1"][first], written["ccoords_1"][second], atol=1e-5)
        assert whole["original_id"][first].tolist() == list(kept["original_hit"][number])
    assert not list(chain.glob("*through*"))
