"""What hooks of plugins return is used, or refused at the line of the plugin; one that raises is named with it."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import registry
from registry.__main__ import main
from registry.console.discovery import commands
from registry.contract import hooks as hookspecs
from registry.contract.errors import InputError, Problem, RunError
from registry.drawing.geometry import lay_out
from registry.drawing.mermaid import mermaid_scene
from registry.drawing.png import png
from registry.drawing.scene import build_scene
from registry.drawing.svg import svg
from registry.loading.blocks import load_registry
from registry.reference.installed import inventory
from registry.reporting.page import page
from registry.reporting.plugin_sections import plugin_sections
from registry.reporting.record import RunRecord
from registry.training.events import open_data
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.stage_plan import planned_stages
from tests.docs.blocks import blocks

ROOT = Path(__file__).resolve().parents[2]
HOOKS = {name: hook for name, hook in vars(hookspecs).items() if hasattr(hook, "registry_spec")}
RECORD = RunRecord("run", "FINISHED")

GRAPH = """\
name: small
config: options.yaml
plugins: [{plugins}]
blocks:
  event: {{use: showers, with: {{train_events: 2, validation_events: 1, test_events: 1, max_showers: 3}}}}
  dense: {{use: dense_loop, in: event.features, with: {{units: [4]}}}}
  heads: {{use: output_heads, in: dense, with: {{n_ccoords: 2}}}}
  loss: {{use: not_noise, in: {{score: heads.beta, truth_index: event.truth_index}}}}
