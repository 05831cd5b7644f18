"""docs/faults.md says of every known fault what holds here: held to the tests and parameters that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from registry.loading.blocks import load_registry
from tests.conftest import ROOT

FAULTS = [*(f"Q-{number}" for number in range(1, 55)), *(f"P-{number}" for number in range(1, 24))]
STATES = ("fixed", "does not apply: ")
DROPPED = {"float", "bool", "int", "object", "str", "NaN", "Inf", "float_", "product", "cumproduct", "in1d"}
"""Names that NumPy has dropped, or dropped once."""


class Row(NamedTuple):
    """What the table says of one fault."""

    fault: str
    here: str
    tests: list[str]
    switches: list[str]


def rows() -> list[Row]:
    lines = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8").splitlines()
    found = []
    for line in lines:
        if line.startswith(("| Q-", "| P-")):
            fault, _, here, shown = (cell.strip() for cell in line.strip("|").split("|"))
            switches = re.findall(r"`([\w.]+)`", here) if "kept for old weights" in here else []
            found.append(Row(fault, here, re.findall(r"`([^`]+)`", shown), switches))
    return found


ROWS = rows()


def answers() -> list[tuple[str, ...]]:
    """Return kind, example, answer and tests of every row of the tables of what can go wrong here."""
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8").partition("## What can go wrong here")[2]
    lines = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| kind ")]
    return [tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))) for line in lines]


ANSWERS = answers()


@cache
def functions_of(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def test_every_fault_has_a_row_in_order() -> None:
    assert [row.fault for row in ROWS] == FAULTS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
def test_a_row_says_what_holds_and_what_is_fixed_is_shown(row: Row) -> None:
    assert row.here.startswith(STATES)
    assert bool(row.tests) == row.here.startswith("fixed")


def test_every_kind_of_mishap_has_an_example_an_answer_and_a_test() -> None:
    assert len(ANSWERS) > 80
    for row in ANSWERS:
        assert len(row) == 4
        assert all(row), row


def test_no_kind_of_mishap_is_answered_twice() -> None:
    kinds = [row[0] for row in ANSWERS]
    assert len(kinds) == len(set(kinds))


NAMED = {name for row in ROWS for name in row.tests} | {
    name for row in ANSWERS for name in re.findall(r"`([^`]+::[^`]+)`", row[-1])
}


@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_test_that_is_named_exists(name: str) -> None:
    file, _, function = name.partition("::")
    assert function in functions_of(ROOT / file)


@pytest.mark.parametrize("switch", [switch for row in ROWS for switch in row.switches])
def test_a_switch_is_a_parameter_of_its_block(switch: str) -> None:
    block, _, parameter = switch.rpartition(".")
    assert parameter in load_registry().blocks[block].Params.model_fields


def test_every_switch_is_in_the_table() -> None:
    blocks = load_registry().blocks.values()
    legacy = {f"{block.name}.{name}" for block in blocks for name in block.Params.model_fields if "legacy" in name}
    assert legacy <= {switch for row in ROWS for switch in row.switches}


def test_no_name_that_numpy_has_dropped_is_used() -> None:
    used = [
        f"{path.relative_to(ROOT)}:{node.lineno} np.{node.attr}"
        for path in sources("registry", "plugins", "benchmarks", "tests")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("np", "numpy")
        if node.attr in DROPPED
    ]
    assert not used


def test_no_block_prints() -> None:
    printing = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources("plugins")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "tf.print", "keras.ops.print")
    ]
    assert not printing
