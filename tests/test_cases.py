"""Bug reports that users of other tools made in public, each a runnable case, end right here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REFERENCE, ROOT

CASES = sorted(script.parent.name for script in REFERENCE.glob("cases/*/run.sh"))
RIGHT = "RIGHT"

pytestmark = [pytest.mark.long, pytest.mark.reference]


@pytest.mark.parametrize("case", CASES)
def test_a_reported_case_ends_right(case: str) -> None:
    here = str(Path(sys.executable).parent)
    environment = {**os.environ, "PROJECT": str(ROOT), "PATH": f"{here}{os.pathsep}{os.environ['PATH']}"}
    script = REFERENCE / "cases" / case / "run.sh"
    done = subprocess.run(["bash", str(script)], env=environment, capture_output=True, text=True, timeout=500)
    assert done.stdout.splitlines()[-1:] == [RIGHT], done.stdout + done.stderr
    assert "No module named 'registry'" not in done.stdout + done.stderr
