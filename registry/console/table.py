"""Tables: rows of cells as aligned columns of text, and as Markdown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence


def text_table(
    rows: Iterable[Sequence[str]], indent: str = "", right: Collection[int] = (), ruled: bool = False
) -> list[str]:
    """Return rows of cells as lines with aligned columns, two spaces between them.

    `right`: columns that are flush right, counted from 0; `ruled`: a line of dashes follows the first row.
    Raises ValueError for rows of different lengths.
    """
    # Not rich's Table: loading it takes a third of the time in which `check` answers.
    cells = list(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    if ruled:
        cells.insert(1, ["-" * width for width in widths])
    lines = []
    for row in cells:
        padded = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((indent + "  ".join(padded)).rstrip())
    return lines


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return rows of cells below a head as the lines of a Markdown table; bars in cells are escaped."""
    return [_markdown_row(head), _markdown_row(["---"] * len(head)), *map(_markdown_row, rows)]


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