outputs: {{beta: heads.beta}}
"""
OPTIONS = "Training: [{batch_size: 5000, learning_rate: 1.0e-3, epochs: 1}]\n"
HEAD = "import registry\nfrom registry import hookimpl\n\n\n"


def hook(name: str, body: str, marks: str = "") -> str:
    """Return the text of a plugin with one hook, whose line 6 is its name."""
    arguments = ", ".join(inspect.signature(HOOKS[name]).parameters)
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{HEAD}@hookimpl{marks}\ndef {name}({arguments}):\n{lines}"


def opened(folder: Path, *texts: str) -> CheckedGraph:
    """Open a graph with plugins of these texts, one.py, two.py, ..."""
    names = ("one", "two", "three")[: len(texts)]
    for name, text in zip(names, texts, strict=True):
        (folder / f"{name}.py").write_text(text)
    (folder / "options.yaml").write_text(OPTIONS)
    (folder / "graph.yaml").write_text(GRAPH.format(plugins=", ".join(f"{name}.py" for name in names)))
    return registry.load(str(folder / "graph.yaml")).checked


def test_every_hook_is_documented_with_its_arguments_and_has_an_example_that_runs() -> None:
    page = (ROOT / "docs" / "hooks.md").read_text()
    pages = [ROOT / "docs" / "hooks.md", ROOT / "docs" / "plugins.md", *(ROOT / "docs" / "plugins").glob("*.md")]
    run = [code.text for page in pages for code in blocks(page) if code.language == "python" and not code.reason]
    for name, hook in HOOKS.items():
        signature = f"`{name}({', '.join(inspect.signature(hook).parameters)})`"
        assert (hook.__doc__ or "").strip().endswith("."), name
        assert "Any" not in str(inspect.signature(hook)), name
        assert f"| {signature} |" in page, f"docs/hooks.md lacks {signature}"
        assert any(f"\ndef {name}(" in f"\n{text}" for text in run), f"no example of {name} is run by the documentation"


# What goes wrong.

WRONG = {
    "graph_expanded": ("return graph", "nothing: the graph is changed in place"),
    "schedule_made": ("return 0.1", "a registry.Schedule, or nothing to keep the one given"),
    "node_style": ("return '#ff0000'", "a registry.NodeStyle, or nothing to leave the node as it is"),
    "batch_read": ("return [columns]", "a dict of arrays by column, or nothing to leave them as they are"),
    "page_sections": ("return 'text'", "a list of registry.PageSection; `return []` for none"),
    "register_commands": ("return {}", "a list of registry.Command; `return []` for none"),
    "register_blocks": ("return 3", "a list: `return [...]`"),
    "register_tracking": ("return 3", "a list: `return [...]`"),
    "training_callbacks": ("return [3]", "a list of registry.Callback; `return []` for none"),
    "register_trackers": ("return [3]", "a list of registry.Tracker; `return []` for none"),
    "model_compiled": ("return 3", "nothing"),
    "data_ready": ("return 3", "nothing"),
    "optimizer_made": ("return 3", "nothing"),
    "stage_started": ("return 3", "nothing"),
    "stage_ended": ("return 3", "nothing"),
    "before_save": ("return 3", "nothing"),
    "run_ended": ("return 3", "nothing"),
}


def said(name: str, folder: Path, text: str) -> str:
    """Return what is said where a hook of a plugin is called as the engine calls it."""
    from registry.training.observers import call_hook, items_of_plugins
    from registry.training.session import is_callback, is_tracker

    try:
        checked = opened(folder, text)
        known = checked.registry
        if name == "node_style":
            build_scene(checked)
        elif name == "batch_read":
            open_data(checked.loader, 0, known)
        elif name == "page_sections":
            return plugin_sections(RECORD, known)[1][0].render()
        elif name == "register_commands":
            assert main(["--plugin", str(folder / "one.py"), "check", str(folder / "graph.yaml")]) == 0
            from registry.loading.plugin_commands import plugin_commands

            return plugin_commands(known, commands())[1][0].render()
        elif name == "training_callbacks":
            items_of_plugins(known, name, "registry.Callback", is_callback, run=None)
        elif name == "register_trackers":
            items_of_plugins(known, name, "registry.Tracker", is_tracker, run=None)
        else:
            call_hook(known, name, **dict.fromkeys(inspect.signature(HOOKS[name]).parameters))
    except (InputError, RunError) as error:
        return str(error)
    raise AssertionError(f"{name}: nothing is said")


def test_every_hook_is_tried_here() -> None:
    assert set(WRONG) == set(HOOKS)


@pytest.mark.parametrize("name", WRONG)
def test_what_a_hook_does_not_take_is_refused_at_its_line(name: str, tmp_path: Path) -> None:
    body, expected = WRONG[name]
    found = said(name, tmp_path, hook(name, body))
    assert "one.py" in found
    assert f"its hook {name} returned " in found
    assert "one.py:6:5" in found
    assert f"expected {expected}" in found


@pytest.mark.parametrize("name", WRONG)
def test_a_hook_that_raises_is_named_with_plugin_file_and_line(name: str, tmp_path: Path) -> None:
    found = said(name, tmp_path, hook(name, "raise KeyError('widths')"))
    assert "one.py" in found
    assert name in found
    assert "KeyError: 'widths'" in found
    assert "one.py:7:" in found
    assert "Traceback" not in found


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with a plugin whose hooks all raise an error of the tool's own."""
    site = tmp_path / "site"
    facts = site / "hooked-2.5.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: hooked\nVersion: 2.5\n")
    (facts / "entry_points.txt").write_text("[registry.plugins]\nhooked = hooked_plugin\n")
    bodies = [
        hook(name, "raise registry.RunError('mine')").removeprefix(HEAD)
        for name in ("graph_expanded", "model_compiled", "node_style", "register_commands", "page_sections")
    ]
    (site / "hooked_plugin.py").write_text(HEAD + "\n\n".join(bodies))
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    monkeypatch.delitem(sys.modules, "hooked_plugin", raising=False)
    return tmp_path


def test_the_distribution_of_a_hook_that_raises_is_named(installed: Path) -> None:
    with pytest.raises(InputError, match="hook graph_expanded failed: RunError: mine") as caught:
        opened(installed)
    assert "it belongs to the plugin 'hooked' of the package hooked 2.5" in str(caught.value)
    assert "hooked_plugin.py:7:" in str(caught.value)


def test_a_wrapper_of_other_hooks_is_an_error(tmp_path: Path) -> None:
    text = hook("model_compiled", "result = yield\nreturn result", "(wrapper=True)")
    with pytest.raises(InputError, match="its hook model_compiled is a wrapper of other plugins' functions"):
        opened(tmp_path, text)


# The graph.


def test_a_hook_that_leaves_what_is_no_node_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="its hook graph_expanded left 3 under the path 'dense'"):
        opened(tmp_path, hook("graph_expanded", "graph.nodes['dense'] = 3"))


def test_a_hook_changes_a_node(tmp_path: Path) -> None:
    body = "import dataclasses\nnode = graph.nodes['dense']\n"
    body += "graph.nodes['dense'] = dataclasses.replace(node, trainable=False)"
    assert not opened(tmp_path, hook("graph_expanded", body)).nodes["dense"].written.trainable


# Schedules.

