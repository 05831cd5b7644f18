"""A conversion that is killed goes on where it was, and ends with what one that is not killed writes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

import registry
from tests.converting.events import assert_equal, stored, write

KILLED = """
import os, signal
from registry.converting import writing
from registry.converting.conversion import StoredConversion
from registry.convert import main

writing.HITS_OF_A_PIECE = 1
read = StoredConversion.read

def killed(self, done):
    for number, events in enumerate(read(self, done)):
        if number == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        yield events

StoredConversion.read = killed
main(["run0.npz", "run1.npz", "run2.npz", "{out}", "--config", "run0.yaml", "--jobs", "1"])
"""


@pytest.mark.parametrize("out", ["whole.parquet", "each/*.parquet"])
def test_what_is_killed_goes_on_and_ends_with_the_same_file(
    out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        write(tmp_path, f"run{number}", [number, 4, 0], seed=number)
    monkeypatch.chdir(tmp_path)
    killed = (
        KILLED.replace("number == 2", "done == 0 and number == 0 and events.sizes[0] == 2") if "*" in out else KILLED
    )
    place = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", killed.format(out=out)], env=place, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not Path(out).exists()
    files = ["run0.npz", "run1.npz", "run2.npz"]
    made = registry.convert(files, out, config="run0.yaml")
    assert sum(file.went_on_from for file in made.files) > 0
    registry.convert(files, "unkilled.parquet", config="run0.yaml")
    assert_equal(stored(tmp_path / "unkilled.parquet.yaml"), stored(made.description))
    assert not list(tmp_path.rglob("*partial*"))


def test_a_graph_of_the_interface_is_converted_with_its_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    Path("net.yaml").write_text(
        "name: net\nconfig: events.yaml\nblocks:\n"
        '  event: {use: "${Data.loader}", with: "${Data.options.${Data.loader}}"}\noutputs: {x: event.features}\n'
    )
    graph = registry.load("net.yaml", set={"Data.options.arrays.min_hits": 2})
    made = registry.convert(graph, "out.parquet", columns=["layer"])
    assert (made.files[0].events, made.files[0].hits) == (6, 16)
    assert "min_hits: 2" in made.description.read_text()
    found = pyarrow.parquet.read_table("out.parquet")
    assert "layer" in found.column_names
    np.testing.assert_array_equal(found["layer"].combine_chunks().flatten(), np.load("events.npz")["layer"])
