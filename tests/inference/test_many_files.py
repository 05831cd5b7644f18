"""`predict` of many files: a task each, results in their order, failures named, and only what is left done again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas
import pytest

from registry.contract.errors import InputError
from registry.evaluate import main as evaluate
from registry.predict import main
from tests.inference.graphs import write_data, write_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def data(tmp_path: Path) -> list[str]:
    """Two files, of which the first is none."""
    files = [write_data(tmp_path / f"run{number}.npz", [20, 3], seed=number) for number in range(2)]
    files[0].write_bytes(b"nothing")
    return [str(file) for file in files]


@pytest.mark.long
@pytest.mark.parametrize("on", [[], ["--on", "local", "--jobs", "2", "--retries", "0"]])
def test_a_file_that_fails_is_named_and_the_others_are_done(
    model: Path, data: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], on: list[str]
) -> None:
    whole, out = tmp_path / "whole.parquet", tmp_path / "out" / "*.parquet"
    assert main([str(model), data[1], "-o", str(whole)]) == 0
    capsys.readouterr()
    assert main([str(model), *data, "-o", str(out), *on]) == 1
    said = capsys.readouterr()
    assert f"{out.with_name('run1.parquet')}: " in said.out
    assert f"error: {data[0]}: failed: " in said.err
    assert "1 of 2 files are not done; the same command does them, and no other" in said.err
    pandas.testing.assert_frame_equal(pandas.read_parquet(out.with_name("run1.parquet")), pandas.read_parquet(whole))

    write_data(Path(data[0]), [5], seed=1)
    assert main([str(model), str(tmp_path / "run*.npz"), "-o", str(out), *on]) == 0
    again = capsys.readouterr().out.splitlines()
    assert [line for line in again if line.endswith("was done before")] == [
        f"{out.with_name('run1.parquet')}: was done before"
    ]
    assert sorted(file.name for file in out.parent.iterdir()) == ["run0.parquet", "run1.parquet"]


def test_many_files_are_not_written_into_one(model: Path, data: list[str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected a result for each of 2 files(.|\n)*\*\.parquet"):
        main([str(model), *data, "-o", str(tmp_path / "out.parquet")])


def test_two_files_of_one_name_are_an_error(model: Path, data: list[str], tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    np.savez(tmp_path / "other" / "run0.npz", nothing=0)
    with pytest.raises(InputError, match="two files are called 'run0'"):
        main([str(model), data[0], str(tmp_path / "other" / "run0.npz"), "-o", str(tmp_path / "*.parquet")])


def test_the_submit_file_is_shown_and_nothing_is_begun(
    model: Path, data: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("jobs.yaml").write_text("kind: slurm\nqueue: short\nmemory: 2 GB\nwalltime: 1 h\n")
    command = [str(model), *data, "-o", "out/*.parquet", "--on", "jobs.yaml", "--print-jobs"]
    assert main(command) == 0
    assert "#SBATCH -p short" in capsys.readouterr().out
    assert not Path("out").exists()


@pytest.mark.long
def test_several_files_are_evaluated_each_by_itself_and_as_one(model: Path, tmp_path: Path) -> None:
    write_data(tmp_path / "whole.npz", [30] * 6, seed=2, truth=True)
    more = ["--no-figures", "--set", "Evaluation.tune=false", "-o"]
    evaluate([str(model), str(tmp_path / "whole.npz"), *more, str(tmp_path / "whole")])
    here = ["--on", "local", "--jobs", "2"]
    assert evaluate([str(model), *_halves(tmp_path), *more, str(tmp_path / "both"), *here]) == 0
    own, expected = (json.loads((tmp_path / name / "evaluation.json").read_text()) for name in ("both", "whole"))
    assert (own["figures"], own["counts"]) == (expected["figures"], expected["counts"])
    assert own["counts"]["events"] == 6
    events = pandas.read_parquet(tmp_path / "both" / "events.parquet")
    assert events["name"].str.partition(":")[0].tolist() == ["first"] * 4 + ["second"] * 2
    assert len(pandas.read_parquet(tmp_path / "both" / "files" / "second" / "events.parquet")) == 2


@pytest.mark.slow
def test_several_files_are_evaluated_beside_another_model_as_one_file_is(model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.keras"
    shutil.copy(model, other)
    write_data(tmp_path / "whole.npz", [30] * 6, seed=2, truth=True)
    files = _halves(tmp_path)
    more = ["--beside", str(other), "--no-figures", "--set", "Evaluation.tune=false", "-o"]
    assert evaluate([str(model), str(tmp_path / "whole.npz"), *more, str(tmp_path / "whole")]) == 0
    assert evaluate([str(model), *files, *more, str(tmp_path / "both")]) == 0
    own, expected = (json.loads((tmp_path / name / "evaluation.json").read_text()) for name in ("both", "whole"))
    assert own["baselines"] == expected["baselines"]
    assert own["baselines"][str(other)]["samples"] == own["figures"]["samples"]


@pytest.mark.slow
def test_a_part_of_the_run_s_own_data_is_read_from_several_files(model: Path, tmp_path: Path) -> None:
    write_data(tmp_path / "whole.npz", [30] * 20, seed=2, truth=True)
    more = ["--part", "test", "--no-figures", "--set", "Evaluation.tune=false", "-o"]
    assert evaluate([str(model), str(tmp_path / "whole.npz"), *more, str(tmp_path / "whole")]) == 0
    assert evaluate([str(model), *_halves(tmp_path, 10), *more, str(tmp_path / "both")]) == 0
    own, expected = (json.loads((tmp_path / name / "evaluation.json").read_text()) for name in ("both", "whole"))
    assert own["data"]["events"].startswith("test of ")
    assert own["counts"]["events"] == expected["counts"]["events"] < 20


def _halves(folder: Path, first: int = 4) -> list[str]:
    """Write the events of a file into two, the first so many into one, and return their names."""
    with np.load(folder / "whole.npz") as whole:
        sizes = np.diff(whole["row_splits"])
        end = int(sizes[:first].sum())
        parts = {"first": (slice(None, end), sizes[:first]), "second": (slice(end, None), sizes[first:])}
        for name, (rows, own) in parts.items():
            part = {key: whole[key][rows] for key in whole.files if key != "row_splits"}
            np.savez(folder / f"{name}.npz", **part, row_splits=np.concatenate([[0], np.cumsum(own)]))
    return [str(folder / f"{name}.npz") for name in ("first", "second")]
