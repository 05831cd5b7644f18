"""The page of an evaluation: one file that needs no network, with summary, figures and the worst events."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from registry.console.files import replacing, write_whole
from registry.contract.errors import InputError, Problem
from registry.contract.spelling import did_you_mean
from registry.drawing.document import html_page
from registry.inference.evaluation_text import report
from registry.inference.figures.drawing import Draw, style
from registry.inference.figures.every import event_figures, figures_of

if TYPE_CHECKING:
    from registry.inference.evaluation_run import Result

PAGE, FIGURES = "evaluation.html", "figures"

STYLE = """body{background:var(--paper);color:var(--text)}
body{font:15px/1.45 system-ui,sans-serif;max-width:1200px;margin:2em auto;padding:0 1em}
pre{overflow-x:auto;background:var(--raised);padding:.8em;border-radius:6px;font-size:13px}
figure{margin:1.5em 0}img{max-width:100%;background:white}figcaption{font-size:14px}
code{font-size:12px;opacity:.75;word-break:break-all}.warning{color:var(--warn)}"""


def write_page(folder: Path, result: Result, command: str, only: Sequence[str] = ()) -> list[Path]:
    """Write every figure as pdf and png, and the page; return the files.

    `only`: names of figures; if there are any, these are written and nothing else: the page stays as it is. Raises
    InputError for a name that no figure has.
    """
    figures, events = figures_of(result.evaluated), event_figures(result.evaluated)
    for name in only:
        if name not in figures and name not in events:
            hint = did_you_mean(name, {**figures, **events}) or f"there are: {', '.join([*figures, *events])}"
            raise InputError([Problem(f"--figure: there is no figure {name!r} of this evaluation", hint=hint)])
    chosen = {name: draw for name, (_, draw) in {**figures, **events}.items() if not only or name in only}
    files = _written(folder / FIGURES, chosen)
    if only:
        return files
    shown = [
        _shown(folder / FIGURES, {name: text for name, (text, _) in own.items()}, command) for own in (figures, events)
    ]
    page = folder / PAGE
    write_whole(page, _page(result, command, *shown))
    return [*files, page]


def _written(folder: Path, figures: Mapping[str, Draw]) -> list[Path]:
    """Draw figures into a folder; return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    with style():
        for name, draw in figures.items():
            figure = draw()
            for ending in ("pdf", "png"):
                file = folder / f"{name}.{ending}"
                with replacing(file) as partial:
                    # The same evaluation gives the same files: no time of writing in them.
                    plain = {"CreationDate": None} if ending == "pdf" else {"Software": None}
                    figure.savefig(partial, format=ending, dpi=110, metadata=plain)
                files.append(file)
    return files


def _shown(folder: Path, texts: Mapping[str, str], command: str) -> str:
    """Return figures that were written into a folder as part of a page, with what they show."""
    shown = []
    for name, text in texts.items():
        data = base64.b64encode((folder / f"{name}.png").read_bytes()).decode()
        caption = f"{html.escape(text)}<br><code>{html.escape(f'{command} --figure {name}')}</code>"
        image = f'<img alt="{html.escape(name)}" src="data:image/png;base64,{data}">'
        shown.append(f'<figure id="{html.escape(name)}">{image}<figcaption>{caption}</figcaption></figure>')
    return "\n".join(shown)


def _page(result: Result, command: str, figures: str, events: str) -> str:
    about, evaluated = result.about, result.evaluated
    title = f"Evaluation of {about['model']} on {about['data']['events']}"
    warnings = "".join(f'<p class="warning">warning: {html.escape(text)}</p>' for text in result.warnings)
    rules = [f"{method.name}: {_rule(method.read_out.plain())}" for method in evaluated.methods]
    matcher = result.evaluation.matcher
    # A cut at 0 cuts nothing.
    given = {name: value for name, value in matcher.plain_parameters().items() if value}
    rules.append(f"matched by {matcher.name} {given}")
    scans = [f"{method.name}: {method.scan.text()}" for method in evaluated.methods if method.scan]
    lines = "".join(f"<li>{html.escape(text)}</li>" for text in [*rules, *scans])
    worst = f"<h2>The worst events</h2>{events}" if events else ""
    body = (
        f"<h1>{html.escape(title)}</h1>"
        f"<p>{len(evaluated.names)} events; errors are those of a bootstrap over events.</p>"
        f"<p><code>{html.escape(command)}</code></p>{warnings}<pre>{html.escape(report(evaluated))}</pre>"
        f"<ul>{lines}</ul><h2>Figures</h2>{figures}{worst}"
    )
    return html_page(title, STYLE, body)


def _rule(plain: Mapping[str, object]) -> str:
    return f"{plain['clusterer']} {plain['with']} of {plain['in']}"
