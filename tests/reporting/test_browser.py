"""The page of a run in a headless browser: light and dark, wide and narrow, by keys and by pointer."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from registry.contract.run_store import Point
from registry.reporting.page import page
from registry.reporting.record import EVENT_FILE, NODES_FILE, RunRecord
from registry.wiring.opening import open_graph
from tests.training.helpers import TINY

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = [pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed"), pytest.mark.slow]

READY = """
const key = (target, name) => target.dispatchEvent(new KeyboardEvent('keydown', {key: name, bubbles: true}));
const all = (selector) => [...document.querySelectorAll(selector)];
const shown = () => [...all('canvas')].map((canvas) => canvas.toDataURL());
"""


@pytest.fixture(scope="module")
def made() -> str:
    """The page of a small run with an event, curves of two stages, figures of monitors and a warning."""
    hits = [[float(number), float(number % 5), float(number % 7)] for number in range(60)]
    event = {
        "kind": "cloud",
        "text": "an event",
        "spaces": {"detector": hits, "cluster space": [hit[:2] for hit in hits]},
        "colours": {
            "true object": [number % 4 - 1 for number in range(60)],
            "beta": [number / 60 for number in range(60)],
        },
        "size": None,
        "axes": {"detector": ["x", "y", "z"]},
        "noise": "true object",
    }
    names = [f"iterations.{number}.a_rather_long_name_of_a_node" for number in range(4)]
    bars = {"kind": "bars", "text": "", "label": "norm", "names": names, "series": {"norm": [1e-3, 1.0, None, 50.0]}}
    edges = [0.0, 0.5, 1.0]
    spread = {"kind": "histogram", "text": "", "label": "beta", "edges": edges, "series": {"a": [1, 2], "b": [2, 0]}}
    table = {
        "kind": "table",
        "text": "",
        "label": "t, p",
        "rows": ["e", "mu"],
        "columns": ["e", "mu"],
        "values": [[3, 1], [0, 4]],
    }
    own = {"norms": {**bars, "logarithmic": True}, "beta": spread, "classes": table}
    texts = {
        EVENT_FILE: json.dumps(event),
        NODES_FILE: json.dumps({"heads": {"seconds": 0.25, "gradient": 2.0}}),
        "figures/net.json": json.dumps(own),
        "warnings.txt": "something\n",
    }

    def points(*values: float) -> list[Point]:
        return [Point(10 * number, value, 0.0) for number, value in enumerate(values, start=1)]

    metrics = {
        "epoch/loss": points(9.0, 3.0, 1.0, 0.1),
        "validation/loss": points(9.5, 4.0, 2.0, 0.5),
        "epoch/stage": points(1, 1, 2, 2),
    }
    record = RunRecord(
        "tiny", "FINISHED", "abc", metrics=metrics, files=list(texts), content=lambda path: texts.get(path, "").encode()
    )
    return page(record, open_graph(str(TINY)))


def run(made: str, folder: Path, script: str, width: int = 1300, dark: bool = False) -> Any:
    """Open the page, run a function body in it once all is drawn, and return what it returns."""
    probe = (
        f"<script>window.addEventListener('load', () => setTimeout(() => {{ {READY} let found; "
        f"try {{ found = (() => {{ {script} }})(); }} catch (error) {{ found = String(error); }} "
        "const element = document.createElement('pre'); element.id = 'result'; "
        "element.textContent = JSON.stringify(found); document.body.append(element); }, 1500));</script></body>"
    )
    file = folder / "page.html"
    head, _, tail = made.rpartition("</body>")
    file.write_text(head + probe + tail)
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},900"]
    options = [f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=6000", "--dump-dom"]
    options += ["--blink-settings=preferredColorScheme=0"] if dark else ["--blink-settings=preferredColorScheme=1"]
    done = subprocess.run([*command, *options, file.as_uri()], capture_output=True, text=True, timeout=180, check=True)
    match = re.search(r'<pre id="result">(.*?)</pre>', done.stdout, re.DOTALL)
    assert match, "the page did not load"
    return json.loads(unescape(match[1]))


LOOK = """
const inside = (element) => {
  const area = element.getBoundingClientRect();
  return area.right <= innerWidth + 1 && area.left >= -1;
};
const overlaps = [];
for (const svg of all('svg')) {
  const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent);
  texts.forEach((one, index) => texts.slice(index + 1).forEach((two) => {
    const a = one.getBoundingClientRect(), b = two.getBoundingClientRect();
    const beside = a.right <= b.left + 1 || b.right <= a.left + 1;
    const above = a.bottom <= b.top + 3 || b.bottom <= a.top + 3;
    if (a.width && b.width && !beside && !above)
      overlaps.push([one.textContent, two.textContent]);
  }));
}
return {
  width: document.documentElement.scrollWidth - innerWidth,
  outside: all('svg, canvas, iframe, .card').filter((element) => !inside(element)).length,
  drawn: all('[data-figure]').map((host) => host.querySelectorAll('svg path, svg rect, canvas, td').length > 0),
  overlaps,
  paper: getComputedStyle(document.body).backgroundColor,
  frame: byId('drawing').contentDocument.documentElement.dataset.theme,
  boxes: byId('drawing').contentDocument.querySelectorAll('.box').length,
};"""


@pytest.mark.parametrize(
    ("width", "dark", "paper", "theme"),
    [(1300, False, "rgb(255, 255, 255)", "light"), (500, True, "rgb(15, 23, 42)", "dark")],
)
def test_everything_is_drawn_and_nothing_lies_outside_or_over_another(
    made: str, tmp_path: Path, width: int, dark: bool, paper: str, theme: str
) -> None:
    found = run(made, tmp_path, LOOK, width, dark)
    assert found["width"] <= 0
    assert found["outside"] == 0
    assert all(found["drawn"])
    assert found["overlaps"] == []
    assert (found["paper"], found["frame"]) == (paper, theme)
    assert found["boxes"] == 8


def test_keys_turn_the_event_move_along_curves_and_switch_the_colours(made: str, tmp_path: Path) -> None:
    script = """
    const [canvas] = all('canvas'), before = shown();
    canvas.focus();
    key(canvas, 'ArrowRight');
    const turned = shown();
    key(canvas, '0');
    const back = shown();
    const [plot] = all('.plot');
    plot.focus();
    key(plot, 'Home');
    const step = document.querySelector('.step').textContent;
    const value = document.querySelector('.legend output').textContent;
    document.activeElement.blur();
    key(document.body, 't');
    const theme = document.documentElement.dataset.theme;
    key(document.body, '2');
    const same = (images) => images.map((image, index) => image === before[index]);
    return {turned: same(turned), back: same(back),
      step, value, theme, at: document.activeElement.textContent};"""
    assert run(made, tmp_path, script) == {
        "turned": [False, False],
        "back": [True, True],
        "step": "step 10",
        "value": "9",
        "theme": "dark",
        "at": "Curves",
    }


def test_controls_of_an_event_and_the_colours_of_the_drawing_work(made: str, tmp_path: Path) -> None:
    script = """
    const change = (element, value) => { element.value = value; element.dispatchEvent(new Event('change')); };
    const first = shown()[0];
    const [space, tint] = document.querySelectorAll('.pickers select');
    change(space, '1');
    const other = shown()[0] !== first;
    change(space, '0');
    const noise = document.querySelector('.tools input');
    noise.checked = false;
    noise.dispatchEvent(new Event('change'));
    const hidden = shown()[0] !== first;
    change(tint, '1');
    const inner = byId('drawing').contentWindow, frame = byId('drawing').contentDocument;
    const select = frame.getElementById('colour');
    select.value = '0';
    select.dispatchEvent(new inner.Event('change'));
    const coloured = [...frame.querySelectorAll('.box.coloured')];
    return {other, hidden, ramp: Boolean(document.querySelector('.ramp')),
      choices: [...select.options].map((item) => item.text),
      coloured: coloured.map((box) => [box.dataset.path, box.querySelector('.measure').textContent])};"""
    found = run(made, tmp_path, script)
    assert found == {
        "other": True,
        "hidden": True,
        "ramp": True,
        "choices": ["Colour: kind of block", "Colour: time", "Colour: gradient"],
        "coloured": [["heads", "250 ms"]],
    }
