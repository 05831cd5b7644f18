"""The files of a new plugin: one file with its test, or a package that can be installed."""

from __future__ import annotations

import importlib.util
import keyword
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from registry.contract.errors import InputError, Problem
from registry.contract.spelling import did_you_mean
from registry.scaffolding.port_texts import PortText, read_ports
from registry.scaffolding.templates import KindTemplate, filled
from registry.scaffolding.words import layer_words, words_of

PACKAGE = Path(__file__).parents[1] / "templates" / "package"
"""Files that every package has, whatever its plugin is."""

Files = dict[str, str]
"""Contents by path."""


def plugin_files(
    template: KindTemplate, name: str, inputs: Sequence[str], outputs: Sequence[str], package: bool
) -> Files:
    """Return the files of a plugin; raises InputError for a name or ports that cannot be."""
    check_name(name)
    ports = tuple(_ports(template, side, given) for side, given in (("in", inputs), ("out", outputs)))
    words = words_of(name, f"{name}.plugin" if package else name, *ports)
    chosen = template.of("package" if package else "file")
    texts = "".join(chosen.values())
    if "$layer_build" in texts or "$function_result" in texts:
        words |= layer_words(*ports)
    if "$float_names" in texts or "$float_texts" in texts:
        _require_floats(template, ports[0])
    if "$random_columns" in texts:
        _require_widths(ports[1])
    files = {filled(path, words).strip(): filled(text, words) for path, text in chosen.items()}
    if not package:
        return files
    return _packaged(files, template, {**words, "kind": template.kind, "use": filled(template.use, words).strip()})


def check_name(name: str) -> None:
    """Raise InputError for a name that a module of a plugin cannot have."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        hint = "expected small letters, digits and '_', a letter first: edge_gain"
        raise InputError([Problem(f"{name!r} cannot be the name of a plugin", hint=hint)])
    taken = "Python's own library has" if name in sys.stdlib_module_names else ""
    spec = None if taken else importlib.util.find_spec(name)
    if spec is not None and "site-packages" in str(spec.origin):
        taken = "an installed package has"
    if taken:
        raise InputError(
            [Problem(f"{taken} a module {name!r}, which could not be told apart", hint="choose another name")]
        )


def _ports(template: KindTemplate, side: str, given: Sequence[str]) -> list[PortText]:
    default = template.inputs if side == "in" else template.outputs
    if given and not default:
        has = {"in": "inputs", "out": "outputs"}[side]
        raise InputError([Problem(f"--{side}: the {has} of a {template.kind} are not chosen by its author")])
    ports = read_ports(given or default, f"--{side}")
    added = [text.partition(" ")[2] for text in template.added if text.startswith(f"{side} ")]
    return [
        *ports,
        *(port for port in read_ports(added, f"--{side}") if port.name not in {item.name for item in ports}),
    ]


def _require_floats(template: KindTemplate, inputs: Sequence[PortText]) -> None:
    if not any(port.is_float and len(port.axes) == 2 for port in inputs):
        hint = 'expected an input of two axes that holds numbers: "x: hits features"'
        raise InputError([Problem(f"--in: a {template.kind} without columns of numbers", hint=hint)])


def _require_widths(outputs: Sequence[PortText]) -> None:
    """Raise InputError for an output of a loader that is no column of hits."""
    for port in outputs:
        if port.name == "row_splits":
            continue
        last = port.parsed.tokens[-1]
        if len(port.axes) != 2 or port.axes[0] != "hits" or (last.name and not last.param):
            hint = 'expected columns of hits with a width: "position: hits 3", "features: hits {width}"'
            near = did_you_mean(port.axes[0], ["hits"])
            raise InputError([Problem(f"--out: {port.name}: {port.pattern} cannot be read", hint=near or hint)])


def _packaged(files: Files, template: KindTemplate, words: dict[str, str]) -> Files:
    """Return the files of an installable package around a plugin."""
    name = words["name"]
    what = template.summary.partition(": ")[2]
    words = {
        **words,
        "group": template.group,
        "dashed": name.replace("_", "-"),
        "summary_sentence": f"{template.kind.capitalize()} for registry: {what}.",
    }
    found: Files = {}
    for path in sorted(PACKAGE.rglob("*.txt")):
        target = path.relative_to(PACKAGE).as_posix().removesuffix(".txt").replace("NAME", name).replace("dot.", ".")
        found[f"{name}/{target}"] = filled(path.read_text(encoding="utf-8"), words)
    own = {f"{name}.py": "plugin.py", f"{name}_layer.py": "layer.py"}
    for file, text in files.items():
        inside = f"tests/{file}" if file.startswith("test_") else f"src/{name}/{own[file]}"
        found[f"{name}/{inside}"] = text
    return found
