"""A run whose network has functions, a transform and an installed layer becomes a script with its weights."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from registry.contract.errors import InputError
from registry.eject import main
from tests.functions import write
from tests.training.helpers import train

pytestmark = [pytest.mark.slow, pytest.mark.long]

COMPARE = """
import importlib.util, json, sys
import numpy as np

spec = importlib.util.spec_from_file_location("ejected", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
assert "registry" not in sys.modules
found = module.load()(dict(np.load(sys.argv[2])), training=False)
np.savez(sys.argv[3], **{name: np.asarray(value) for name, value in found.items()})
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in a folder, and what `registry.eject run:ID` makes of it."""
    place = tmp_path_factory.mktemp("run")
    write(place)
    done = train(place, "graph.yaml", "--set", "General.tracker=folder", PYTHONPATH=str(place / "site"))
    assert done.returncode == 0, done.stderr
    return place


def test_the_script_of_a_run_says_what_its_model_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import registry

    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder / "site"))
    monkeypatch.setenv("PYTHONPATH", str(folder / "site"))
    (run,) = (folder / "mlruns" / "runs").iterdir()
    identifier = json.loads((run / "run.json").read_text()).get("id", run.name)
    assert main([f"run:{identifier}", "-o", "model.py"]) == 0
    model = registry.load_model(f"run:{identifier}", plugins=["kept"])
    events = registry.load("graph.yaml").source().read("test", np.arange(1), None)
    columns = {f"event.{name}": array for name, array in events.items()}
    given = {name: columns[name] for name in model.input}
    np.savez("given.npz", **given)
    environment = {**os.environ, "PYTHONPATH": str(folder / "site")}
    command = [sys.executable, "-c", COMPARE, "model.py", "given.npz", "found.npz"]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    wanted = model(given, training=False)
    with np.load("found.npz") as found:
        for name, value in wanted.items():
            np.testing.assert_allclose(found[name], np.asarray(value), atol=1e-6)


def test_functions_and_installed_layers_are_lines_of_the_script(folder: Path) -> None:
    text = (folder / "model.py").read_text()
    assert "def widen(x, units: Annotated" in text
    assert "@registry" not in text
    assert "import registry" not in text
    assert "from groupnet import Twice" in text
    lines = [line.strip() for line in text.splitlines()]
    assert 'wide = FunctionLayer(partial(widen, units=6, rate=0.1), name="wide")(x=squeezed["features"])' in lines
    assert 'twice = ImportedLayer(Twice(units=3), name="twice")(again)' in lines
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "model.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_a_class_that_is_made_in_a_function_is_refused_at_its_line(tmp_path: Path) -> None:
    from tests.contract.test_function_block import IN_ONE_FILE, ONE_FILE

    (tmp_path / "one_file.py").write_text(ONE_FILE)
    (tmp_path / "one_file.yaml").write_text(IN_ONE_FILE)
    with pytest.raises(InputError, match="is made in a function: it cannot be written out") as caught:
        main([str(tmp_path / "one_file.yaml"), "-o", str(tmp_path / "model.py")])
    assert "one_file.py:" in str(caught.value)
