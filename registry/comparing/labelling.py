"""Names groups of runs: a letter for each, and what each has for itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from registry.comparing.grouping import Group, changed_options
from registry.comparing.recorded import Compared

TOLD_BY: Mapping[str, Callable[[Compared], str]] = {
    "graph": lambda run: run.tags.get("graph", ""),
    "architecture": lambda run: run.fingerprint("architecture")[:8],
    "training": lambda run: run.fingerprint("training")[:8],
    "code": lambda run: run.fingerprint("code")[:8],
}
"""What groups are told apart by where their options are equal."""


def label(groups: Sequence[Group]) -> None:
    """Give every group its letter, and a label that says what it has for itself among them."""
    for number, group in enumerate(groups):
        group.letter = letter(number)
    names = dict.fromkeys(name for group in groups[1:] for name, _, _ in changed_options(groups[0].first, group.first))
    for group in groups:
        own = {name: group.first.options[name] for name in names if name in group.first.options}
        texts = [f"{_short(name, names)}={value}" for name, value in _merged(own).items()]
        texts += [text for name, text in _others(groups, group)]
        group.label = ", ".join(texts)


def _merged(options: dict[str, str]) -> dict[str, str]:
    """Join the entries of a list that have the same value, "gravnet.*.n"."""
    found: dict[str, dict[str, None]] = {}
    for name, value in options.items():
        found.setdefault(re.sub(r"\.\d+(?=\.|$)", ".*", name), {})[value] = None
    return {name: "/".join(values) for name, values in found.items()}


def _short(name: str, among: Iterable[str]) -> str:
    """Return the shortest end of an option's name that says what it is, without the numbers of passes and stages."""
    parts = [part for part in name.split(".") if part != "*"]
    others = {".".join(part for part in other.split(".") if not part.isdigit()) for other in among}
    for length in range(min(2, len(parts)), len(parts)):
        end = ".".join(parts[-length:])
        if sum(f".{other}".endswith(f".{end}") for other in others) == 1:
            return end
    return ".".join(parts)


def _others(groups: Sequence[Group], group: Group) -> Iterator[tuple[str, str]]:
    """Yield what tells a group from the others where its options do not: the graph, its code, versions."""
    told = {tuple(sorted(item.first.options.items())) for item in groups}
    if len(told) == len(groups):
        return
    for name, told_by in TOLD_BY.items():
        if len({told_by(item.first) for item in groups}) > 1:
            yield name, f"{name} {told_by(group.first)}"
    for name in dict.fromkeys(name for item in groups for name in item.first.versions):
        if len({item.first.versions.get(name) for item in groups}) > 1:
            yield name, f"{name} {group.first.versions.get(name, 'none')}"


def letter(number: int) -> str:
    """Return A, B, ..., Z, AA, AB, ... for 0, 1, ..."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
