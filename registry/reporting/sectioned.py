"""A page of sections with figures that a script draws: works offline, by pointer and by keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

from registry.drawing.document import filled, html_page, script_json
from registry.drawing.theme import SERIES
from registry.reporting.shown import Figures

SCRIPTS = ("charts.js", "cloud.js", "page.js")


def sectioned_page(
    title: str,
    head: str,
    sections: Sequence[tuple[str, str]],
    figures: Figures,
    stages: Sequence[dict[str, Any]] = (),
) -> str:
    """Return the page as HTML; nothing in it is fetched from elsewhere.

    `title` is plain text, `head` what stands above all sections; `sections`: title (plain text) and content of each;
    `figures`: what is drawn in them; `stages`: where the stages of a training begin, for curves along its steps.
    """
    assets = files("registry.reporting") / "assets"
    scripts = [(assets / name).read_text(encoding="utf-8") for name in SCRIPTS]
    anchors = _anchors([name for name, _ in sections])
    parts = {
        "nav": "".join(
            f'<a href="#{anchor}">{escape(name)}</a>' for anchor, (name, _) in zip(anchors, sections, strict=True)
        ),
        "head": head,
        "body": "\n".join(_section(anchor, *section) for anchor, section in zip(anchors, sections, strict=True)),
        "data": data_element("data", {"stages": list(stages), "figures": figures.data}),
        "script": "\n".join(scripts).replace("__COLOURS__", script_json(SERIES)),
    }
    body = filled((assets / "page.html").read_text(encoding="utf-8"), parts)
    return html_page(title, (assets / "page.css").read_text(encoding="utf-8"), body)


def data_element(name: str, value: object) -> str:
    """Return an element with data for scripts."""
    return f'<script type="application/json" id="{name}">{script_json(value)}</script>'


def _section(anchor: str, title: str, content: str) -> str:
    heading = f'<h2 id="{anchor}-title" tabindex="-1">{escape(title)}</h2>'
    return f'<section id="{anchor}" aria-labelledby="{anchor}-title">{heading}{content}</section>'


def _anchors(titles: Sequence[str]) -> list[str]:
    """Return the names by which the page leads to its sections, each a different one."""
    found: list[str] = []
    for title in titles:
        anchor = re.sub(r"\W+", "-", title.lower()).strip("-") or "section"
        found.append(anchor if anchor not in found else f"{anchor}-{len(found)}")
    return found
