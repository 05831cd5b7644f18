"""`python -m registry.page` on recorded runs, and the page at the end of a training."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from registry.contract.errors import InputError
from registry.page import main
from registry.training import recording, run_page
from registry.training.recording import _Ending
from tests.comparing.records import record
from tests.stores import make_store


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_run_is_named_by_its_address_or_its_folder(capsys: pytest.CaptureFixture[str]) -> None:
    run = record([3.0, 2.0], sets=["Architecture.dense.0.n=16"])
    for address in (f"run:{run}", f"mlruns/runs/{run}"):
        assert main([address, "-o", "out/run.html"]) == 0
        text = Path("out/run.html").read_text()
        assert "<td>Architecture.dense.0.n</td><td>8</td><td>16</td>" in text
        assert 'id="drawing"' in text
        Path("out/run.html").unlink()
    assert "out/run.html" in capsys.readouterr().out


@pytest.mark.slow
def test_runs_that_mlflow_keeps_have_the_same_page(tmp_path: Path) -> None:
    make_store(tmp_path)
    run = record([3.0, 2.0], tracker="mlflow", texts={"warnings.txt": "something is odd\n"})
    assert main([f"run:{run}"]) == 0
    text = Path(f"page-{run}.html").read_text()
    assert '<div class="warning">something is odd</div>' in text
    assert '"y":[3.0,2.0]' in text


def test_a_parent_is_found_where_it_is_kept() -> None:
    parent = record([3.0], sets=["Architecture.dense.0.n=12"])
    run = record([2.0], tags={"parent.run": parent})
    main([run, "-o", "run.html"])
    text = Path("run.html").read_text()
    assert "whose weights this run began with" in text
    assert "<td>Architecture.dense.0.n</td><td>12</td><td>8</td>" in text


def test_a_run_that_is_not_there_is_named() -> None:
    record([3.0])
    with pytest.raises(InputError, match="run:nothing names no run"):
        main(["run:nothing"])


def test_a_page_that_cannot_be_written_changes_nothing_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> None:
        raise OSError("no space left")

    lines: list[str] = []
    monkeypatch.setattr(recording, "write_page", fail)
    run: Any = SimpleNamespace(trackers=[object()], progress=SimpleNamespace(line=lines.append))
    ending = _Ending(run, SimpleNamespace())  # type: ignore[arg-type]
    ending._write_page()
    assert lines == ["warning: the page of the run was not written: no space left"]
    assert (ending.status, ending.reasons) == ("FINISHED", [])


def test_without_the_option_no_page_is_written_but_warnings_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, str] = {}
    monkeypatch.setattr(run_page, "page", lambda *arguments: pytest.fail("a page was written"))
    run: Any = SimpleNamespace(
        checked=SimpleNamespace(warnings=[]),
        progress=SimpleNamespace(warnings=["something is odd"]),
        options=SimpleNamespace(plotting=SimpleNamespace(page=False)),
        log_text=lambda text, path: kept.update({path: text}),
    )
    run_page.write_page(run, "FINISHED", {})
    assert kept == {"warnings.txt": "something is odd\n"}