HALVED = """
class Halved(registry.Schedule):
    '''Half of another one.'''

    name = "halved"

    def value(self, progress, state):
        return {value}


@hookimpl{marks}
def schedule_made(stage, schedule):
    halved = Halved(Halved.Params())
    halved.inner = schedule
    return halved
"""


def halved(value: str = "self.inner.at(progress, state) / 2", marks: str = "") -> str:
    return HEAD + HALVED.format(value=value, marks=marks)


def test_schedules_are_handed_from_plugin_to_plugin_and_planned(tmp_path: Path) -> None:
    checked = opened(tmp_path, halved(), halved("self.inner.at(progress, state) - 1.0e-4", "(tryfirst=True)"))
    (stage,) = planned_stages(checked)
    assert stage.rates == pytest.approx([4.5e-4] * len(stage.rates))
    assert stage.does["learning rate"].startswith("0.001; another one by the plugin '")


def test_a_schedule_of_a_plugin_that_is_no_rate_is_an_error_of_the_check(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"value\(\) at 0.00 of the stage returned -1") as caught:
        opened(tmp_path, halved("-1"))
    assert "schedule 'halved' of the plugin" in str(caught.value)
    assert "one.py:" in str(caught.value)


# Drawings.

STYLED = hook(
    "node_style", "if block.kind == 'layer':\n    return registry.NodeStyle('#123456', '#abcdef', note='mine')"
)


def test_a_style_is_in_every_form_of_drawing(tmp_path: Path) -> None:
    checked = opened(tmp_path, STYLED)
    scene = build_scene(checked)
    drawn = svg(lay_out(scene))
    assert 'style="fill:#123456;stroke:#abcdef"' in drawn
    assert 'style="fill:#ffffff">mine</text>' in drawn
    assert "fill:#123456,stroke:#abcdef,color:#ffffff" in mermaid_scene(scene, {})
    plain = build_scene(opened(tmp_path, HEAD + "@hookimpl\ndef register_blocks(): return []\n"))
    assert png(lay_out(scene)) != png(lay_out(plain))
    assert "style=" not in svg(lay_out(plain))


def test_the_first_plugin_that_says_something_styles_a_node(tmp_path: Path) -> None:
    other = hook("node_style", "return registry.NodeStyle('#ffffff')", "(trylast=True)")
    boxes = build_scene(opened(tmp_path, STYLED, other)).root.boxes()
    fills = {box.path: box.style.fill for box in boxes}
    assert (fills["dense"], fills["event"]) == ("#123456", "#ffffff")


@pytest.mark.parametrize("colour", ["red", "#12345", "#zzzzzz"])
def test_a_colour_that_is_none_is_refused(colour: str, tmp_path: Path) -> None:
    checked = opened(tmp_path, hook("node_style", f"return registry.NodeStyle(line={colour!r})"))
    with pytest.raises(InputError, match="whose 'line' is a colour such as"):
        build_scene(checked)


# Batches.

SMALLER = """
splits = columns["row_splits"]
kept = [column for column in range(splits[-1]) if column % 2 == 0]
import numpy as np
fewer = np.searchsorted(kept, splits).astype("int32")
return {**{name: array[kept] for name, array in columns.items() if name != "row_splits"}, "row_splits": fewer}
"""
IN_TRAINING = "if epoch is None:\n    return None\n"


def read(checked: CheckedGraph, epoch: int | None) -> dict[str, np.ndarray]:
    return dict(open_data(checked.loader, 0, checked.registry).read("train", np.arange(2), epoch))


def test_a_batch_may_lose_hits_in_training_and_nowhere_else(tmp_path: Path) -> None:
    checked = opened(tmp_path, hook("batch_read", IN_TRAINING + SMALLER))
    whole, fewer = read(checked, None), read(checked, 0)
    assert (whole["row_splits"][-1] + 1) // 2 == fewer["row_splits"][-1] == len(fewer["features"])


def test_batches_are_handed_from_plugin_to_plugin(tmp_path: Path) -> None:
    change = IN_TRAINING + "return {{**columns, 'features': columns['features'] {} }}"
    texts = [hook("batch_read", change.format(what)) for what in ("* 0 + 1", "+ 2")]
    # The one that was loaded last is asked first.
    assert read(opened(tmp_path, *texts), 0)["features"].min() == 1
    assert read(opened(tmp_path, *texts[::-1]), 0)["features"].min() == 3


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (IN_TRAINING + "return {}", "without the column"),
        (IN_TRAINING + "return {**columns, 'further': 1}", "with the unknown column 'further'"),
        (IN_TRAINING + "return {**columns, 'features': columns['features'][:, :2]}", "has the shape"),
        (IN_TRAINING + "columns['features'][:] = 0", "read-only"),
        ("return columns", "expected nothing outside a training epoch"),
    ],
)
def test_columns_that_cannot_take_the_place_of_others_are_refused(body: str, message: str, tmp_path: Path) -> None:
    checked = opened(tmp_path, hook("batch_read", body))
    with pytest.raises(InputError, match=message) as caught:
        read(checked, 0)
    assert "one.py:" in str(caught.value)


