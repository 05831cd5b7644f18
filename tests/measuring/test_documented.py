"""The page on evaluating names every figure of merit, every column and every option."""

from __future__ import annotations

from pathlib import Path

from registry.configuration.evaluation import EvaluationOptions
from registry.measuring.judging import OBJECT_COLUMNS, SHOWER_COLUMNS
from registry.measuring.metrics import BY_NAME, DERIVED
from registry.measuring.objects import COLUMNS as OBJECTS
from registry.measuring.showers import COLUMNS as SHOWERS

PAGE = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")


def test_every_figure_of_merit_and_every_column_has_a_row_with_its_description() -> None:
    rows = {name: metric.description for name, metric in BY_NAME.items()} | dict(DERIVED)
    rows |= {**OBJECTS, **OBJECT_COLUMNS, **SHOWERS, **SHOWER_COLUMNS}
    lines = [" ".join(line.split()) for line in PAGE.splitlines()]
    assert [
        name for name, text in rows.items() if not any(f"`{name}`" in line and text in line for line in lines)
    ] == []


def test_every_option_has_a_row() -> None:
    assert [name for name in EvaluationOptions.model_fields if f"`{name}`" not in PAGE] == []
