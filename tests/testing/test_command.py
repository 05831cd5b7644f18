"""`python -m registry.blocks NAME --test --plugin FILE` says of an author's block what holds and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.blocks import main
from registry.contract.errors import InputError

LEAKING = '''
from typing import Any

from registry import block


@block(inputs={"x": "hits features"}, outputs={"y": "hits features"})
def shifted(x: Any) -> Any:
    """Takes the sum of all hits off."""
    from keras import ops

    return x - ops.sum(x, 0, keepdims=True)
'''


def test_what_is_broken_is_said_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "shifted.py"
    file.write_text(LEAKING)
    assert main(["shifted", "--test", "--fast", "--plugin", str(file)]) == 1
    said = capsys.readouterr().out
    assert f"events apart             BROKEN  {file}:8:" in said
    assert "try this: take `row_splits`, and sum within events" in said
    assert "graph mode               holds" in said
    assert "large events" not in said
    assert said.endswith("1 broken\n")


def test_arguments_without_effect_are_refused() -> None:
    with pytest.raises(InputError, match="--fast has no effect without --test"):
        main(["--fast"])


@pytest.mark.long
def test_several_processes_find_the_same_in_the_order_of_the_blocks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = []
    for jobs in ("1", "2"):
        page = tmp_path / f"{jobs}.md"
        assert main(["--test", "--kind", "schedule", "--jobs", jobs, "--write", str(page)]) == 0
        found.append((page.read_text(), capsys.readouterr().out))
    assert found[0] == found[1]
    assert "\n## Schedule\n" in found[0][0]
