"""The sections that plugins add to the page of a run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape

from registry.contract.errors import InputError, Problem, RunError
from registry.contract.failures import PluginFault
from registry.contract.shown import PageSection
from registry.drawing.document import table
from registry.loading.blocks import Registry
from registry.loading.hook_calls import Answer, answers_or_faults
from registry.reporting.record import RunRecord

FAILED = "Plugins that failed"
"""The title of the section that says why a section of a plugin is missing."""

_FETCHED = re.compile(
    r"""<(?:script|img|iframe|link|video|audio|source)\b[^>]*\b(?:src|href)\s*=\s*["']?\s*(?:https?:)?//"""
)


def plugin_sections(record: RunRecord, registry: Registry) -> tuple[list[tuple[str, str]], list[Problem]]:
    """Return titles and contents of the sections of plugins, and warnings of what fails, which are said there too."""
    found: list[tuple[str, str]] = []
    faults: list[Problem] = []
    try:
        for answer in answers_or_faults(registry, "page_sections", {"run": record}):
            if fault := answer if isinstance(answer, PluginFault) else _fault(answer):
                faults.append(replace(fault.problem, severity="warning"))
            elif isinstance(answer, Answer):
                found += [(section.title, "\n".join(_content(section))) for section in answer.value]
    except (InputError, RunError) as error:
        faults.append(Problem(str(error), severity="warning"))
    if faults:
        found.append((FAILED, "".join(f"<pre>{escape(problem.render())}</pre>" for problem in faults)))
    return found, faults


def _content(section: PageSection) -> Iterator[str]:
    if section.text:
        yield f"<p>{escape(section.text)}</p>"
    if section.rows:
        yield table(section.names, section.rows)
    if section.html:
        yield section.html


def _fault(answer: Answer) -> PluginFault | None:
    """Return what is wrong with what a plugin has returned."""
    if not isinstance(answer.value, list | tuple):
        return answer.wrong("a list of registry.PageSection; `return []` for none")
    for section in answer.value:
        if expected := _expected(section):
            return answer.wrong(f"a list of registry.PageSection, {expected}")
    return None


def _expected(section: object) -> str:
    """Return what was expected instead of a section; empty for one that can be shown."""
    if not isinstance(section, PageSection):
        return f"not of {type(section).__name__}"
    texts = [section.title, section.text, section.html, *section.names, *(cell for row in section.rows for cell in row)]
    if not all(isinstance(text, str) for text in texts) or not section.title:
        return "of which all fields, and all cells of the table, are texts, the title not empty"
    if any(len(row) != len(section.names) for row in section.rows):
        return f"of which every row has {len(section.names)} cells, one for each of `names`"
    if _FETCHED.search(section.html):
        return "whose `html` fetches nothing: pages are read without a network"
    return ""
