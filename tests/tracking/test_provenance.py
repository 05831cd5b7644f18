"""Commit, dirty flag and diff of a folder; command line; environment."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import pytest

from registry.tracking.provenance import environment, revision


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    _git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "graph.yaml").write_text("name: a\n")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "first")
    return tmp_path


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True)


def test_a_clean_folder_has_its_commit_and_branch(repository: Path) -> None:
    state = revision(repository)
    assert len(state.commit) == 40
    assert (state.branch, state.state, state.diff) == ("main", "clean", "")
    assert state.tags()["git.commit"] == state.commit


def test_changes_make_it_dirty_and_are_kept(repository: Path) -> None:
    (repository / "graph.yaml").write_text("name: b\n")
    (repository / "new.yaml").write_text("x: 1\n")
    state = revision(repository)
    assert state.state == "dirty"
    assert "+name: b" in state.diff
    assert state.untracked == ("new.yaml",)


def test_a_folder_without_git_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert revision(tmp_path).tags() == {"git.state": "no git: not in a repository"}


def test_a_repository_without_a_commit_says_so(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    assert revision(tmp_path).state == "no git: no commit yet"


def test_a_repository_of_another_user_says_so(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    assert revision(repository).state == "no git: the repository belongs to another user"


def test_the_answers_of_git_are_understood_in_every_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert revision(tmp_path).state == "no git: not in a repository"


def test_a_machine_without_git_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert revision(tmp_path).state == "no git: the program is not installed"


def test_the_environment_lists_versions_and_nothing_of_the_host() -> None:
    text = environment()
    assert "\nnumpy==" in text
    assert platform.python_version() in text
    assert str(Path.home()) not in text
    assert all(line.count("==") == 1 for line in text.splitlines()[1:])
