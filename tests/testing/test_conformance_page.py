"""docs/conformance.md tells of every built-in block and every law, and of none that is broken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.testing.kit import all_laws
from registry.testing.page import BROKEN, HEAD, HOLDS
from tests.plugins.built_in import built_in_blocks

FILE = Path(__file__).resolve().parents[2] / "docs" / "conformance.md"
AGAIN = "python -m registry.blocks --test --jobs 2 --write docs/conformance.md"
if not FILE.is_file():
    pytest.skip(f"there is no page yet: {AGAIN}, and a line in mkdocs.yml", allow_module_level=True)
PAGE = FILE.read_text(encoding="utf-8")


def sections() -> Iterator[tuple[str, list[list[str]], dict[str, str]]]:
    """Yield each kind with the rows of its table, the first of them the names of laws, and the reasons by number."""
    for section in PAGE.split("\n## ")[2:]:
        title, _, text = section.partition("\n")
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
        yield title.lower(), [rows[0], *rows[2:]], dict(re.findall(r"^(\d+)\. (.*)$", text, re.MULTILINE))


def test_it_lists_every_law() -> None:
    rows = "".join(f"| {law.name} | {law.concerns} | {law.demand} |\n" for law in all_laws())
    assert PAGE.startswith(HEAD + rows + "\n## "), AGAIN


def test_it_lists_every_built_in_block_under_its_kind() -> None:
    listed = {(kind, row[0].strip("`")) for kind, rows, _ in sections() for row in rows[1:]}
    assert listed == {(block.kind, block.name) for block in built_in_blocks()}, AGAIN


def test_a_kind_has_a_column_for_every_law_that_can_be_asked_of_it() -> None:
    for kind, rows, _ in sections():
        wanted = [law.name for law in all_laws() if not law.group.kinds or kind in law.group.kinds]
        assert rows[0] == ["block", *wanted], f"{kind}: {AGAIN}"


def test_every_law_holds_or_has_a_reason_why_not() -> None:
    for kind, rows, reasons in sections():
        for row in rows[1:]:
            assert BROKEN not in row, (kind, row[0])
            for cell in set(row[1:]) - {HOLDS}:
                numbers = re.findall(r"\((\d+)\)", cell)
                assert numbers, (kind, row[0])
                assert set(numbers) <= set(reasons), (kind, row[0])


def test_what_blocks_declare_is_what_it_says() -> None:
    said = {
        (row[0].strip("`"), law, reasons[number])
        for _, rows, reasons in sections()
        for row in rows[1:]
        for law, cell in zip(rows[0][1:], row[1:], strict=True)
        for number in re.findall(r"\((\d+)\)", cell)
        if reasons[number].startswith("exempt: ")
    }
    assert said == {
        (block.name, law, f"exempt: {why}") for block in built_in_blocks() for law, why in block.exempt.items()
    }
