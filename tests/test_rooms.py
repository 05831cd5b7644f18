"""A new layer, command, data format or drawing format is one file or package more, and no edit elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.text_events import LOADER

ROOT = Path(__file__).resolve().parents[1]

BLOCKS = '''
from registry import Block, Port, hookimpl


class Negate(Block):
    """Every number with the other sign."""

    name = "negate"
    kind = "layer"
    layer = "extra_rooms.negate_layer:Negate"
    inputs = (Port("x", "hits features", "numbers"),)
    outputs = (Port("x", "hits features", "negated"),)


@hookimpl
def register_blocks():
    from extra_rooms.text_events import TextEvents

    return [Negate, TextEvents]
'''

LAYER = """
import keras

from extra_rooms.blocks import Negate as Declared
from registry import BlockLayer


@keras.saving.register_keras_serializable("extra_rooms")
class Negate(BlockLayer):
    block = Declared

    def call(self, x):
        return -x
"""

DRAWING = """
def draw(scene, theme, marks, note):
    return "\\n".join(box.path for box in scene.root.boxes())
"""

PREDICTIONS = """
def write(file, table):
    file.write_text(f"{table.name} {table.rows}")
"""

COMMAND = '''"""`python -m extra_rooms.count GRAPH`: counts the nodes of a graph."""

import argparse

from registry.wiring.arguments import graph_parser, open_from


def main(arguments=None):
    print(len(open_from(parser().parse_args(arguments)).nodes), "nodes")
    return 0


def parser():
    return graph_parser("extra_rooms.count", "count the nodes of a graph")
'''

ENTRY_POINTS = """[registry.plugins]
extra = extra_rooms.blocks

[registry.drawings]
paths = extra_rooms.paths

[registry.predictions]
rows = extra_rooms.rows

[registry.commands]
count = extra_rooms.count
"""

GRAPH = """
name: extra
blocks:
  event: {use: text_events, with: {file: events.txt}}
  turned: {use: negate, in: event.features}
outputs: {x: turned, row_splits: event.row_splits}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with another package, installed beside the tool, and a graph that uses what it brings."""
    folder = tmp_path_factory.mktemp("extra")
    package, facts = folder / "packages" / "extra_rooms", folder / "packages" / "extra_rooms-1.0.dist-info"
    files = {"blocks": BLOCKS, "negate_layer": LAYER, "text_events": LOADER}
    files |= {"paths": DRAWING, "rows": PREDICTIONS, "count": COMMAND}
    for place in (package, facts):
        place.mkdir(parents=True)
    for name, text in {"__init__": "", **files}.items():
        (package / f"{name}.py").write_text(text)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: extra-rooms\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(ENTRY_POINTS)
    (folder / "graph.yaml").write_text(GRAPH)
    (folder / "events.txt").write_text("1 2\n3 4\n\n5 6\n\n7 8\n")
    return folder


def run(folder: Path, *arguments: str) -> str:
    paths = [str(folder / "packages"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=folder, env=environment, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_command_of_another_package_runs(folder: Path) -> None:
    assert run(folder, "-m", "registry", "count", "graph.yaml") == "2 nodes\n"


def test_a_drawing_format_of_another_package_is_drawn(folder: Path) -> None:
    run(folder, "-m", "registry", "render", "graph.yaml", "-o", "graph.paths")
    assert {"event", "turned"} <= set((folder / "graph.paths").read_text().split())
    assert ".paths" in run(folder, "-m", "registry", "render", "--help")


def test_a_format_of_predictions_of_another_package_is_written(folder: Path) -> None:
    program = (
        "from pathlib import Path; from registry.inference.files import endings, write_table\n"
        "from registry.inference.tables import Table; print('.rows' in endings())\n"
        "write_table(Path('out.rows'), Table('hits', {}, 3, lambda: iter(())))"
    )
    assert run(folder, "-c", program) == "True\n"
    assert (folder / "out.rows").read_text() == "hits 3"


@pytest.mark.slow
def test_a_layer_and_a_data_format_of_another_package_compute(folder: Path) -> None:
    program = (
        "import numpy as np; from registry.wiring.opening import open_graph\n"
        "from registry.compiling.model import compile_graph\n"
        "graph = open_graph('graph.yaml'); source = graph.loader.block.open(1)\n"
        "columns = source.read('train', np.arange(2), None); model = compile_graph(graph).inference\n"
        "print(np.asarray(model({f'event.{name}': column for name, column in columns.items()})['x']).tolist())"
    )
    assert run(folder, "-c", program).splitlines()[-1] == "[[-1.0, -2.0], [-3.0, -4.0], [-5.0, -6.0]]"


def test_a_folder_beside_the_built_in_blocks_is_a_block(tmp_path: Path) -> None:
    import shutil

    family = tmp_path / "registry" / "plugins" / "layers"
    shutil.copytree(ROOT / "registry", tmp_path / "registry", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "plugins", tmp_path / "registry" / "plugins", ignore=shutil.ignore_patterns("__pycache__"))
    (family / "negate").mkdir()
    (family / "negate" / "__init__.py").write_text("")
    declared = BLOCKS.partition("@hookimpl")[0].replace("extra_rooms.negate_layer", "nowhere")
    (family / "negate" / "block.py").write_text(f"{declared}\n\nBLOCKS = (Negate,)\n")
    program = "import registry.plugins as found; print('negate' in [block.name for block in found.register_blocks()])"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, env=environment, check=True
    )
    assert done.stdout == "True\n"
