"""Whatever a shipped file is spoilt into: a message with a place and an exit status, never a traceback."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from registry.check import main as check
from registry.console.command import run_command
from registry.plan import main as plan
from registry.render import main as render
from tests.conftest import ROOT
from tests.errors.mutations import SHIPPED, Mutation, misspelt, mutations
from tests.examples import examples

_PLACE = re.compile(r"(?m)^(?P<file>[^\s:]+\.yaml):((?P<line>\d+):(?P<column>\d+):)? ")


@pytest.fixture(scope="module", autouse=True)
def _in_a_copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("shipped")
    for name in ("graphs", "configs"):
        shutil.copytree(ROOT / name, folder / name)
    with contextlib.chdir(folder):
        yield


@cache
def arguments_for(file: str) -> tuple[str, ...]:
    """Return the arguments with which a command reads a shipped file."""
    if file.startswith("graphs/"):
        return (file,)
    for graph in SHIPPED:
        if graph.startswith("graphs/"):
            configs = yaml.safe_load(Path(ROOT, graph).read_text(encoding="utf-8")).get("config")
            named = [configs] if isinstance(configs, str) else configs or []
            if file in (os.path.normpath(Path(graph).parent / name) for name in named):
                return (graph,)
    return ("graphs/gravnet.yaml", "--config", file)


@contextlib.contextmanager
def spoilt(mutation: Mutation) -> Iterator[None]:
    path = Path(mutation.file)
    whole = path.read_bytes()
    path.write_bytes(mutation.text.encode("utf-8"))
    try:
        yield
    finally:
        path.write_bytes(whole)


def outcome(main: object, mutation: Mutation) -> tuple[int, str, str]:
    """Return the exit status of a command on a spoilt file, what it printed, and what it complained of."""
    out, err = io.StringIO(), io.StringIO()
    with spoilt(mutation), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run_command(lambda: main(list(arguments_for(mutation.file))))  # type: ignore[operator]
        assert_places_exist(err.getvalue())
    return status, out.getvalue(), err.getvalue()


def assert_places_exist(complaints: str) -> None:
    """Every place that is named is a file, and a line and a column of it (or just behind it)."""
    for match in _PLACE.finditer(complaints):
        lines = Path(match["file"]).read_bytes().decode("utf-8", "replace").split("\n")
        if match["line"]:
            assert 1 <= int(match["line"]) <= len(lines)
            assert 1 <= int(match["column"]) <= max(map(len, lines)) + 1


@examples(400)
@given(mutations())
def test_a_spoilt_file_is_checked_or_refused_with_a_place_and_without_a_traceback(mutation: Mutation) -> None:
    status, printed, complaints = outcome(check, mutation)
    assert status in (0, 2)
    assert "Traceback" not in complaints
    assert "\x1b" not in complaints
    if status == 0:
        assert printed
    else:
        assert not printed
        assert _PLACE.search(complaints)


@examples(40)
@given(mutations(), st.sampled_from([plan, render]))
def test_what_another_command_refuses_check_refuses_in_the_same_words(mutation: Mutation, command: object) -> None:
    # The check looks at the data and at what is to be trained too: it may say more.
    status, _, complaints = outcome(command, mutation)
    if status == 2:
        checked = outcome(check, mutation)
        assert checked[0] == 2
        said = [complaints[match.start() :].partition("\n")[0] for match in _PLACE.finditer(complaints)]
        assert said
        assert all(line in checked[2] for line in said)


@pytest.mark.long
@examples(200)
@given(st.data())
def test_a_misspelt_word_that_is_refused_is_shown(data: st.DataObject) -> None:
    file = data.draw(st.sampled_from([file for file in SHIPPED if file.startswith("graphs/")]))
    mutation = data.draw(misspelt(file, Path(ROOT, file).read_text(encoding="utf-8")))
    status, _, complaints = outcome(check, mutation)
    here = f"{mutation.file}:{mutation.line}:"
    assert status == 0 or here in complaints or repr(mutation.word) in complaints


@pytest.mark.long
@examples(6)
@given(mutations())
def test_a_process_says_the_same_as_the_function(mutation: Mutation) -> None:
    status, printed, complaints = outcome(check, mutation)
    with spoilt(mutation):
        command = [sys.executable, "-m", "registry.check", *arguments_for(mutation.file)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (status, printed, complaints)