# Pages.


def test_sections_stand_behind_those_of_the_page_and_are_escaped(tmp_path: Path) -> None:
    body = "return [registry.PageSection('Curves', 'a < b', ('x',), [('1 < 2',)], '<b>own</b>')]"
    sections, faults = plugin_sections(RECORD, opened(tmp_path, hook("page_sections", body)).registry)
    assert faults == []
    made = page(RECORD, further=sections)
    assert "<p>a &lt; b</p>" in made
    assert "<td>1 &lt; 2</td>" in made
    assert "<b>own</b>" in made


def test_a_section_that_fails_is_said_and_the_others_are_there(tmp_path: Path) -> None:
    good = hook("page_sections", "return [registry.PageSection('Mine', run.name)]")
    checked = opened(tmp_path, good, hook("page_sections", "1 / 0"))
    sections, faults = plugin_sections(RECORD, checked.registry)
    assert [title for title, _ in sections] == ["Mine", "Plugins that failed"]
    assert [fault.severity for fault in faults] == ["warning"]
    assert "ZeroDivisionError" in page(RECORD, further=sections)


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("registry.PageSection('', 'text')", "the title not empty"),
        ("registry.PageSection('a', rows=[(1,)], names=['x'])", "are texts"),
        ("registry.PageSection('a', rows=[('1', '2')], names=['x'])", "every row has 1 cells"),
        ("registry.PageSection('a', html='<img src=\"https://a.b/c.png\">')", "fetches nothing"),
        ("registry.PageSection('a', html='<script src=//a.b/c.js></script>')", "fetches nothing"),
        ("'text'", "not of str"),
    ],
)
def test_a_section_that_cannot_be_shown_is_refused(section: str, expected: str, tmp_path: Path) -> None:
    checked = opened(tmp_path, hook("page_sections", f"return [{section}]"))
    (fault,) = plugin_sections(RECORD, checked.registry)[1]
    assert expected in fault.render()
    assert isinstance(fault, Problem)


# Commands.

COMMAND = """
def parser():
    import argparse

    made = argparse.ArgumentParser()
    made.add_argument("word")
    return made


def main(arguments):
    print(parser().parse_args(arguments).word)
    return {status}


@hookimpl
def register_commands():
    return [registry.Command({name!r}, "say a word", main, parser)]
"""


def command(folder: Path, name: str = "say", status: str = "3") -> str:
    file = folder / "speaking.py"
    file.write_text(HEAD + COMMAND.format(name=name, status=status))
    return str(file)


def test_a_command_of_a_plugin_file_is_called_and_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugin = command(tmp_path)
    assert main(["--plugin", plugin, "say", "hello"]) == 3
    assert capsys.readouterr().out == "hello\n"
    assert main([f"--plugin={plugin}"]) == 0
    assert "say a word" in capsys.readouterr().out


def test_a_command_that_there_is_already_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugin = command(tmp_path, "check")
    assert main(["--plugin", plugin]) == 0
    shown = capsys.readouterr()
    assert "the command 'check' is there already: it comes from the tool" in shown.err
    assert "say a word" not in shown.out


def test_the_list_of_plugins_says_what_is_wrong_with_commands(tmp_path: Path) -> None:
    known = load_registry([(command(tmp_path, "check"), None)])
    (info,) = [info for info in inventory(known) if info.name.endswith("speaking.py")]
    assert info.hooks == ["register_commands"]
    assert ["the command 'check' is there already" in fault for fault in info.faults] == [True]


def test_a_command_that_returns_no_status_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--plugin", command(tmp_path, status="'done'"), "say", "x"]) == 1
    error = capsys.readouterr().err
    assert "command 'say': main() returned 'done' (str)" in error
    assert "speaking.py:" in error


@pytest.mark.slow
def test_the_list_of_commands_imports_no_tensorflow(tmp_path: Path) -> None:
    code = (
        "import sys; from registry.__main__ import main; "
        f"main(['--plugin', {command(tmp_path)!r}]); print('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("False")
