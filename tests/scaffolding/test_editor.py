"""`python -m registry.new editor` writes settings with which VS Code knows the language."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from registry import InputError
from registry.new import main

PLUGIN = """
from registry import Block, Port, hookimpl


class Own(Block):
    '''Hands on what it is given.'''

    name = "own_block"
    kind = "layer"
    inputs = (Port("x", "hits features", "what is given"),)
    outputs = (Port("y", "hits features", "the same"),)

    def build(self, name):
        import keras

        return keras.layers.Identity(name=name)


@hookimpl
def register_blocks():
    return [Own]
"""
GRAPH = """
name: small
config: options.yaml
plugins: [../plugins/own.py]
blocks:
  event: {use: showers, with: {train_events: "${Own.a.b}", validation_events: 1, test_events: 1}}
  pre: {use: preprocess.none, in: event}
  own: {use: own_block, in: pre.features}
outputs: {y: own}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a graph and its plugin."""
    for name, text in {
        "plugins/own.py": PLUGIN,
        "graphs/small.yaml": GRAPH,
        "graphs/options.yaml": "Own: {a: {b: 2}}",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_plugins_of_graphs_are_known_and_other_settings_stay(project: Path) -> None:
    (project / ".vscode").mkdir()
    (project / ".vscode/settings.json").write_text('{"editor.tabSize": 2, "yaml.schemas": {"a.json": "b.yaml"}}')
    graph = str(project / "graphs/small.yaml")
    for _ in range(2):
        assert main(["editor", "--folder", str(project), "--graph", graph]) == 0
    settings = json.loads((project / ".vscode/settings.json").read_text())
    assert settings["editor.tabSize"] == 2
    assert settings["yaml.schemas"]["a.json"] == "b.yaml"
    assert "graphs/**/*.yaml" in settings["yaml.schemas"]["./.vscode/registry.schema.json"]
    schema = json.loads((project / ".vscode/registry.schema.json").read_text())
    assert {"own", "own.y", "pre.features"} <= set(schema["definitions"]["reference"]["examples"])
    assert {"${Own.a.b}", "${General.seed}"} <= set(schema["definitions"]["placeholder"]["examples"])
    valid = jsonschema.Draft7Validator(schema).is_valid
    assert valid({"blocks": {"a": {"use": "own_block", "in": {"x": "pre.features"}}}})
    assert not valid({"blocks": {"a": {"use": "own_block", "in": {"z": "pre.features"}}}})


def test_settings_with_comments_are_not_lost(project: Path) -> None:
    (project / ".vscode").mkdir()
    (project / ".vscode/settings.json").write_text('{\n  // mine\n  "editor.tabSize": 2\n}')
    with pytest.raises(InputError, match="what it says would be lost: it is no plain JSON"):
        main(["editor", "--folder", str(project)])
    assert "// mine" in (project / ".vscode/settings.json").read_text()
