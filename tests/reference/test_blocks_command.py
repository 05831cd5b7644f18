"""What `registry.blocks` is asked for is done, or refused."""

from __future__ import annotations

import pytest

from registry.blocks import main
from registry.console.command import run_command


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "bultin"], "--from: there is no plugin 'bultin'\n  did you mean 'builtin'?"),
        (["dense_loop", "--kind", "loss"], "--kind has no effect beside the block 'dense_loop'"),
        (["dense_loop", "--from", "builtin"], "--from has no effect beside the block 'dense_loop'"),
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
