from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from registry.comparing.difference import difference
from registry.configuration.reading import read_options
from registry.console.command import run_command
from registry.contract.errors import Problems
from registry.diff import main
from registry.tracking.addresses import opened
from registry.wiring.opening import open_graph
from tests.drawing.graphs import REPEATED, graph_of

CHANGED = REPEATED.replace("[{n: 16}, {n: 32}, {n: 32}]", "[{n: 17}, {n: 33}, {n: 33}]").replace(
    "  heads: {use: output_heads, in: steps.x}",
    "  extra: {use: dense_loop, in: steps.x, with: {units: [16]}}\n  heads: {use: output_heads, in: extra}",
)


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def graphs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    graph_of(REPEATED, tmp_path, "a.yaml")
    graph_of(CHANGED, tmp_path, "b.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_equal_graphs_exit_with_0(graphs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["a.yaml", "a.yaml"]) == 0
    assert "same architecture" in capsys.readouterr().out


def test_different_graphs_exit_with_1_and_say_what_differs(graphs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["a.yaml", "b.yaml"]) == 1
    said = capsys.readouterr().out
    assert "  + extra\n" in said
    assert "  ~ heads\n      input x: steps.2.inner.1.both.x \u2192 extra.x" in said
    assert "  ~ steps.*.wide (2 passes)\n      units: [32] \u2192 [33]" in said
    assert "weights: " in said


def test_a_missing_graph_exits_with_2(graphs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(lambda: main(["a.yaml", "missing.yaml"])) == 2
    assert "missing.yaml" in capsys.readouterr().err


def test_markdown_has_a_heading_and_lists(graphs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["a.yaml", "b.yaml", "--markdown"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("### Architecture: `a.yaml` \u2192 `b.yaml`\n")
    assert "**Added**\n\n- `extra`\n" in said


def test_one_picture_shows_both_graphs(graphs: Path) -> None:
    assert main(["b.yaml", "a.yaml", "--render", "both.svg"]) == 1
    picture = (graphs / "both.svg").read_text()
    assert 'class="box layer removed" data-path="removed:extra"' in picture
    assert 'class="box layer changed" data-path="steps.0.wide"' in picture
    assert 'class="box layer same" data-path="start"' in picture
    assert 'class="link added"' in picture
    assert 'class="link removed"' in picture


def test_a_revision_in_git_is_compared_with_its_own_configuration(
    graphs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = REPEATED.replace("blocks:", "config: options.yaml\ndefaults: {dense_loop: '${Dense}'}\nblocks:", 1)
    (graphs / "a.yaml").write_text(text)
    (graphs / "options.yaml").write_text("Dense: {dropout: 0.0}\n")
    git(graphs, "init", "-q")
    git(graphs, "add", ".")
    git(graphs, "commit", "-qm", "first")
    assert main(["git:HEAD:a.yaml", "a.yaml"]) == 0
    (graphs / "options.yaml").write_text("Dense: {dropout: 0.5}\n")
    assert main(["git:HEAD:a.yaml", "a.yaml"]) == 1
    assert "dropout: 0.0 \u2192 0.5" in capsys.readouterr().out


@pytest.mark.parametrize(
    "source", ["git:HEAD", "git::a.yaml", "git:--all:a.yaml", "git:nowhere:a.yaml", "git:HEAD:missing.yaml"]
)
def test_what_git_does_not_have_is_an_error(source: str, graphs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(graphs, "init", "-q")
    git(graphs, "add", ".")
    git(graphs, "commit", "-qm", "first")
    assert run_command(lambda: main([source, "a.yaml"])) == 2
    assert source in capsys.readouterr().err


def test_a_mistake_in_a_revision_is_named_by_the_revision(graphs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (graphs / "c.yaml").write_text(REPEATED.replace("dense_loop", "dense_lop"))
    git(graphs, "init", "-q")
    git(graphs, "add", ".")
    git(graphs, "commit", "-qm", "first")
    assert run_command(lambda: main(["a.yaml", "git:HEAD:c.yaml"])) == 2
    assert "git:HEAD:c.yaml (c.yaml):4:" in capsys.readouterr().err


def test_a_run_where_none_are_kept_is_an_error(graphs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(lambda: main(["run:0123", "a.yaml"])) == 2
    assert "run:0123: no runs are kept here" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_is_compared_as_it_was_configured(
    graphs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from registry.plugins.trackers.mlflow.tracker import MlflowTracker
    from registry.tracking.describe import run_info

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    text = REPEATED.replace("blocks:", "config: options.yaml\ndefaults: {dense_loop: '${Dense}'}\nblocks:", 1)
    (graphs / "a.yaml").write_text(text)
    (graphs / "options.yaml").write_text("Dense: {dropout: 0.0}\n")
    problems = Problems()
    checked = open_graph("a.yaml", sets=["Dense.dropout=0.25"])
    options = read_options(checked.expanded.config, problems)
    assert options is not None
    tracker = MlflowTracker("differing")
    tracker.start(run_info(checked, options, ["registry.train", "a.yaml"]))
    tracker.finish("FINISHED")
    assert main([f"run:{tracker.run_id}", f"run:{tracker.run_id}"]) == 0
    assert main([f"run:{tracker.run_id}", "a.yaml"]) == 1
    assert "dropout: 0.25 \u2192 0.0" in capsys.readouterr().out


def test_a_path_in_a_revision_is_read_from_the_current_folder_or_from_the_top(
    graphs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (graphs / "inner").mkdir()
    (graphs / "a.yaml").rename(graphs / "inner" / "a.yaml")
    git(graphs, "init", "-q")
    git(graphs, "add", ".")
    git(graphs, "commit", "-qm", "first")
    monkeypatch.chdir(graphs / "inner")
    assert main(["git:HEAD:a.yaml", "a.yaml"]) == 0
    assert main(["git:HEAD:inner/a.yaml", "a.yaml"]) == 0


def test_a_path_that_a_revision_lacks_gets_a_suggestion(graphs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(graphs, "init", "-q")
    git(graphs, "add", ".")
    git(graphs, "commit", "-qm", "first")
    (graphs / "inner").mkdir()
    assert run_command(lambda: main(["git:HEAD:inner/a.yaml", "a.yaml"])) == 2
    assert "did you mean git:HEAD:a.yaml?" in capsys.readouterr().err


def test_a_picture_of_unknown_form_is_refused_before_anything_is_compared(
    graphs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(lambda: main(["a.yaml", "b.yaml", "--render", "both.pdf"])) == 2
    assert capsys.readouterr().out == ""


def test_where_runs_are_kept_and_what_is_said_of_them_is_no_difference(graphs: Path) -> None:
    remarks = ["General.tracker=folder", "General.experiment=other", "General.description-string=again"]
    with opened("a.yaml", [], [], []) as first, opened("a.yaml", [], remarks, []) as second:
        assert difference(first, second).equal
