"""What `registry.blocks` is asked for is done, or refused."""

from __future__ import annotations

import json

import pytest

from registry.blocks import main
from registry.console.command import run_command


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "bultin"], "--from: there is no plugin 'bultin'\n  did you mean 'builtin'?"),
        (["dense_loop", "--kind", "loss"], "--kind has no effect beside the block 'dense_loop'"),
        (["dense_loop", "--from", "builtin"], "--from has no effect beside the block 'dense_loop'"),
        (["dense_loop", "--search", "x"], "--search has no effect beside the block 'dense_loop'"),
        (["--write", "pages", "--axis", "hits"], "--axis has no effect beside --write"),
        (["--write", "pages", "--json"], "--json has no effect beside --write"),
        (["dense_loop", "--write", "pages"], "NAME has no effect beside --write"),
    ],
)
def test_an_argument_without_effect_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(lambda: main(arguments)) == 2
    assert capsys.readouterr().err.startswith(message)


def test_a_kind_without_blocks_is_said_to_have_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(lambda: main(["--kind", "output"])) == 0
    assert capsys.readouterr().err == "no block of kind 'output' is installed\n"


@pytest.mark.parametrize(
    ("arguments", "there", "not_there"),
    [
        (["--search", "Distance WEIGHTED neighbours"], "message_passing", "dense_loop"),
        (["--search", "beta", "--kind", "loss"], "object_condensation", "output_heads"),
        (["--axis", "kept"], "noise_selection", "dense_loop"),
        (["--axis", "events", "--kind", "loader"], "showers", "knn"),
    ],
)
def test_blocks_are_found_by_words_and_by_axes(
    arguments: list[str], there: str, not_there: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(lambda: main([*arguments, "--json"])) == 0
    found = {name for blocks in json.loads(capsys.readouterr().out).values() for name in blocks}
    assert there in found
    assert not_there not in found


def test_an_axis_that_no_block_has_is_said_with_the_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(lambda: main(["--axis", "hitz"])) == 0
    assert capsys.readouterr().err == "no block with the axis 'hitz' is installed\n  did you mean 'hits'?\n"
