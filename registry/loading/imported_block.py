"""`use: import:package.module:Class`: an installed Keras layer as a block, with its ports stated in the graph.

The text of its file tells what `call` takes; the layer is imported when it is built.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import ConfigDict

from registry.contract.axes import AxisMismatch, Bindings, TensorType, parse_pattern
from registry.contract.block import Block, BlockParams, Complaint, InputTypes, Port, Weights, param
from registry.contract.searching import elsewhere
from registry.contract.spelling import did_you_mean

if TYPE_CHECKING:
    import keras

IMPORT_PREFIX = "import:"
NO_TENSORS = ("self", "training", "mask")
"""Arguments of `call` that are no inputs."""


class ImportedParams(BlockParams):
    """The layer's own arguments, and what goes in and out."""

    model_config = ConfigDict(extra="allow")

    output: str | dict[str, str] = param(
        ..., 'shape of the output, such as "hits 32"; of several, one by each key of the dict that it returns'
    )
    ports: dict[str, str] = param({}, 'shapes of inputs by name, such as {x: "hits features"}; any where none is given')


class ImportedBlock(Block):
    """A layer of an installed package; its arguments stand under `with`, beside `output` and `ports`."""

    kind = "layer"
    outputs = (Port("x", "...", "what the layer returns"),)
    address: ClassVar[str]

    class Params(ImportedParams):
        """Arguments of the layer, and its ports."""

    @property
    def _out(self) -> Mapping[str, str]:
        output = self.params.output
        return {"x": output} if isinstance(output, str) else output

    def check(self) -> Iterator[Complaint]:
        known = [port.name for port in self.inputs]
        for name in self.params.ports:
            if name not in known:
                hint = did_you_mean(name, known) or f"`call` takes: {', '.join(known)}"
                yield Complaint(f"`ports` names {name!r}, which the layer does not take", f"ports.{name}", hint, True)
        written = {f"ports.{name}": text for name, text in self.params.ports.items()}
        output = self.params.output
        written |= {"output": output} if isinstance(output, str) else {f"output.{k}": v for k, v in output.items()}
        for parameter, text in written.items():
            try:
                parse_pattern(text)
            except ValueError as error:
                yield Complaint(f"parameter {parameter!r}: {error}", parameter, "write axes, such as `hits 32`")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        types = {name: item for name, item in inputs.items() if isinstance(item, TensorType)}
        for name, pattern in self.params.ports.items():
            if name in types:
                try:
                    bindings.match(pattern, types[name], name)
                except AxisMismatch as error:
                    raise AxisMismatch(str(error), f"ports.{name}") from None
        for axis in (axis for type_ in types.values() for axis in type_.axes if not isinstance(axis, int)):
            bindings.sizes.setdefault(axis.name, axis)
        floats = [type_.dtype for type_ in types.values() if "float" in type_.dtype]
        return {
            name: bindings.build(text, floats[0] if floats else "float32", node) for name, text in self._out.items()
        }

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(known=False)

    def build(self, name: str) -> keras.layers.Layer:
        from registry.contract.imported_layer import ImportedLayer

        return ImportedLayer(self.address, self.params.model_extra or {}, name=name)


@cache
def imported_block(name: str) -> type[Block] | None:
    """Return the block of `import:package.module:Class`; None if there is no such class."""
    if import_fault(name):
        return None
    address = name.removeprefix(IMPORT_PREFIX)
    module, _, kind = address.partition(":")
    taken = list(_taken(_tree(module), kind))
    fields = {
        "__doc__": f"The layer {kind} of the installed module {module}.",
        "name": name,
        "address": address,
        "positional": len(taken) == 1,
        "inputs": tuple(Port(port, "...", "what the layer takes", "any", optional=opt) for port, opt in taken),
    }
    return type(kind, (ImportedBlock,), fields)


def import_fault(name: str) -> str:
    """Return why `import:package.module:Class` names no layer; empty if it can be one."""
    module, _, kind = name.removeprefix(IMPORT_PREFIX).partition(":")
    if not module or not kind.isidentifier():
        return f"expected `{IMPORT_PREFIX}package.module:Class`"
    tree = _tree(module)
    if tree is None:
        return f"no module {module!r} is installed as a Python file: is its package installed?"
    kinds = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    if kind in kinds:
        return ""
    return f"{module} defines no class {kind!r}; {did_you_mean(kind, kinds) or 'it has: ' + ', '.join(kinds)}"


@cache
def _tree(module: str) -> ast.Module | None:
    """Return the text of an installed module, which is not imported."""
    first, *rest = module.split(".")
    spec: ModuleSpec | None = elsewhere(first)
    for part in rest:
        folders = list(spec.submodule_search_locations or ()) if spec else []
        spec = PathFinder.find_spec(part, folders) if folders else None
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return None
    return ast.parse(Path(spec.origin).read_text(encoding="utf-8"))


def _taken(tree: ast.Module | None, kind: str) -> Iterator[tuple[str, bool]]:
    """Yield what `call` of a class takes, and whether it may be left out; "x" where its text does not say."""
    kinds = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)} if tree else {}
    node = kinds.get(kind)
    while node is not None:
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and item.name == "call":
                arguments = [*item.args.posonlyargs, *item.args.args]
                first = len(arguments) - len(item.args.defaults)
                named = [(entry.arg, place >= first) for place, entry in enumerate(arguments)]
                yield from ((name, optional) for name, optional in named if name not in NO_TENSORS)
                return
        bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
        node = next((kinds[base] for base in bases if base in kinds and base != node.name), None)
    yield "x", False
