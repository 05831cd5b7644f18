"""Turns what `in` says into one source per input port."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from registry.contract.block import Block, Port
from registry.contract.errors import Origin, Problems
from registry.contract.spelling import did_you_mean
from registry.language.graph import Node, Reference
from registry.language.inputs import BUNDLE, OPTIONAL
from registry.wiring.bundles import fillable, wrong_names
from registry.wiring.checked_graph import PortSource, Ref

Outputs = Collection[str]
"""The names of a node's outputs."""


class PortSources:
    """Finds the source of every input port of one node; `outputs` holds what the nodes before it provide."""

    def __init__(
        self, node: Node, block: Block | type[Block], outputs: Mapping[str, Outputs | None], problems: Problems
    ) -> None:
        self._node, self._block, self._problems = node, block, problems
        self._outputs = outputs
        self._defaults: dict[str, str] = {}
        self._required: list[tuple[str, ...]] = []
        self.sources: dict[str, PortSource] = {}
        self._rest: dict[str, Ref] = {}
        """What goes, by name, to the port that takes what no other port does."""
        self.places: dict[Ref, Origin] = {}
        """Where each tensor that the node takes was written."""
        self.bundled: set[str] = set()
        """The ports that bundles have filled by name, and the columns they give to a `rest` port."""
        self.offered: dict[str, Ref] = {}
        """What the bundles offer to optional ports that stay open."""
        self._useful: set[str] = set()
        """The nodes that fill an input as bundles."""
        self.culprits: dict[Ref, Origin] = {}
        """Where each tensor that the node takes was chosen: in a loop's `carry`, say, which its text here names."""
        self.broken = node.inputs.broken
        self._ports = {port.name: port for port in block.inputs}

    def connect(self, defaults: Mapping[str, str], required: Iterable[tuple[str, ...]] = ()) -> dict[str, PortSource]:
        """Return the source of every port that has one.

        `defaults` names the default output of nodes that have one, `required` the optional ports that the parameters
        make necessary, in groups of which one is enough.
        """
        self._defaults = dict(defaults)
        self._required = list(required)
        for name, references in self._node.inputs.ports.items():
            self._connect_port(name, references)
        self._connect_whole_input()
        self._report_missing()
        self._report_useless_bundles()
        return self.sources

    def _connect_port(self, name: str, references: tuple[Reference, ...]) -> None:
        origin = self._node.inputs.port_origins.get(name, self._node.origin)
        port = self._ports.get(name)
        rest = next((item for item in self._block.inputs if item.rest), None)
        if rest is not None and port in (None, rest):
            self._connect_rest(rest, name, references)
            return
        if port is None:
            hint = did_you_mean(name, self._ports) or f"its inputs: {', '.join(self._ports) or 'none'}"
            self._error(f"block {self._block.name!r} has no input {name!r}", origin, hint)
            return
        refs = [self._tensor(reference) for reference in references]
        if not refs and self._node.inputs.broken:
            return
        if name in self._node.inputs.port_lists and not port.many:
            self._error(f"input {name!r} takes one tensor, received a list of {len(refs)}", origin)
        elif any(ref is None for ref in refs):
            self.broken = True
        else:
            found = [ref for ref in refs if ref is not None]
            self.sources[name] = found if port.many else found[0]

    def _connect_rest(self, rest: Port, name: str, references: tuple[Reference, ...]) -> None:
        """Give a tensor, under a name of the user's choice, to the port that takes what no other port does."""
        refs = [self._tensor(reference) for reference in references]
        if len(refs) != 1 or refs[0] is None:
            self.broken = True
            return
        self._rest[name] = refs[0]
        self.sources[rest.name] = self._rest

    def _connect_whole_input(self) -> None:
        inputs = self._node.inputs
        many = [port for port in self._block.inputs if port.many and port.name not in self.sources]
        if inputs.listed and many:
            refs = [self._tensor(reference) for reference in inputs.bundles]
            self.broken = self.broken or None in refs
            if None not in refs:
                self.sources[many[0].name] = [ref for ref in refs if ref is not None]
                self._useful.update(reference.node for reference in inputs.bundles)
            return
        bundles = []
        for reference in inputs.bundles:
            if not reference.port:
                bundles.append(reference)
            elif inputs.listed or inputs.ports or BUNDLE in inputs.port_origins:
                message = f"{reference.text!r} is one tensor; a bundle is a node without a port"
                port = self._block.inputs[0].name if self._block.inputs else "port"
                self._error(message, reference.origin, f"write `{port}: {reference.text}`")
            else:
                self._connect_first(reference)
        self._connect_bundles(bundles)

    def _connect_first(self, reference: Reference) -> None:
        """Give a single tensor that is the whole input to the block's first port."""
        if not self._block.inputs:
            self._error(f"block {self._block.name!r} takes no input", reference.origin)
            return
        port = self._block.inputs[0]
        ref = self._tensor(reference)
        if ref is None:
            self.broken = True
        else:
            self.sources[port.name] = [ref] if port.many else ref

    def _connect_bundles(self, bundles: list[Reference]) -> None:
        if bundles and not self._block.inputs:
            self._error(f"block {self._block.name!r} takes no input", bundles[0].origin)
            return
        for fault in wrong_names(self._block, self._node.inputs.named):
            self._error(*fault)
        groups = [group for group in self._required if not self.sources.keys() & set(group)]
        filled = fillable(self._block.inputs, self._node.inputs.named)
        offered = self._offered(bundles, filled.union(*groups))
        for port in self._block.inputs:
            if port.name in filled and port.name in offered:
                self._fill(port.name, offered)
        for group in groups:
            found = [name for name in group if name in offered]
            if found and not self.sources.keys() & set(group):
                self._fill(found[0], offered)
        self.offered = {name: ref for name, ref in offered.items() if name in self._ports and name not in self.sources}
        for port in self._block.inputs:
            if port.rest:
                columns = {name: ref for name, ref in offered.items() if name not in self._ports}
                self.sources[port.name] = columns | self._rest
                self._useful |= {ref.node for name, ref in columns.items() if name not in self._rest}
                self.bundled |= {name for name in columns.keys() - self._rest if self._is_bundle(columns[name])}
        required = [port for port in self._block.inputs if not port.optional and not port.rest]
        if len(required) == 1 and required[0].name not in self.sources and bundles and not self.broken:
            self._connect_default(required[0], bundles[0])

    def _fill(self, name: str, offered: Mapping[str, Ref]) -> None:
        """Give what the bundles offer under its name to a port, unless it has a source."""
        if name not in self.sources:
            self.sources[name] = [offered[name]] if self._ports[name].many else offered[name]
            self._useful.add(offered[name].node)
            if self._is_bundle(offered[name]):
                self.bundled.add(name)

    def _is_bundle(self, ref: Ref) -> bool:
        """Say whether a tensor came from a bundle: a bare reference to a node of one output is that output."""
        return BUNDLE in self._node.inputs.port_origins or len(self._outputs[ref.node] or ()) > 1

    def _offered(self, bundles: Iterable[Reference], filled: Collection[str]) -> dict[str, Ref]:
        """Return what the bundles offer by name; a port of `filled` that two of them offer is an error."""
        offered: dict[str, Ref] = {}
        first: dict[str, str] = {}
        for reference in bundles:
            outputs = self._outputs.get(reference.node)
            if outputs is None:
                self.broken = True
                continue
            for name in outputs:
                ref = Ref(reference.node, name)
                self._note(ref, reference)
                if name in filled and name not in self.sources and offered.get(name, ref) != ref:
                    message = f"input {name!r} is offered by {first[name]!r} and by {reference.text!r}"
                    self._error(message, reference.origin, f"say which: `{name}: {first[name]}.{name}`")
                offered.setdefault(name, ref)
                first.setdefault(name, reference.text)
        return offered

    def _connect_default(self, port: Port, reference: Reference) -> None:
        ref = self._tensor(reference)
        if ref is None:
            self.broken = True
        else:
            self.sources[port.name] = [ref] if port.many else ref
            self._useful.add(ref.node)

    def _tensor(self, reference: Reference) -> Ref | None:
        """Return the tensor a reference names; a bare node means its only output, or its default one."""
        outputs = self._outputs.get(reference.node)
        if outputs is None:
            return None
        port = (
            reference.port or self._defaults.get(reference.node) or (next(iter(outputs)) if len(outputs) == 1 else "")
        )
        if port in outputs:
            ref = Ref(reference.node, port)
            self._note(ref, reference)
            return ref
        if reference.port:
            hint = did_you_mean(reference.port, outputs) or listing(outputs)
            self._error(f"{reference.node!r} has no output {reference.port!r}", reference.origin, hint)
            return None
        self._error(f"{reference.text!r} has {len(outputs)} outputs: say which one", reference.origin, listing(outputs))
        return None

    def _note(self, ref: Ref, reference: Reference) -> None:
        self.places.setdefault(ref, reference.origin)
        self.culprits.setdefault(ref, reference.culprit)

    def _report_missing(self) -> None:
        missing = [port for port in self._block.inputs if self._is_open(port)]
        if not missing or self.broken:
            return
        offered = [reference.text for reference in self._node.inputs.bundles]
        names = ", ".join(repr(port.name) for port in missing)
        found = f"; {', '.join(map(repr, offered))} offers {self._names_offered()}" if offered else ""
        hint = "\n".join(f"{port.name}: {port.description} [{port.pattern}]" for port in missing)
        self._error(f"missing input {names} of block {self._block.name!r}{found}", self._node.origin, hint)

    def _report_useless_bundles(self) -> None:
        """Report bundles that fill no input: what they offer is for optional ones that are not named."""
        for reference in self._node.inputs.bundles:
            if not self.broken and not reference.port and reference.node not in self._useful:
                open_ports = [name for name, ref in self.offered.items() if ref.node == reference.node]
                hint = f'name them: `"{OPTIONAL}": [{", ".join(open_ports)}]`' if open_ports else "remove it"
                message = f"the bundle {reference.text!r} fills no input of block {self._block.name!r}"
                self._error(message, reference.origin, hint)

    def _is_open(self, port: Port) -> bool:
        return not port.optional and not port.rest and port.name not in self.sources

    def _names_offered(self) -> str:
        names = [name for reference in self._node.inputs.bundles for name in self._outputs.get(reference.node) or ()]
        return ", ".join(dict.fromkeys(names)) or "nothing"

    def _error(self, message: str, origin: Origin, hint: str = "") -> None:
        self.broken = True
        self._problems.error(message, origin, self._node.path, hint)


def listing(outputs: Iterable[str]) -> str:
    """Return the hint that lists a node's outputs."""
    names = list(outputs)
    return f"its outputs: {', '.join(names)}" if names else "it has no outputs: nothing can be wired behind it"
