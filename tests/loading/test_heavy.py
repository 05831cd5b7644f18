"""A plugin that imports TensorFlow when it is loaded makes every check wait, and is named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("line", "named"),
    [("import keras.ops", "imports keras"), ("from registry import BlockLayer", "imports tensorflow")],
)
@pytest.mark.slow
def test_it_is_a_warning_at_the_line_of_the_import(line: str, named: str, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        f"{line}\nfrom registry import block\n\n\n"
        "@block(inputs={'x': 'hits features'}, outputs={'y': 'hits features'})\n"
        "def twice(x):\n    '''Doubles.'''\n    return 2 * x\n"
    )
    (tmp_path / "g.yaml").write_text(
        "name: g\nplugins: [slow.py]\nblocks:\n  event: {use: showers}\n  y: {use: twice, in: event.features}\n"
        "outputs: {y: y}\n"
    )
    command = [sys.executable, "-m", "registry.check", str(tmp_path / "g.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"warning: plugin '{tmp_path / 'slow.py'}' {named} when it is loaded" in done.stderr + done.stdout
    assert "import it where it is used" in done.stderr + done.stdout
