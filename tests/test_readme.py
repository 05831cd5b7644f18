"""What the README and the pages under docs/ name is there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from registry.render import main as render

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md")])


def texts(picture: Path) -> list[str]:
    """Return what is written in an SVG, sorted: titles, blocks, parameters, shapes."""
    return sorted(re.findall(r"<(?:text|tspan)[^>]*>([^<]+)<", picture.read_text()))


def test_the_picture_in_the_readme_shows_the_graph_as_it_is(tmp_path: Path) -> None:
    drawn = tmp_path / "gravnet.svg"
    assert render([str(ROOT / "graphs" / "gravnet.yaml"), "-o", str(drawn)]) == 0
    assert texts(drawn)
    assert texts(drawn) == texts(ROOT / "docs" / "gravnet.svg")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_the_files_it_names_are_there(page: Path) -> None:
    text = page.read_text()
    commands = set(re.findall(r"python -m ((?:registry|benchmarks)[\w.]*\w)", text))
    assert [name for name in sorted(commands) if importlib.util.find_spec(name) is None] == []
    files = set(re.findall(r"(?<![\w/.:])((?:graphs|configs|docs)/[\w./]+\.(?:yaml|md|svg|json))", text))
    invented = {"graphs/mine.yaml", "configs/mine.yaml", *re.findall(r'```\w+ title="([^"]+)"', text)}
    assert [name for name in sorted(files - invented) if not (ROOT / name).exists()] == []
