"""A chain as in practice: a trained noise filter, the events it has written, and a network trained on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import registry
from tests.converting.graphs import write_chain

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both runs, and what the first one has written."""
    folder = tmp_path_factory.mktemp("chain")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_chain(folder)
        first = registry.train(registry.load("first.yaml", set={"Training[0].epochs": 3, "Training[0].batch_size": 60}))
        Path("first.txt").write_text(first.id)
        registry.convert("first.yaml", "kept.parquet", through=first)
        second = registry.train(registry.load("second.yaml", config=["kept.parquet.yaml"]))
        Path("second.txt").write_text(second.id)
    return folder


def test_the_second_network_was_trained_on_what_the_first_one_wrote(chain: Path) -> None:
    description = (chain / "kept.parquet.yaml").read_text()
    assert f"run: {(chain / 'first.txt').read_text()}" in description
    assert "loader: parquet" in description


def test_both_predict_on_the_original_file_what_the_second_one_predicts_on_the_written_one(
    chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from registry.predict import main as predict

    monkeypatch.chdir(chain)
    first, second = (f"run:{Path(f'{name}.txt').read_text()}" for name in ("first", "second"))
    assert predict([second, "original.npz", "-o", "whole.npz", "--through", first]) == 0
    assert predict([second, "kept.parquet", "-o", "written.npz"]) == 0
    whole, written = np.load("whole.npz"), np.load("written.npz")
    names = [int(str(event).rpartition(" ")[2]) for event in registry_events(chain / "kept.parquet")]
    assert 0 < len(whole["beta"]) == len(written["beta"])
    for number, event in enumerate(names):
        own, other = whole["event"] == event, written["event"] == number
        for output in ("beta", "ccoords_0", "ccoords_1"):
            np.testing.assert_allclose(whole[output][own], written[output][other], atol=1e-5)


def registry_events(file: Path) -> list[str]:
    """Return what the events of a written file are called in the original one."""
    import pyarrow.parquet

    return [str(name) for name in pyarrow.parquet.read_table(file)["original_event"].to_pylist()]
