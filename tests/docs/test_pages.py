"""Every code block of every page runs, or is checked; those that cannot be say why."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from registry.loading.blocks import load_registry
from tests.docs.blocks import LANGUAGES, ROOT, blocks, project, run_page, unfenced

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
WRITTEN = [page for page in PAGES if page.parent.name != "blocks"]
RUN = [page for page in WRITTEN if any(code.language in ("bash", "python", "yaml") for code in blocks(page))]
LONG = (
    *("README", "architectures", "compare_runs", "eject", "from_hgcalml", "hooks", "python", "resume", "tracker"),
    *("tracks", "tutorial"),
)
"""Pages, without their endings, that train networks for more than ten seconds."""
NOTEBOOKS = sorted((ROOT / "docs").glob("*.ipynb"))
LOADED = re.compile(r"<(?:script|img|iframe)[^>]+src=.?(?:https?:)?//|<link[^>]+stylesheet[^>]+href=.?(?:https?:)?//")


def name(page: Path) -> str:
    """Return what a page is called in the list of tests."""
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", WRITTEN, ids=name)
def test_code_is_fenced_with_a_language_that_is_run_or_is_text(page: Path) -> None:
    assert [code.line for code in blocks(page) if code.language not in LANGUAGES] == []
    assert unfenced(page) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=[pytest.mark.long] * (page.stem in LONG), id=name(page)) for page in RUN]
)
def test_every_block_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    folder.mkdir()
    if page.name != "tutorial.md":  # it starts from an empty folder
        project(folder)
    run_page(page, folder)


@pytest.mark.long
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=name)
def test_every_cell_of_a_notebook_runs(notebook: Path, tmp_path: Path) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    project_folder = tmp_path / "clone"
    project_folder.mkdir()
    project(project_folder)
    book = nbformat.read(notebook, as_version=4)
    nbclient.NotebookClient(book, timeout=300, resources={"metadata": {"path": str(project_folder)}}).execute()
    shown = [output for cell in book.cells for output in cell.get("outputs", [])]
    pictures = {kind for output in shown for kind in output.get("data", {})}
    assert any("data:image/svg+xml" in output.get("data", {}).get("text/html", "") for output in shown)
    assert "image/png" in pictures
    said = "".join(str(output.get("text", "")) for output in shown)
    assert "widen: defined in this session, in no file; the text is kept as source/defined_in_session.py" in said
    assert "SLOPE = 0.2" in said
    assert "block 'widen': its function was defined anew since the graph was loaded" in said
    kept = project_folder / "kept.py"
    kept.write_text(said[said.index("import registry\nfrom typing") : said.index("(x))") + len("(x))")] + "\n")
    assert "widen" in load_registry([(str(kept), None)]).blocks


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=name)
def test_notebooks_are_kept_without_output(notebook: Path) -> None:
    cells = json.loads(notebook.read_text())["cells"]
    assert [cell for cell in cells if cell.get("outputs")] == []


def test_every_page_is_in_the_navigation() -> None:
    text = re.sub(r"!!python\S+", "", (ROOT / "mkdocs.yml").read_text())
    listed = set(re.findall(r"[\w./-]+\.(?:md|ipynb)", str(yaml.safe_load(text)["nav"])))
    there = {
        str(page.relative_to(ROOT / "docs")) for page in [*WRITTEN, *NOTEBOOKS] if page.is_relative_to(ROOT / "docs")
    }
    assert there - listed - {page for page in there if page.endswith(".ipynb")} == set()


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > len(WRITTEN)
    loaded = re.compile(
        r'<(?:script|img|iframe)[^>]+src="?(https?:[^" >]+)|<link[^>]+rel="?stylesheet"?[^>]+href="?(https?:[^" >]+)'
    )
    assert {match for page in pages for match in loaded.findall(page.read_text())} == set()
