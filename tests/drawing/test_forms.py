from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image

from registry.contract.errors import InputError
from registry.drawing.files import draw
from registry.drawing.mermaid import mermaid
from registry.drawing.png import LARGEST
from registry.drawing.scene import build_scene
from registry.render import main
from tests.conftest import ROOT
from tests.drawing.graphs import REPEATED, SMALL, chain, graph_of

SVG = "{http://www.w3.org/2000/svg}"


def test_the_svg_is_well_formed_and_shows_every_box_and_frame(tmp_path: Path) -> None:
    scene = build_scene(graph_of(REPEATED, tmp_path))
    draw(scene, str(tmp_path / "a.svg"))
    shown = {element.get("data-path") for element in ET.parse(tmp_path / "a.svg").iter(f"{SVG}g")} - {None}
    assert shown == {item.path for item in (*scene.root.boxes(), *scene.root.containers())}


@pytest.mark.parametrize(("theme", "colour"), [("light", "#ffffff"), ("dark", "#0f172a")])
def test_the_theme_decides_the_background(theme: str, colour: str, tmp_path: Path) -> None:
    draw(build_scene(graph_of(SMALL, tmp_path)), str(tmp_path / "a.svg"), theme)  # type: ignore[arg-type]
    assert f".paper{{fill:{colour}}}" in (tmp_path / "a.svg").read_text()


def test_names_with_special_characters_are_escaped(tmp_path: Path) -> None:
    text = SMALL.replace("one dense layer", "\"a < b & 'c' </script>\"")
    for name in ("a.svg", "a.html"):
        draw(build_scene(graph_of(text, tmp_path)), str(tmp_path / name))
        assert "</script> " not in (tmp_path / name).read_text()
    ET.parse(tmp_path / "a.svg")


def test_the_html_page_needs_nothing_from_outside(tmp_path: Path) -> None:
    draw(build_scene(graph_of(REPEATED, tmp_path)), str(tmp_path / "a.html"))
    page = (tmp_path / "a.html").read_text()
    assert "{{" not in page
    assert not [mark for mark in ("src=", "href=", "@import", "url(", "fetch(") if mark in page]


def test_mermaid_text_has_frames_kinds_and_shapes(tmp_path: Path) -> None:
    text = mermaid(graph_of(REPEATED, tmp_path))
    assert text.startswith("flowchart TD\n")
    assert 'subgraph g0["steps \u00d73"]' in text
    assert "classDef loss" in text
    assert '|"hits \u00d7 16|32"|' in text
    assert "-.->" in text


def with_format(folder: Path, ending: str, module: str) -> dict[str, str]:
    """An environment in which another package brings a drawing format."""
    facts = folder / "second-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: second\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[registry.drawings]\n{ending} = {module}\n")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}


@pytest.mark.parametrize(
    ("ending", "status", "said"),
    [
        (
            "svg",
            2,
            "'svg' of the entry points 'registry.drawings' stands for two modules: "
            "registry.drawing.formats.svg and broken_format of the package 'second'\n"
            "  rename the entry point, or uninstall its package\n",
        ),
        (
            "tikz",
            1,
            "error: the drawing format '.tikz' (broken_format) cannot be imported: "
            "ZeroDivisionError: division by zero\n",
        ),
    ],
)
def test_a_format_of_another_package_that_clashes_or_breaks_is_an_error_that_names_it(
    ending: str, status: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "broken_format.py").write_text("1 / 0\n")
    environment = with_format(tmp_path, ending, "broken_format")
    command = [sys.executable, "-m", "registry", "render", "graphs/gravnet.yaml", "-o", str(tmp_path / f"g.{ending}")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    assert (done.returncode, done.stderr) == (status, said)


def test_dot_text_has_clusters(tmp_path: Path) -> None:
    draw(build_scene(graph_of(REPEATED, tmp_path)), str(tmp_path / "a.dot"))
    text = (tmp_path / "a.dot").read_text()
    assert 'subgraph "cluster_steps" {' in text
    assert text.count("{") == text.count("}")


def test_the_png_is_a_png(tmp_path: Path) -> None:
    draw(build_scene(graph_of(SMALL, tmp_path)), str(tmp_path / "a.png"))
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG\r\n")


def test_an_unknown_ending_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in \.dot, \.html, \.mmd, \.png, \.svg, received '\.pdf'"):
        main([str(ROOT / "graphs" / "gravnet.yaml"), "-o", str(tmp_path / "a.pdf")])


def test_the_default_form_is_html_named_after_the_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph_of(SMALL, tmp_path, "mine.yaml")
    monkeypatch.chdir(tmp_path)
    assert main(["mine.yaml"]) == 0
    assert (tmp_path / "mine.html").read_text().startswith("<!DOCTYPE html>")


GRAPH = "graphs/edge_conv.yaml"
COMMANDS = {
    "render to html": ("render", GRAPH, "-o", "{folder}/a.html"),
    "render to png": ("render", GRAPH, "-o", "{folder}/a.png"),
    "plan": ("plan", GRAPH),
    "diff": ("diff", GRAPH, GRAPH, "--render", "{folder}/b.html"),
    "schema": ("schema",),
    "blocks": ("blocks", "keras.Dense"),
    "check": ("check", GRAPH),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_commands_run_without_tensorflow_keras_and_mlflow(command: tuple[str, ...], tmp_path: Path) -> None:
    name, *arguments = (part.format(folder=tmp_path) for part in command)
    code = (
        f"import sys; from registry.{name} import main; status = main({arguments!r}); "
        "sys.exit(status or repr({'tensorflow', 'keras', 'mlflow'} & set(sys.modules)).replace('set()', '') or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_could_not_be_written_is_shown_under_the_pointer(tmp_path: Path) -> None:
    draw(build_scene(graph_of(REPEATED, tmp_path)), str(tmp_path / "a.svg"))
    tips = [element.text or "" for element in ET.parse(tmp_path / "a.svg").iter(f"{SVG}title")]
    assert any("truth_index: hits" in tip for tip in tips)


def test_a_large_png_is_scaled_down(tmp_path: Path) -> None:
    draw(build_scene(graph_of(chain(200), tmp_path)), str(tmp_path / "a.png"))
    with Image.open(tmp_path / "a.png") as image:
        assert 0.9 * LARGEST < image.width * image.height < 1.01 * LARGEST


@pytest.mark.slow
@pytest.mark.parametrize("form", ["html", "svg", "png", "mmd", "dot"])
def test_five_hundred_nodes_are_drawn(form: str, tmp_path: Path) -> None:
    scene = build_scene(graph_of(chain(500), tmp_path, "large.yaml"))
    draw(scene, str(tmp_path / f"a.{form}"))
    assert (tmp_path / f"a.{form}").stat().st_size > 10_000
