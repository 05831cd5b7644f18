"""A mistake in a plugin's declarations is named with its block, file and line, what was expected and what received."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.check import main
from registry.console.command import run_command
from registry.loading.blocks import load_registry
from registry.loading.declarations import faults

PLUGIN = """\
import sys
from dataclasses import dataclass
from registry import Block, BlockParams, Complaint, Loader, Loss, MonitorBlock, Port, Weights, hookimpl, param
from registry.contract.axes import Axis, TensorType


class Made(Block):
    \"\"\"A block of a plugin.\"\"\"

    name = "made"
    kind = "layer"
    layer = "layers:Made"
    inputs = (Port("x", "hits features", "what to take"),)
    outputs = (Port("x", "hits features", "what to give"),)

    class Params(BlockParams):
        \"\"\"One number.\"\"\"

        start: float = param(1.0, "where it starts", gt=0)

    def build(self, name):
        raise NotImplementedError


@hookimpl
def register_blocks():
    return [Made]
"""

GRAPH = """\
plugins: [mine.py]
blocks:
  event: {use: showers}
  made: {use: made, in: event.features}
  after: {use: dense_loop, in: made, with: {units: [4]}}
outputs: {x: after}
"""

OUTPUTS = '    outputs = (Port("x", "hits features", "what to give"),)'
INPUTS = OUTPUTS.replace("outputs", "inputs").replace("give", "take")
START = '        start: float = param(1.0, "where it starts", gt=0)'
RETURN = "    return [Made]"
METHOD = "    def build(self, name):"


def method(signature: str, *body: str) -> tuple[str, str]:
    """Return an edit that puts a method into the block, before `build`."""
    lines = [f"    def {signature}:", *(f"        {line}" for line in body), "", METHOD]
    return METHOD, "\n".join(lines)


def checked(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], source: str) -> str:
    """Check a graph with the plugin; return what is said of it."""
    monkeypatch.chdir(folder)
    Path("mine.py").write_text(source)
    Path("graph.yaml").write_text(GRAPH)
    monkeypatch.delitem(__import__("sys").modules, "mine", raising=False)
    status = run_command(lambda: main(["graph.yaml"]))
    said = capsys.readouterr().err
    assert (status == 2) == bool(said), said
    assert "Traceback" not in said
    return said


MISTAKES = {
    "one port": ((INPUTS, '    inputs = Port("x")'), "`inputs` is Port(", "a comma behind the single Port"),
    "a list of ports": ((INPUTS, '    inputs = [Port("x")]'), "`inputs` is [Port(", "expected a tuple of Ports"),
    "a generator": ((INPUTS, '    inputs = (Port(n) for n in "xy")'), "`inputs` is <generator", "tuple of Ports"),
    "ports by name": ((OUTPUTS, '    outputs = {"x": "hits features"}'), "(dict)", "expected a tuple of Ports"),
    "no port": ((OUTPUTS, '    outputs = ("x",)'), "`outputs` holds 'x' (str)", "expected a tuple of Ports"),
    "an unnamed port": (
        (INPUTS, '    inputs = (Port("hits features"),)'),
        "'hits features' (str)",
        "the pattern second",
    ),
    "an empty name of a port": ((INPUTS, '    inputs = (Port("", "hits 1"),)'), "port is '' (str)", "expected a name"),
    "a number for a port": ((INPUTS, "    inputs = (Port(3),)"), "the name of a port is 3 (int)", "expected a name"),
    "two ports of one name": (
        (INPUTS, '    inputs = (Port("x"), Port("x"))'),
        "two ports of the name 'x'",
        "of its own",
    ),
    "two defaults": (
        (OUTPUTS, '    outputs = (Port("x", default=True), Port("y", default=True))'),
        "several ports with default=True",
        "expected one at the most",
    ),
    "an axis": ((INPUTS, '    inputs = (Port("x", "hits ??"),)'), "cannot read the axis '??'", "expected axes such as"),
    "a target": ((INPUTS, '    inputs = (Port("x", "hits -> "),)'), "cannot read the axis ''", "expected axes such as"),
    "a pattern": ((INPUTS, '    inputs = (Port("x", 3),)'), "the pattern of port 'x' is 3 (int)", "expected axes such"),
    "a parameter of a port": (
        (OUTPUTS, '    outputs = (Port("x", "hits {strat}"),)'),
        "there is no parameter 'strat'",
        "did you mean 'start'?",
    ),
    "a dtype": ((INPUTS, '    inputs = (Port("x", "", dtype="floot32"),)'), "'floot32'", "did you mean 'float32'?"),
    "no name": (('    name = "made"\n', ""), "it states no `name`", "expected the name"),
    "a name that is a number": (('    name = "made"', "    name = 3"), "`name` is 3 (int)", "expected a text"),
    "a name of Keras": (('    name = "made"', '    name = "keras.Made"'), "'keras.Made' (str)", "does not begin with"),
    "no kind": (('    kind = "layer"\n', ""), "it states no `kind`", "expected one of loader"),
    "a misspelt kind": (
        ('    kind = "layer"', '    kind = "layre"'),
        "`kind` is 'layre' (str)",
        "did you mean 'layer'?",
    ),
    "a loss that is none": (('    kind = "layer"', '    kind = "loss"'), "`kind` is 'loss'", "made of registry.Loss"),
    "a version": (('    kind = "layer"', '    kind = "layer"\n    version = "2"'), "'2' (str)", "a whole number"),
    "a layer": (('    layer = "layers:Made"', '    layer = "layers.Made"'), "'layers.Made' (str)", '"module:Class"'),
    "no parameters": (("    class Params(BlockParams):", "    class Params:"), "the class Params", "BlockParams"),
    "parameters of an instance": ((START, START + "\n\n    Params = Params()"), "`Params` is", "BlockParams"),
    "a default of a wrong type": (
        (START, START.replace("1.0", '"one"')),
        "parameter 'start' is 'one'",
        "a valid number",
    ),
    "a default out of bounds": ((START, START.replace("1.0", "-1.0")), "is -1.0 (float)", "expected greater than 0"),
    "a misspelt attribute": ((OUTPUTS, OUTPUTS + "\n    output = outputs"), "`output` means nothing", "'outputs'?"),
    "a misspelt method": (method("weight(self)", "pass"), "`weight()` means nothing", "did you mean 'weights'?"),
    "no blocks": ((RETURN, "    return None"), "register_blocks returned None", "expected a list"),
    "a block without a list": ((RETURN, "    return Made"), "returned the class Made", "expected a list"),
    "an instance": ((RETURN, "    return [Made(Made.Params())]"), "no block", "return the class Made, not an instance"),
    "a number of blocks": ((RETURN, "    return 3"), "register_blocks returned 3 (int)", "expected a list"),
    "a hook that exits": ((RETURN, "    sys.exit('no')"), "register_blocks raised SystemExit: no", "expected a list"),
    "a hook with an argument": (("register_blocks()", "register_blocks(x)"), "takes 'x'", "expected register_blocks()"),
    "no tracking": (
        (RETURN, RETURN + "\n\n\n@hookimpl\ndef register_tracking():\n    return [3]"),
        "register_tracking returned something that is no Tracking",
        "received 3 (int)",
    ),
    "a hook in a generator": ((RETURN, "    yield 3"), "register_blocks returned something", "received 3 (int)"),
    "two blocks of one name": (
        (RETURN, '    return [Made, type("Other", (Made,), {})]'),
        "has two blocks of the name 'made': Made and Other",
        "rename one of them",
    ),
    "an exit": (("@hookimpl", "sys.exit()\n\n\n@hookimpl"), "failed to load: SystemExit", "only defines"),
    "a syntax error": (("@hookimpl", "@hookimpl)"), "failed to load: SyntaxError", "expected Python"),
    "a module that is missing": (
        ("import sys", "import nosuchmodule"),
        "No module named 'nosuchmodule'",
        "pip install",
    ),
    "a parameter without a type": ((START, '        start = param(1.0, "it")'), "PydanticUserError", "annotat"),
    "a validator": (
        (START, START.replace("float", "Annotated[float, AfterValidator(lambda value: {}[value])]")),
        "a validator of `Params` raised KeyError: 1.0",
        "expected ValueError",
    ),
}

QUESTIONS = {
    "complaints that are text": (
        method("check(self)", 'yield "wrong"'),
        "check() returned 'wrong' (str)",
        "Complaint(",
    ),
    "a text of complaints": (method("check(self)", 'return "wrong"'), "check() returned 'wrong' (str)", "Complaint("),
    "a check without self": (method("check()", "return []"), "check() raised TypeError", "Complaint("),
    "a check of something": (method("check(self, value)", "return []"), "missing 1 required positional", "Complaint("),
    "weights of nothing": (method("weights(self)", "return None"), "weights() raised TypeError", "Weights(trainable"),
    "types of nothing": (method("output_types(self)", "return {}"), "output_types() raised TypeError", "a dict of"),
    "a constructor of nothing": (method("__init__(self)", "pass"), "__init__() raised TypeError", "no exception"),
    "no complaints": (method("check(self)", "return None"), "check() returned None", "Complaint("),
    "one complaint": (
        method("check(self)", 'return Complaint("no")'),
        "check() returned Complaint(",
        "yield Complaint",
    ),
    "a check that fails": (
        method("check(self)", "raise KeyError(3)", "yield"),
        "check() raised KeyError: 3",
        "Complaint",
    ),
    "a check that exits": (
        method("check(self)", "sys.exit(0)"),
        "check() raised SystemExit: 0",
        "expected registry.Com",
    ),
    "no weights": (method("weights(self, inputs, outputs)", "return None"), "weights() returned None", "Weights(train"),
    "a number of weights": (
        method("weights(self, inputs, outputs)", "return 3"),
        "returned 3 (int)",
        "registry.Weights",
    ),
    "weights as text": (method("weights(self, inputs, outputs)", 'return Weights("3")'), "'3'", "two whole numbers"),
    "weights below 0": (method("weights(self, inputs, outputs)", "return Weights(-3)"), "trainable=-3", "0 or more"),
    "weights that fail": (method("weights(self, inputs, outputs)", "return 1 / 0"), "ZeroDivisionError", "Weights("),
    "costs": (method("multiply_adds(self, inputs, outputs)", "return None"), "multiply_adds() returned None", "number"),
    "costs that fail": (method("inner_values(self, inputs, outputs)", "raise OSError"), "raised OSError", "a finite"),
    "no types": (
        method("output_types(self, inputs, bindings, node)", "pass"),
        "output_types() returned None",
        "a dict",
    ),
    "types without names": (
        method("output_types(self, inputs, bindings, node)", 'return inputs["x"]'),
        "output_types() returned TensorType(",
        "expected a dict of registry.contract.axes.TensorType by",
    ),
    "axes that are text": (
        method("output_types(self, inputs, bindings, node)", 'return {"x": TensorType(("hits", 3))}'),
        "returned ('hits', 3) (tuple)",
        "expected axes as a tuple",
    ),
    "types that fail": (
        method("output_types(self, inputs, bindings, node)", 'return {"x": inputs["y"]}'),
        "output_types() raised KeyError: 'y'",
        "expected a dict",
    ),
    "a constructor": (method("__init__(self, params)", "self.p = params"), "its `params` are None", "super().__init__"),
    "a constructor that fails": (
        method("__init__(self, params)", "raise OSError"),
        "__init__() raised OSError",
        "check()",
    ),
}


def edited(edit: tuple[str, str]) -> str:
    """Return the source of the plugin with a mistake in it."""
    source = PLUGIN.replace(*edit, 1)
    assert source != PLUGIN
    return (
        "from typing import Annotated; from pydantic import AfterValidator\n" + source if "Annot" in source else source
    )


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_declaration_is_named_with_file_and_line(
    mistake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    edit, *fragments = MISTAKES[mistake]
    said = checked(tmp_path, monkeypatch, capsys, edited(edit))
    assert said.count("\nmine.py:") + said.startswith("mine.py:") == 1, said
    assert "plugin 'mine.py'" in said
    for fragment in fragments:
        assert fragment in said, said


@pytest.mark.parametrize("mistake", QUESTIONS)
def test_what_a_block_answers_wrong_is_named_with_block_node_file_and_line(
    mistake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    edit, *fragments = QUESTIONS[mistake]
    source = edited(edit)
    said = checked(tmp_path, monkeypatch, capsys, source)
    head = said.splitlines()[0]
    assert head.startswith("mine.py:"), said
    assert ": made: block 'made' of the plugin 'mine.py': " in head, said
    line = int(head.split(":")[1])
    name = edit[1].strip().partition("(")[0].removeprefix("def ")
    lines = source.splitlines()
    first = next(number for number, text in enumerate(lines, 1) if f"def {name}(" in text)
    assert first <= line <= first + 1, said
    assert "used at graph.yaml:4:3" in said
    for fragment in fragments:
        assert fragment in said, said


def test_the_declarations_of_the_built_in_blocks_hold_what_is_asked_of_every_plugin() -> None:
    wrong = {block.name: faults(block) for block in load_registry().blocks.values()}
    assert len(wrong) > 60
    assert not any(wrong.values()), wrong


def test_a_plugin_without_mistakes_is_checked_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checked(tmp_path, monkeypatch, capsys, PLUGIN) == ""


def test_a_validator_that_fails_is_named_wherever_the_parameter_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    field = START.replace("float", "Annotated[float, AfterValidator(lambda value: value or [][0])]").replace("gt", "ge")
    monkeypatch.setattr(f"{__name__}.GRAPH", f"defaults: {{made: {{start: 0.0}}}}\n{GRAPH}")
    source = edited((START, field))
    said = checked(tmp_path, monkeypatch, capsys, source)
    line = next(number for number, text in enumerate(source.splitlines(), 1) if text == field)
    assert "a validator of the parameters raised IndexError: list index out of range" in said
    assert f"mine.py:{line}:" in said


WITHOUT_EFFECT = {
    "a parameter in the block": (
        (METHOD, f"    units: int = param(4, 'width')\n\n{METHOD}"),
        "stands in the block itself",
    ),
    "Params under another name": (
        ("class Params(", "class Parameters("),
        "it has the class Parameters, but no `Params`",
    ),
    "terms of a layer": (
        (METHOD, f"    terms = ('a',)\n\n{METHOD}"),
        "`terms` means nothing for a block of kind 'layer'",
    ),
    "open() of a layer": (
        method("open(self, seed)", "return None"),
        "`open` means nothing for a block of kind 'layer'",
    ),
    "a type for a value": (('layer = "layers:Made"', "positional: True"), "`positional` has a type, but no value"),
    "a hook without its mark": (
        (RETURN, f"{RETURN}\n\n\ndef stage_started(run, stage):\n    pass"),
        "the function stage_started is not marked `@hookimpl`",
    ),
    "no hook with its mark": (("@hookimpl\n", ""), "the function register_blocks is not marked `@hookimpl`"),
}


@pytest.mark.parametrize("mistake", WITHOUT_EFFECT)
def test_a_declaration_that_does_nothing_is_refused_with_file_and_line(
    mistake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    edit, fragment = WITHOUT_EFFECT[mistake]
    said = checked(tmp_path, monkeypatch, capsys, edited(edit))
    assert fragment in said, said
    assert said.startswith("mine.py:"), said
