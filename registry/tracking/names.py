"""What a run and its experiment are called where nobody has named them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path, PurePath

from registry.configuration.options import LONGEST_EXPERIMENT, SECTIONS, Options
from registry.contract.errors import Origin, Problems
from registry.contract.secrets import shown_settings, without_secret_variables
from registry.contract.tracker import Naming
from registry.language.document import read_document
from registry.language.value import Value
from registry.tracking.flatten import as_text
from registry.tracking.parameters import leaves, place_of
from registry.wiring.checked_graph import CheckedGraph

NAMELESS = Naming()
"""What a tracker without settings of its own names."""

LONGEST = 200
"""Characters of a run's name, which databases limit: of what would be longer, the rest is counted."""

SHORT = {"learning_rate": "lr"}
"""Options with a name that everyone shortens."""

KINDS = ("name", "schedule", "metric")
"""Options that say what the mapping around them is: `optimizer: {name: lion}` is called optimizer=lion."""


def experiment_of(checked: CheckedGraph, options: Options, naming: Naming = NAMELESS) -> str:
    """Return the experiment of a run: the option's, else what the tracker's settings say, else the working folder's.

    Architectures of one project lie side by side in it. Where the option comes from the environment it is the
    variable's value, `${env:USER}`, unless the variable is a secret.
    """
    given = _named(checked, "experiment", options.general.experiment)
    return given or naming.experiment or _project() or checked.expanded.name


def study_of(checked: CheckedGraph, options: Options) -> str:
    """Return the study that a run is part of; empty for none."""
    return _named(checked, "study", options.general.study)


def _named(checked: CheckedGraph, option: str, given: str) -> str:
    """Return a name that an option of `General` gives, without secrets."""
    written = checked.expanded.config.nearest(["General", option])
    return without_secret_variables(given) if "${env:" in str(written.shown()) else given


def _project() -> str:
    """Return the name of the working folder, if an experiment can have it."""
    try:
        name = Path.cwd().name.strip()
    except OSError:
        return ""
    return name if name.isprintable() and len(name) <= LONGEST_EXPERIMENT else ""


def run_name(checked: CheckedGraph, naming: Naming = NAMELESS) -> str:
    """Return what a run is called: as the tracker's settings say, else by graph and options, "gravnet n=32 seed=2".

    Options are those that differ from the files that the graph names itself; those without effect are left out.
    """
    if naming.run:
        return naming.run
    name = checked.expanded.name
    changed = [f"{key}={value}" for key, value in _shortened(differences(checked)).items()]
    for number, item in enumerate(changed):
        if len(f"{name} {item}") > LONGEST - len(" and 999 more"):
            return f"{name} and {len(changed) - number} more"
        name = f"{name} {item}"
    return name


@dataclass(frozen=True)
class Changed:
    """An option that is not as the graph's own files say: what they say (None for nothing), what is, and where."""

    before: str | None
    now: str
    place: Origin


def differences(checked: CheckedGraph) -> dict[tuple[str, ...], Changed]:
    """Return the options that are not those of the graph's own files, by their path.

    One that takes the value of another, `${...}`, differs only if something else was written in its place; the options
    that a run has kept, from which the places are gone, have the value of the other.
    """
    document = read_document(checked.expanded.file, [], [], Problems())
    own = leaves(document.config) if document else {}
    now = leaves(checked.expanded.config)
    taking = {path for path, value in own.items() if "${" in str(value.data)}
    places = {place_of(value) for path, value in now.items() if path not in taking}
    remarks = {(name, key) for name, section in SECTIONS.items() for key in section.remarks}
    found = {}
    for path, value in now.items():
        same = path in own and own[path].plain() == value.plain()
        taken = path in taking and (place_of(value) in places or _is_what_it_takes(own[path], value, now))
        if not same and path[:2] not in remarks and not taken:
            before = _text(path, own[path]) if path in own else None
            found[path] = Changed(before, _text(path, value), place_of(value))
    for path, said, value in _other_lengths(document.config, checked.expanded.config) if document else ():
        if not _is_nested(value):
            # It is said as a whole.
            found = {inner: own for inner, own in found.items() if inner[: len(path)] != path}
        found[path] = Changed(_as_list(path, said), _as_list(path, value), place_of(value))
    return found


def _other_lengths(
    own: Value, now: Value, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Value, Value]]:
    """Yield the lists that have more or fewer entries than in the graph's own files: path, what they say, what is."""
    before = dict(own.items())
    if isinstance(own.data, list) and isinstance(now.data, list) and 0 < len(now.data) != len(before) > 0:
        yield path, own, now
    for key, item in now.items():
        if key in before:
            yield from _other_lengths(before[key], item, (*path, key))


def _as_list(path: tuple[str, ...], value: Value) -> str:
    """Return a list of texts or numbers; of others how many there are."""
    count = len(list(value.items()))
    return f"{count} {'entry' if count == 1 else 'entries'}" if _is_nested(value) else _text(path, value)


def _is_nested(value: Value) -> bool:
    return any(isinstance(item.data, dict | list) for _, item in value.items())


def _is_what_it_takes(own: Value, value: Value, now: Mapping[tuple[str, ...], Value]) -> bool:
    """Say whether an option that is `${OTHER}` in its file has the value of the other one, as it is kept with a run."""
    other = re.fullmatch(r"\$\{([\w.-]+)\}", str(own.data))
    source = now.get(tuple(other[1].split("."))) if other else None
    return source is not None and source.plain() == value.plain()


def _text(path: tuple[str, ...], value: Value) -> str:
    return as_text(shown_settings(value.shown(), path[-1] if path else ""))


def _shortened(changed: Mapping[tuple[str, ...], Changed]) -> dict[str, str]:
    """Return options by the shortest ends of their paths that tell them apart; entries of lists are taken together."""
    together: dict[tuple[str, ...], list[str]] = {}
    for path, item in changed.items():
        whole = tuple(part for part in path if not part.isdigit())
        whole = whole[:-1] if len(whole) > 1 and whole[-1] in KINDS else whole
        together.setdefault(whole, []).append(_compact(item.now))
    found = {}
    for path, texts in together.items():
        length = 1
        while length < len(path) and sum(other[-length:] == path[-length:] for other in together) > 1:
            length += 1
        key = ".".join([*path[-length:-1], SHORT.get(path[-1], path[-1])])
        found[key] = ",".join(dict.fromkeys(texts) if len(set(texts)) == 1 else texts)
    return found


def _compact(text: str) -> str:
    """Return a value in few characters: 0.003 as 3e-3, fractions by four digits, a path as its last part."""
    if re.fullmatch(r"-?\d+(\.\d*)?(e-?\d+)?", text):
        return _number(text)
    # A metric is called NODE/NAME, and no path.
    if "/" in text and "://" not in text and "\n" not in text and (PurePath(text).suffix or text[0] in "/.~"):
        text = PurePath(text).name or text
    return re.sub(r"\s+", " ", text)


def _number(text: str) -> str:
    value = Decimal(text)
    # Numbers that were drawn have sixteen digits, which tell nobody anything in a name.
    value = value if value == int(value) else Decimal(f"{value:.4g}")
    if not value or Decimal("0.01") <= abs(value) < 100_000:
        return as_text(int(value)) if value == int(value) else as_text(float(value))
    sign, digits, exponent = value.normalize().as_tuple()
    head, rest = str(digits[0]), "".join(map(str, digits[1:]))
    return f"{'-' if sign else ''}{head}{'.' if rest else ''}{rest}e{int(exponent) + len(rest)}"
