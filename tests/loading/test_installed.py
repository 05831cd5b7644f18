"""What is wrong with an installed plugin is named, and nothing else breaks."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import registry
from registry.__main__ import main
from registry.console.discovery import commands
from registry.contract.errors import InputError, Problems
from registry.loading.blocks import Registry, find_plugins
from registry.reference.installed import PluginInfo, inventory

BLOCK = """
from registry import Block, Port, hookimpl


class Gain(Block):
    '''Hands on what it is given.'''

    name = "{name}"
    kind = "layer"
    inputs = (Port("x", "hits features", "what is given"),)
    outputs = (Port("x", "hits features", "the same"),)

    def build(self, name):
        import keras

        return keras.layers.Identity(name=name)


@hookimpl
def register_blocks():
    return [Gain]
"""
GRAPH = """
name: small
blocks:
  event: {{use: showers, with: {{train_events: 2, validation_events: 1, test_events: 1}}}}
  pre: {{use: preprocess.none, in: event}}
  block: {{use: {use}, in: pre.features}}
outputs: {{x: block}}
"""
PACKAGES = {
    "odds-one": ("registry.plugins", "odds_one", BLOCK.format(name="odds_gain"), ""),
    "odds-two": ("registry.plugins", "odds_two", BLOCK.format(name="odds_gain"), ""),
    "odds-own": ("registry.plugins", "odds_own", BLOCK.format(name="own_gain"), "registry-plugin, physics"),
    "odds-gravnet": ("registry.plugins", "odds_gravnet", BLOCK.format(name="gravnet"), ""),
    "odds-newer": ("registry.plugins", "odds_newer", "from registry import Hologram\nrequires_contract = 99\n", ""),
    "odds-later": ("registry.plugins", "odds_later", f"requires_contract = 99\n{BLOCK.format(name='later')}", ""),
    "odds-nothing": ("registry.plugins", "odds_nothing", "x = 1\n", ""),
    "odds-broken": ("registry.plugins", "odds_broken", "1 / 0\n", ""),
    "odds-command": ("registry.commands", "check", "def main(arguments): return 7\n", ""),
    "odds-empty": ("", "odds_empty", "", "registry-plugin"),
}


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Ten installed packages, one of which is as it should be."""
    for package, (group, name, text, keywords) in PACKAGES.items():
        module = package.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(text)
        facts = tmp_path / f"{module}-1.5.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.5\nKeywords: {keywords}\n")
        (facts / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}\n" if group else "")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    commands.cache_clear()
    yield tmp_path
    commands.cache_clear()
    for name in [name for name in sys.modules if name.startswith("odds_")]:
        del sys.modules[name]


def found() -> tuple[Registry, Problems]:
    problems = Problems()
    return find_plugins([], problems), problems


def by_name(graphs: str = "") -> dict[str, PluginInfo]:
    checked = [registry.load(graphs).checked] if graphs else []
    return {info.name: info for info in inventory(found()[0], checked)}


@pytest.mark.usefixtures("packages")
def test_what_is_wrong_is_a_warning_that_names_plugin_and_package() -> None:
    known, problems = found()
    assert problems.errors == []
    said = {plugin: items[0].render() for plugin, items in known.faults.items()}
    assert "block 'odds_gain' is registered by 'odds_one' and by 'odds_two'" in said["odds_two"]
    assert "block 'gravnet' is registered by 'builtin' and by 'odds_gravnet'" in said["odds_gravnet"]
    for plugin in ("odds_newer", "odds_later"):
        assert f"from the package {plugin.replace('_', '-')}) needs version 99 of the contract" in said[plugin]
    assert "plugin 'odds_nothing' does nothing" in said["odds_nothing"]
    assert "ZeroDivisionError" in said["odds_broken"]
    assert set(said) == {f"odds_{name}" for name in ("two", "gravnet", "newer", "later", "nothing", "broken")}
    assert "later" not in known.blocks


@pytest.mark.usefixtures("packages")
def test_graphs_that_use_none_of_it_are_checked_and_blocks_that_stand_for_two_are_errors(tmp_path: Path) -> None:
    for use in ("own_gain", "odds_gain"):
        (tmp_path / f"{use}.yaml").write_text(GRAPH.format(use=use))
    graph = registry.load(tmp_path / "own_gain.yaml")
    assert "block" in graph.nodes
    assert len(graph.problems) >= 6
    with pytest.raises(InputError, match="block 'odds_gain' is registered by 'odds_one' and by 'odds_two'") as caught:
        registry.load(tmp_path / "odds_gain.yaml")
    (error,) = [problem for problem in caught.value.problems if problem.severity == "error"]
    assert error.origin is not None
    assert (error.origin.line, error.node) == (6, "block")


@pytest.mark.usefixtures("packages")
def test_every_plugin_is_listed_with_where_it_is_from_and_what_it_brings(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(GRAPH.format(use="own_gain"))
    infos = by_name(str(tmp_path / "own.yaml"))
    own = infos["odds_own"]
    assert (own.package, own.version, own.blocks, own.hooks) == (
        "odds-own",
        "1.5",
        {"own_gain": 1},
        ["register_blocks"],
    )
    assert own.file.endswith("odds_own.py")
    assert (own.used, own.unused, infos["odds_one"].unused) == (["own_gain"], False, True)
    assert infos["odds-command"].others == {"commands": ["check"]}
    assert "stands for two modules: registry.check and odds_command" in infos["odds-command"].faults[0]
    assert "has the keyword registry-plugin and no entry point" in infos["odds-empty"].faults[0]
    assert "odds_broken.py:1:1" in infos["odds_broken"].faults[0]


@pytest.mark.usefixtures("packages")
def test_the_command_lists_them_and_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins"]) == 0
    said = capsys.readouterr().out
    assert "odds_own  odds-own 1.5" in said
    assert "needs version 99 of the contract of plugins; this is version 1" in said
    assert "  commands: check" in said
