"""Reads the entry of one node, once all names are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from registry.contract.errors import Origin, Problems
from registry.contract.records import record
from registry.contract.tracker import RUN
from registry.language.graph import Node
from registry.language.inputs import InputReader
from registry.language.interpolation import Interpolator
from registry.language.layers import merge
from registry.language.references import References
from registry.language.scope import Scope
from registry.language.value import Value, empty_mapping

FILES_OF_WEIGHTS = (".keras", ".h5", ".hdf5")
"""How the names of files end that hold weights."""


@record
class Pending:
    """A node that was named, and is yet to be read: its path, entry and scope, and where its name was written."""

    path: str
    entry: Value
    scope: Scope
    place: Origin


@record
class NodeReader:
    """Reads the nodes of one document; `defaults`: parameters by block."""

    options: Interpolator
    references: References
    problems: Problems
    defaults: Mapping[str, Value]
    trainable: bool
    uses: set[str] = field(default_factory=set)
    """The blocks that nodes have named."""
    chosen: set[str] = field(default_factory=set)
    """Those of them that an option has chosen: `use: "${General.normalization}"`."""
    defaulted: set[str] = field(default_factory=set)
    """The blocks of nodes that have taken `defaults`."""

    def read(self, item: Pending) -> Node | None:
        """Return the node; None if it is broken (reported)."""
        use, params, source, stored = (
            self.options.resolve_key(item.entry, key, item.scope.variables, item.path)
            for key in ("use", "with", "in", "weights")
        )
        named = item.entry.mapping["use"]
        self.uses.add(str((use or named).data))
        self.chosen.update([str(use.data)] if use is not None and use.data != named.data else [])
        inputs = InputReader(self.references, self.problems, item.scope, item.path).read(source)
        if use is None or not self._is_text("use", "the name of a block", use, item):
            return None
        if stored is not None and not self._is_layer_name(stored, item):
            stored = None
        block = str(use.data)
        unresolved = params is None and "with" in item.entry.keys
        if params is None or params.data is None:
            params = self._resolved_part(item) if unresolved else empty_mapping(item.place)
        if source is None and "in" in item.entry.keys:
            inputs = replace(inputs, broken=True)
        if block in self.defaults:
            self.defaulted.add(block)
            params = merge(self.defaults[block], params)
        name = str(stored.data) if stored is not None else ""
        groups = item.scope.groups
        return Node(item.path, block, use.origin, item.place, inputs, params, groups, self.trainable, name, unresolved)

    def _resolved_part(self, item: Pending) -> Value:
        """Return those parameters of a node in which no placeholder names nothing (what does has been reported)."""
        written = item.entry.mapping["with"]
        if not isinstance(written.data, dict):
            return empty_mapping(item.place)
        found = {key: self.options.try_to_resolve(value, item.scope.variables) for key, value in written.data.items()}
        return Value({key: value for key, value in found.items() if value}, written.origin, written.keys)

    def _is_layer_name(self, stored: Value, item: Pending) -> bool:
        """Say whether `weights` of a node names a layer; a file or a run is reported, which a node does not take."""
        if not self._is_text("weights", "the name of a layer", stored, item):
            return False
        name = str(stored.data)
        if name and not name.startswith(RUN) and not name.endswith(FILES_OF_WEIGHTS):
            return True
        message = f"`weights` of a node: expected the name of a layer in an HGCalML file, received {stored.received()}"
        hint = "weights of a file or a run are loaded into an included graph: `{graph: FILE, weights: run:ID}`"
        self.problems.error(message, stored.origin, item.path, hint)
        return False

    def _is_text(self, key: str, meaning: str, value: Value, item: Pending) -> bool:
        if isinstance(value.data, str):
            return True
        self.problems.error(f"`{key}`: expected {meaning}, received {value.received()}", value.origin, item.path)
        return False
