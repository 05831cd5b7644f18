"""Writes the function that builds the network: a line for each node, in order, with what the graph says of it."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.contract.errors import InputError, Problem
from registry.contract.layer import BlockLayer
from registry.ejecting.layers import MARGIN, has_default, signature, text
from registry.ejecting.naming import Names
from registry.ejecting.wrapped import PARTIAL, Wrapped
from registry.wiring.checked_graph import CheckedGraph, CheckedNode, PortSource, Ref

if TYPE_CHECKING:
    from registry.compiling.model import Compiled
    from registry.language.graph import Group

PLAIN = (bool, int, float, str, type(None))


@dataclass(frozen=True)
class Results:
    """What the nodes of an inference model return: the tensors that there are, and the nodes that return one alone."""

    there: frozenset[Ref]
    single: frozenset[str]

    @classmethod
    def of(cls, compiled: Compiled, nodes: Sequence[str]) -> Results:
        """Call the layers of some nodes, in order, as the inference model does."""
        from registry.compiling.layers import by_port, call_layer, frozen_options
        from registry.compiling.model import arguments

        assert compiled.inference is not None
        read = set(compiled.inference.input)
        tensors = {ref: tensor for ref, tensor in compiled.tensors.items() if str(ref) in read}
        single = set()
        for path in nodes:
            node, layer = compiled.checked.nodes[path], compiled.layers[path]
            result = call_layer(path, node, layer, arguments(node, tensors), **frozen_options(layer, node))
            tensors |= by_port(path, node, layer, result)
            if not isinstance(result, dict):
                single.add(path)
        return cls(frozenset(tensors), frozenset(single))


@dataclass
class Builder:
    """Writes the body of `build`; `classes`: how the class of each node's layer is written; `results`: of its nodes.

    `held`: what the layers of some nodes are given.
    """

    compiled: Compiled
    names: Names
    classes: Mapping[str, str]
    results: Results
    held: Mapping[str, Wrapped] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    _said: set[tuple[str, int | None]] = field(default_factory=set)
    _comments: dict[str, list[str]] = field(default_factory=dict)
    _groups: tuple[Group, ...] = ()
    """Those of the node that was written last."""

    def __post_init__(self) -> None:
        self._taken = {*dir(builtins), *keyword.kwlist, *self.names.of.values(), "inputs", "outputs"}

    @property
    def checked(self) -> CheckedGraph:
        """The graph that is written."""
        return self.compiled.checked

    def inputs(self) -> list[str]:
        """Return the lines that make the inputs."""
        lines = []
        assert self.compiled.inference is not None
        for name, tensor in self.compiled.inference.input.items():
            variable = self._variable(name)
            shape = ", ".join("None" if size is None else str(size) for size in tensor.shape[1:])
            shape = f"({shape},)" if len(tensor.shape) == 2 else f"({shape})"
            lines.append(f'    {variable} = keras.Input(shape={shape}, dtype="{tensor.dtype}", name="{name}")')
        return lines

    def node(self, path: str) -> list[str]:
        """Return the lines of a node: comments, and the call of its layer."""
        node, layer = self.checked.nodes[path], self.compiled.layers[path]
        options = self._held(path) if path in self.held else self._assigned(path, dict(self._options(node, layer)))
        if not node.written.trainable:
            options.append("trainable=False")
        options.append(f'name="{path}"')
        inputs = node.inputs
        taken = {port: self._source(port, source, node) for port, source in inputs.items()}
        arguments = [text if node.block.positional else f"{port}={text}" for port, text in taken.items() if text]
        if not node.written.trainable and self._takes_training(layer):
            arguments.append("training=False")
        variable = self._variable(path)
        return [*self._said_of(node), *_call(f"    {variable} = {self.classes[path]}", options, arguments)]

    def _held(self, path: str) -> list[str]:
        """Return the arguments of a layer that is given a function, or another layer."""
        held = self.held[path]
        code, arguments = self.names.of[held.code], self._assigned(path, held.arguments)
        first = f"{code}({', '.join(arguments)})" if held.called else code
        if arguments and not held.called:
            first = f"{self.names.of[PARTIAL]}({', '.join([code, *arguments])})"
        return [first, *self._assigned(path, held.further)]

    def _assigned(self, path: str, values: Mapping[str, Any]) -> list[str]:
        return [f"{name}={self._plain(path, name, value)}" for name, value in values.items()]

    def end(self, name: str) -> list[str]:
        """Return the lines that make the model."""
        assert self.compiled.inference is not None
        inputs = [f'"{key}": {self._variable(key)}' for key in self.compiled.inference.input]
        outputs = [f'"{key}": {self._ref(ref)}' for key, ref in self.checked.outputs.items()]
        return [
            *signature("    inputs = {", inputs, "}"),
            *signature("    outputs = {", outputs, "}"),
            f'    return keras.Model(inputs, outputs, name="{name}")',
        ]

    @staticmethod
    def _takes_training(layer: Any) -> bool:
        from registry.compiling.keras_internals import takes_training

        return takes_training(layer)

    def _options(self, node: CheckedNode, layer: Any) -> Iterator[tuple[str, Any]]:
        """Yield the arguments of the layer's constructor that are not its defaults."""
        if isinstance(layer, BlockLayer) and layer.block is not None:
            for name, entry in layer.block.Params.model_fields.items():
                value = getattr(layer, name)
                if not has_default(entry) or entry.get_default() != value:
                    yield name, value
            return
        arguments = getattr(node.block, "arguments", None)
        yield from (arguments if isinstance(arguments, dict) else node.block.layer_config()).items()

    def _plain(self, path: str, name: str, value: Any) -> str:
        """Return how a value is written; raise InputError for one that cannot be."""
        pending = [value]
        while pending:
            item = pending.pop()
            if isinstance(item, list | tuple):
                pending += item
            elif isinstance(item, dict):
                pending += [*item, *item.values()]
            elif not isinstance(item, PLAIN):
                message = f"the parameter {name!r} cannot be written out: it is a {type(item).__name__}"
                hint = "expected numbers, texts, lists and mappings of them"
                raise InputError([Problem(message, self.checked.nodes[path].written.origin, path, hint)])
        return text(value)

    def _source(self, port: str, source: PortSource, node: CheckedNode) -> str:
        """Return how an input is written; empty if nothing of it is there."""
        if isinstance(source, Ref):
            return self._ref(source)
        if isinstance(source, list):
            return f"[{', '.join(map(self._ref, source))}]"
        there = {name: ref for name, ref in source.items() if ref in self.results.there}
        items = [f"{text(name)}: {self._ref(ref)}" for name, ref in there.items()]
        if sum(map(len, items)) < MARGIN // 2:
            return f"{{{', '.join(items)}}}"
        return "\n".join(["{", *(f"            {item}," for item in items), "        }"])

    def _ref(self, ref: Ref) -> str:
        if str(ref) in self.variables:
            return self.variables[str(ref)]
        variable = self.variables[ref.node]
        return variable if ref.node in self.results.single else f'{variable}["{ref.port}"]'

    def _variable(self, path: str) -> str:
        if path not in self.variables:
            wanted = re.sub(r"\W", "_", path)
            wanted = f"node_{wanted}" if wanted[:1].isdigit() else wanted
            self.variables[path] = next(
                name
                for number in count(1)
                if (name := wanted if number == 1 else f"{wanted}_{number}") not in self._taken
            )
            self._taken.add(self.variables[path])
        return self.variables[path]

    def _said_of(self, node: CheckedNode) -> list[str]:
        """Return comments: groups that begin with the node, and what stands above it in the graph's file."""
        lines = [""] if len(node.written.groups) < len(self._groups) else []
        self._groups = node.written.groups
        for group in node.written.groups:
            key = (group.path, group.index)
            if key not in self._said:
                self._said.add(key)
                lines += ["", f"    # {self._group(group)}"] if lines[-1:] != [""] else [f"    # {self._group(group)}"]
        if all(group.index in (None, 0) for group in node.written.groups):
            lines += [f"    {text}" for text in self._comment_above(node)]
        return lines

    def _group(self, group: Group) -> str:
        if group.index is not None:
            return f"{group.path}, pass {group.index + 1} of {group.count}"
        included = self.checked.expanded.subgraphs.get(group.path)
        if included is None:
            return group.path
        described = re.search(r"^description:\s*(.+)$", "\n".join(self._lines(included.file)), re.MULTILINE)
        return f"{group.path}: {described[1] if described else Path(included.file).name}"

    def _comment_above(self, node: CheckedNode) -> list[str]:
        origin = node.written.origin
        lines = self._lines(origin.file)
        place, found = origin.line - 2, list[str]()
        while 0 <= place < len(lines) and lines[place].strip().startswith("#"):
            found.insert(0, lines[place].strip())
            place -= 1
        return found

    def _lines(self, file: str) -> list[str]:
        if file not in self._comments:
            try:
                self._comments[file] = Path(file).read_text(encoding="utf-8").splitlines()
            except (OSError, UnicodeDecodeError):
                self._comments[file] = []
        return self._comments[file]


def _call(before: str, options: list[str], arguments: list[str]) -> list[str]:
    """Return the lines of `before(options)(arguments)`: one if it fits, else as few as do."""
    first, last = ", ".join(options), ", ".join(arguments)
    if "\n" not in last and len(f"{before}({first})({last})") <= MARGIN:
        return [f"{before}({first})({last})"]
    if "\n" not in last and len(f"{before}({first})(") <= MARGIN and len(f"        {last}") <= MARGIN:
        return [f"{before}({first})(", f"        {last}", "    )"]
    fits = "\n" not in last and len(f"    )({last})") <= MARGIN
    middle = [f"    )({last})"] if fits else ["    )(", *(f"        {item}," for item in arguments), "    )"]
    head = [f"{before}({first})("] if len(f"{before}({first})(") <= MARGIN and not fits else []
    if head:
        return [*head, *middle[1:]]
    inner = [f"        {first}"] if len(f"        {first}") <= MARGIN else [f"        {item}," for item in options]
    return [f"{before}(", *inner, *middle]
