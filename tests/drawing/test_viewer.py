"""The HTML page in a headless browser: what is clicked, folded and searched."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from registry.drawing.files import draw
from registry.drawing.geometry import lay_out
from registry.drawing.scene import Scene, build_scene
from registry.wiring.opening import open_graph
from tests.drawing.graphs import REPEATED, graph_of

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = [
    pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed"),
    pytest.mark.slow,
]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return build_scene(graph_of(REPEATED, tmp_path))


def run(scene: Scene, folder: Path, script: str, width: int = 1400) -> Any:
    """Open the page, run a function body in it, and return what it returns."""
    page = folder / "page.html"
    draw(scene, str(page), "light")
    text = page.read_text()
    probe = (
        "<script>const click = (selector) => "
        "document.querySelector(selector).dispatchEvent(new MouseEvent('click', {bubbles: true}));"
        "window.addEventListener('load', () => { let found; "
        f"try {{ found = (() => {{ {script} }})(); }} catch (error) {{ found = String(error); }} "
        "const element = document.createElement('pre'); element.id = 'result'; "
        "element.textContent = JSON.stringify(found); document.body.append(element); });</script></body>"
    )
    page.write_text(text.replace("</body>", probe))
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},900"]
    options = [f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=5000", "--dump-dom"]
    done = subprocess.run([*command, *options, page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    match = re.search(r'<pre id="result">(.*?)</pre>', done.stdout, re.DOTALL)
    assert match, "the page did not load"
    return json.loads(unescape(match[1]))


def test_the_viewer_places_everything_where_the_layout_put_it(scene: Scene, tmp_path: Path) -> None:
    geometry = lay_out(scene)
    script = "return [...places].map(([path, place]) => [path, place.x, place.y, place.width, place.height]);"
    found = {path: place for path, *place in run(scene, tmp_path, script)}
    for path, place in geometry.rectangles.items():
        assert found[path] == pytest.approx([place.x, place.y, place.width, place.height], abs=0.2)


def test_the_viewer_draws_the_same_lines_as_the_layout(scene: Scene, tmp_path: Path) -> None:
    script = "return [...document.querySelectorAll('.link')].map((line) => line.getTotalLength());"
    after = run(scene, tmp_path, script)
    before = run(scene, tmp_path, f"relayout = () => {{}}; {script}")
    assert after == pytest.approx(before, rel=0.02)


def test_a_click_shows_all_about_a_node(scene: Scene, tmp_path: Path) -> None:
    script = """
    click('.box[data-path="steps.0.wide"]');
    return byId('panel').innerText;"""
    text = run(scene, tmp_path, script)
    for part in (
        "steps.0.wide",
        "{use: dense_loop",
        "units",
        "[16] | [32]",
        "default of the block",
        "graph.yaml",
        "\u00d7",
    ):
        assert part in text


def test_folding_a_group_hides_what_is_in_it_and_moves_the_rest_up(scene: Scene, tmp_path: Path) -> None:
    script = """
    const before = places.get('heads').y;
    click('.frame[data-path="steps"] .frame-head');
    const hidden = [...boxes].filter(([, box]) => box.hasAttribute('hidden')).map(([path]) => path);
    const after = places.get('heads').y;
    click('.frame[data-path="steps"] .frame-head');
    return [hidden.sort(), before, after, places.get('heads').y];"""
    hidden, before, after, opened = run(scene, tmp_path, script)
    assert hidden == ["steps.0.inner.0.both", "steps.0.inner.0.dense", "steps.0.norm", "steps.0.wide"]
    assert after < before - 300
    assert opened == before


def test_search_finds_nodes_by_block_and_parameter(scene: Scene, tmp_path: Path) -> None:
    script = """
    byId('search').value = 'relu dense_loop';
    byId('search').dispatchEvent(new Event('input'));
    const found = byId('found').textContent;
    byId('search').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));
    const lit = [...document.querySelectorAll('.box.hit')].map((box) => box.dataset.path);
    return [found, lit, byId('panel').innerText];"""
    found, hits, panel = run(scene, tmp_path, script)
    assert (found, hits) == ("1 found", ["steps.0.inner.0.dense"])
    assert panel.startswith("steps.0.inner.0.dense")


def test_the_keyboard_reaches_opens_and_leaves_a_node(scene: Scene, tmp_path: Path) -> None:
    script = """
    const key = (target, name) => target.dispatchEvent(new KeyboardEvent('keydown', {key: name, bubbles: true}));
    const box = boxes.get('start');
    box.focus();
    key(box, 'Enter');
    const first = byId('panel').querySelector('h2').textContent;
    key(document.activeElement, 'ArrowUp');
    const second = byId('panel').querySelector('h2').textContent;
    key(document.activeElement, 'Escape');
    return [first, second, byId('panel').querySelector('h2')];"""
    assert run(scene, tmp_path, script) == ["start", "event", None]


def test_no_text_is_wider_than_its_box_in_the_browser(scene: Scene, tmp_path: Path) -> None:
    script = """
    const wide = [];
    for (const [path, box] of boxes) for (const text of box.querySelectorAll('text')) {
      const area = text.getBBox(), frame = box.querySelector('rect').getBBox();
      if (area.x + area.width > frame.width) wide.push([path, text.textContent]);
    }
    return wide;"""
    assert run(scene, tmp_path, script) == []


def test_lines_end_in_an_arrow_at_a_folded_group_only(scene: Scene, tmp_path: Path) -> None:
    script = """
    const shown = () => routes.filter((route, index) => route.target === 'steps' &&
      !routeElements[index].querySelector('.arrow').hasAttribute('hidden')).length;
    const open = shown();
    click('.frame[data-path="steps"] .frame-head');
    return [open, shown() > 0];"""
    assert run(scene, tmp_path, script) == [0, True]


def test_the_address_names_the_node_that_is_shown(scene: Scene, tmp_path: Path) -> None:
    script = """
    click('.box[data-path="steps.0.wide"]');
    const chosen = location.hash;
    document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}));
    return [chosen, location.hash];"""
    assert run(scene, tmp_path, script) == ["#steps.0.wide", ""]


def test_the_panel_sums_up_the_whole_graph_until_a_node_is_chosen(scene: Scene, tmp_path: Path) -> None:
    text = run(scene, tmp_path, "return byId('panel').innerText;")
    assert "The whole graph, cost at 10,000 hits" in text
    assert "Click a node" in text


def test_a_node_that_was_searched_for_can_be_read(scene: Scene, tmp_path: Path) -> None:
    script = """
    zoom(0.1);
    byId('search').value = 'object_condensation';
    byId('search').dispatchEvent(new Event('input'));
    byId('search').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));
    return at.scale;"""
    assert run(scene, tmp_path, script) == 0.75


@pytest.mark.parametrize("width", [480, 1400])
def test_nothing_is_wider_than_the_window(width: int, scene: Scene, tmp_path: Path) -> None:
    script = "return [document.documentElement.scrollWidth, innerWidth];"
    needed, given = run(scene, tmp_path, script, width)
    assert needed <= given


def test_a_wide_graph_begins_with_its_topmost_node_in_sight(tmp_path: Path) -> None:
    script = """
    const own = document.querySelector('.box[data-path="event"]').getBoundingClientRect();
    const area = view.getBoundingClientRect();
    return [area.left, own.left, own.right, area.right, size[0] * at.scale];"""
    wide = build_scene(open_graph("builtin:gravnet.yaml"))
    left, own_left, own_right, right, drawing = run(wide, tmp_path, script, 1150)
    assert drawing > right - left
    assert left <= own_left < own_right <= right
