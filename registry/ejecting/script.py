"""Makes the script of a compiled graph."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.contract.errors import InputError, Problem
from registry.contract.failures import class_place
from registry.contract.searching import ENGINE
from registry.ejecting.branches import branches_left_out
from registry.ejecting.building import Builder, Results
from registry.ejecting.collecting import Collector, Symbol
from registry.ejecting.layers import MARGIN, methods_left_out
from registry.ejecting.naming import Names
from registry.ejecting.source import SourceModule
from registry.ejecting.wrapped import PARTIAL, decorators_left_out, wrapped
from registry.ejecting.writing import definitions, imports, is_special
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.needed import needed_ports

if TYPE_CHECKING:
    from registry.compiling.model import Compiled

OWN_NAMES = ("build", "load", "WEIGHTS", "inputs", "outputs", "annotations", "keras", "Any", "Path")
"""Names that every script uses itself."""


@dataclass(frozen=True)
class Written:
    """Where a script comes from: the graph as it was named, and the file beside it with its weights ("": none)."""

    graph: str
    weights: str = ""


def script(compiled: Compiled, written: Written) -> str:
    """Return the script that builds the inference model of a graph, whatever it needs of blocks' code included.

    Raises InputError for a layer whose code cannot be written out.
    """
    checked = compiled.checked
    needed = needed_ports(checked, checked.outputs.values(), ())
    nodes = [path for path in checked.nodes if path in needed and path in compiled.layers]
    held = {path: found for path in nodes if (found := wrapped(checked.nodes[path].block))}
    kinds = {path: held[path].layer if path in held else type(compiled.layers[path]) for path in nodes}
    layers = {_symbol(kind, path, checked): kind for path, kind in kinds.items() if not _is_of_keras(kind)}
    codes = dict.fromkeys(item.code for item in held.values())
    written_out = [*layers, *(symbol for symbol in codes if not symbol.library)]
    tops = {ENGINE, *(symbol.module.partition(".")[0] for symbol in written_out)}
    collector = Collector(lambda name: name.partition(".")[0] in tops, is_special, _left_out)
    for symbol in written_out:
        collector.add(symbol)
    names = Names.of_pieces(collector.pieces.values(), written_out, OWN_NAMES)
    names.of |= {symbol: names.new(symbol.name, symbol.module) for symbol in codes if symbol not in names.of}
    if any(item.arguments and not item.called for item in held.values()):
        names.of[PARTIAL] = names.of.get(PARTIAL) or names.new(PARTIAL.name, PARTIAL.module)
    names.of |= {Symbol("keras", "", True): "keras", Symbol("typing", "Any", True): "Any"}
    if written.weights:
        names.of[Symbol("pathlib", "Path", True)] = "Path"
    classes = {path: _class(kind, names) for path, kind in kinds.items()}
    builder = Builder(compiled, names, classes, Results.of(compiled, nodes), held)
    body = [*builder.inputs(), *(line for path in nodes for line in builder.node(path))]
    body += ["", *builder.end(checked.expanded.name)]
    code = definitions(collector.pieces, names, checked.expanded.name)
    build = ["def build() -> keras.Model:", f'    """Return the network, {_weights(written)}."""', *body]
    top = "\n".join([_head(compiled, written), "", *imports(names)])
    # A comment stands right behind the imports, as linters have it.
    parts = [f"{top}\n\n{code}" if code else top, "\n".join(build), _end(written)]
    return "\n\n\n".join(parts).rstrip() + "\n"


def _left_out(source: SourceModule, node: ast.AST) -> Iterator[tuple[int, int]]:
    yield from branches_left_out(source, node)
    yield from methods_left_out(source, node)
    yield from decorators_left_out(source, node)


def _symbol(kind: type, path: str, checked: CheckedGraph) -> Symbol:
    """Return what a layer's class is known by; raises InputError for one that is made in a function."""
    if "<locals>" in kind.__qualname__:
        node = checked.nodes[path]
        what = f"the layer {kind.__name__} of the block {node.block.name!r}"
        message = f"{what} is made in a function: it cannot be written out"
        place = class_place(kind)
        origin = place.used_at(node.written.origin) if place else node.written.origin
        raise InputError(
            [Problem(message, origin, path, 'put the class into a file of its own: `layer = "FILE:Class"`')]
        )
    return Symbol(kind.__module__, kind.__qualname__)


def _is_of_keras(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == "keras"


def _class(kind: type, names: Names) -> str:
    return (
        f"keras.layers.{kind.__name__}" if _is_of_keras(kind) else names.of[Symbol(kind.__module__, kind.__qualname__)]
    )


def _weights(written: Written) -> str:
    return "with random weights" if not written.weights else "with random weights: `load` gives it the trained ones"


def _head(compiled: Compiled, written: Written) -> str:
    """Return the text at the top of the script: what it is, what it takes and returns."""
    checked = compiled.checked
    model = compiled.inference
    assert model is not None
    described = checked.expanded.description or checked.expanded.name
    lines = [
        f'"""{described}.',
        "",
        f"The network of {written.graph}, written out by `python -m registry.eject`.",
        "It needs Keras and TensorFlow, and not the package that has written it. The layers come first; `build` makes",
        "the network of them, node by node.",
        "",
        "It takes a dict of columns; those of several events stand behind each other, and row_splits says where each",
        "event begins, and where the last one ends: [0, hits] for one event.",
        "",
    ]
    lines += [f"    {name}: {_shape(tensor)}" for name, tensor in model.input.items()]
    lines += ["", "It returns a dict:", ""]
    lines += [f"    {name}: {checked.type_of(ref)}" for name, ref in checked.outputs.items()]
    left = [path for path, node in checked.nodes.items() if node.block.kind in ("loss", "monitor", "loader")]
    if left:
        lines += ["", *_wrapped(f"Not here, as the network does without: {', '.join(left)}.")]
    return "\n".join([*lines, '"""'])


def _shape(tensor: object) -> str:
    shape = ", ".join("any" if size is None else str(size) for size in getattr(tensor, "shape", ()))
    return f"{getattr(tensor, 'dtype', '')} [{shape}]"


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, MARGIN)


def _end(written: Written) -> str:
    lines = []
    if written.weights:
        lines += [
            f'WEIGHTS = Path(__file__).with_name("{written.weights}")',
            "",
            "",
            "def load(weights: str | Path = WEIGHTS) -> keras.Model:",
            '    """Return the network with the weights of a `.keras` file."""',
            "    model = build()",
            "    model.load_weights(weights)",
            "    return model",
            "",
            "",
        ]
    made = "load" if written.weights else "build"
    return "\n".join([*lines, 'if __name__ == "__main__":', f"    {made}().summary()"])
