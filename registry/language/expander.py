"""Expands one graph file: names every node, then resolves what each refers to; a sub-graph has its own expander."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from pathlib import Path

from registry.contract.errors import Origin, Problems
from registry.contract.records import record
from registry.language import entries
from registry.language.document import Document
from registry.language.graph import Default, Graph, Group, Reference, SubGraph
from registry.language.inputs import BUNDLE
from registry.language.interpolation import Interpolator
from registry.language.loops import loop_body, loop_items, open_loop, passes
from registry.language.nodes import NodeReader, Pending
from registry.language.placeholders import named_in, used_in
from registry.language.references import References
from registry.language.scope import Alias, Broken, Dropped, Entry, LoaderInput, NodeEntry, Scope
from registry.language.subgraphs import bundle, loader_input, open_subgraph, prune, report_not_taken
from registry.language.switches import is_off, stand_in
from registry.language.unread import LoopEntries, is_used, report_engine_options, texts
from registry.language.unused import EngineKeys, Known, report_unused
from registry.language.value import Value

IsLoader = Callable[[str], bool]


@record(frozen=False)
class Expander:
    """Expands one document into `graph`; a sub-graph gets an expander of its own, whose `root` scope has a prefix."""

    document: Document
    graph: Graph
    is_loader: IsLoader
    engine: EngineKeys
    problems: Problems
    loader: LoaderInput | None = None
    """For a sub-graph: what takes the place of its loader."""
    trainable: bool = True
    stack: tuple[str, ...] = ()
    """The graph files being included, outermost first."""
    outputs: dict[str, Reference] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.options = Interpolator(self.document.config, self.problems, self.document.incomplete)
        self.references = References(self.problems)
        self.files = list(self.document.files)
        self.stack = (*self.stack, self.document.file)
        self._pending: list[Pending | PendingGraph] = []
        self._aliases: list[Entry] = []
        self._loops: list[LoopEntries] = []
        self._defaults: list[Default] = []
        self.root = Scope()
        defaults = self._read_defaults()
        self._nodes = NodeReader(self.options, self.references, self.problems, defaults, self.trainable)

    def declare(self, root: Scope) -> None:
        """Name every node, unrolling loops and opening sub-graphs; no reference is resolved yet."""
        self.root = root
        blocks = self.document.section("blocks")
        if blocks is None or not blocks.data:
            place = blocks.origin if blocks else Origin(self.document.file, 1, 1)
            self.problems.error("the graph has no nodes", place, hint="write at least one node under `blocks:`")
        elif isinstance(blocks.data, dict):
            self._declare_all(blocks, root)

    def finish(self) -> None:
        """Resolve parameters and references of every node, then report options nobody read."""
        for entry in self._aliases:
            if isinstance(entry, Alias):
                self.references.check(entry)
        for item in self._pending:
            if isinstance(item, PendingGraph):
                self._finish_subgraph(item)
            elif node := self._nodes.read(item):
                self.graph.nodes[item.path] = node
            else:
                self.graph.unread.append(item.path)
        for name in self._nodes.defaulted:
            self.options.try_to_resolve(self.document.root.mapping["defaults"].mapping[name])
        outputs = self.document.section("outputs")
        if outputs and isinstance(outputs.data, dict) and self.root.names:
            for name, value in outputs.data.items():
                self._finish_output(name, value)
        taken = {item.dialect.defaults.origin.file for item in self.document.dialects}
        # Where something is wrong, that may be why an option was not read, or a block not used.
        text = Path(self.document.file).read_text(encoding="utf-8", errors="replace") if self.problems.errors else ""
        known = Known(
            self.options.read | self.options.spared, self.options.failed, self.document.mentioned, taken, named_in(text)
        )
        report_unused(self.document.config, known, self.engine, self.problems)
        for loop in self._loops:
            loop.report(known, self.problems)
        uses, chosen = {*self._nodes.uses, *used_in(text)}, frozenset(self._nodes.chosen)
        self.graph.defaults += [replace(item, used=is_used(item, uses), chosen=chosen) for item in self._defaults]

    def _read_defaults(self) -> dict[str, Value]:
        defaults = self.document.section("defaults")
        if defaults is None or not isinstance(defaults.data, dict):
            return {}
        # Those of blocks that no node uses are read by nothing: `finish` knows which.
        sparing = self.options.sparing()
        resolved = {name: sparing.resolve(value, node="defaults") for name, value in defaults.data.items()}
        known = {name: value for name, value in resolved.items() if value is not None}
        self._defaults = [Default(name, defaults.keys[name], value) for name, value in known.items()]
        return known

    def _declare_all(self, blocks: Value, scope: Scope) -> None:
        for name, entry in blocks.mapping.items():
            path = f"{scope.prefix}{name}"
            place = blocks.keys.get(name, entry.origin)
            found = entries.read_entry(name, entry, path, place, self.problems)
            if found is None:
                self._give_up(name, entry, path, scope)
                continue
            kind, entry = found
            otherwise = stand_in(entry, path, scope, self.options)
            self._aliases += [otherwise] if otherwise else []
            off = is_off(entry, path, scope, self.options, self.problems)
            if off is None:
                if kind == "node":
                    self.options.resolve(entry, scope.variables, path)
                self._give_up(name, entry, path, scope)
            elif off:
                self._touch(entry, scope)
                scope.names[name] = otherwise or Dropped(path, entry.keys["when"])
            elif kind == "node":
                self._declare_node(name, entry, scope, place)
            elif kind == "loop":
                self._declare_loop(name, entry, path, scope)
            else:
                self._declare_subgraph(name, entry, path, scope)

    def _touch(self, entry: Value, scope: Scope) -> None:
        """Note the options and the blocks that an entry mentions, which is left out: they belong to the graph."""
        self._nodes.uses.update(texts(self.options.touch(entry, scope.variables)))

    def _give_up(self, name: str, entry: Value, path: str, scope: Scope) -> None:
        """Leave an entry alone that cannot be read: the options it mentions belong to the graph all the same."""
        scope.names[name] = Broken(path)
        self._touch(entry, scope)
        self.graph.unread.append(path)

    def _declare_node(self, name: str, entry: Value, scope: Scope, place: Origin) -> None:
        path = f"{scope.prefix}{name}"
        if self.loader and scope is self.root:
            use = self.options.resolve(entry.mapping["use"], scope.variables, path)
            if use and isinstance(use.data, str) and self.is_loader(use.data):
                self._touch(entry, scope)
                scope.names[name] = self.loader
                return
        scope.names[name] = NodeEntry(path)
        self._pending.append(Pending(path, entry, scope, place))

    def _declare_loop(self, name: str, entry: Value, path: str, scope: Scope) -> None:
        loop = open_loop(entry, path, scope, self.options, self.problems)
        self._aliases += loop.carry.values()
        scope.names[name] = loop
        items = loop_items(loop, entry, self.options, self.problems)
        body = loop_body(loop, entry, self.problems)
        if items is None or body is None:
            self._give_up(name, entry, path, scope)
            return
        if not items:
            self._touch(entry, scope)
        variable, index = (entry.mapping.get(key) for key in ("as", "index"))
        literal = not self.options.is_option(entry.mapping["repeat"])
        carried = entry.mapping["carry"].keys if loop.carry else {}
        self._loops += [LoopEntries(loop, items, literal, variable, index, carried)] if items else []
        for inner in passes(loop, entry, items, self.options, self.problems):
            self._aliases += inner.next.values()
            self._declare_all(body, inner)

    def _declare_subgraph(self, name: str, entry: Value, path: str, scope: Scope) -> None:
        scope.names[name] = NodeEntry(path)
        opened = open_subgraph(entry, path, scope, self.options, self.stack, self.problems)
        loader, references = loader_input(entry, path, scope, self.options)
        if opened is None or ("in" in entry.keys and loader.value is None):
            self._give_up(name, entry, path, scope)
            return
        trainable = opened.trainable and self.trainable
        file = opened.document.file
        self.graph.plugins += opened.document.plugins
        self.graph.subgraphs[path] = SubGraph(path, file, opened.weights, opened.weights_origin, trainable)
        self._aliases += references
        inner = replace(self, document=opened.document, loader=loader, trainable=trainable, outputs={})
        group = Group(path, None, 1)
        inner.declare(Scope(f"{path}.", None, {}, (*scope.groups, group)))
        self.files += inner.files
        self._pending.append(PendingGraph(inner, loader, path, entry.origin, opened.options))

    def _finish_subgraph(self, item: PendingGraph) -> None:
        inner, path, place = item.expander, item.path, item.place
        before = set(self.graph.nodes)
        inner.finish()
        names = inner.root.names
        report_not_taken(item.loader, not names or item.loader in names.values(), self.problems)
        read = inner.options.read | inner.options.spared
        report_engine_options(item.options, read, self.engine, path, self.problems)
        outputs = inner.document.section("outputs")
        if outputs is None:
            message = f"{inner.document.file} has no outputs: nothing comes out of it"
            self.problems.error(message, place, path, "give the included graph `outputs:`")
        if outputs is None or not isinstance(outputs.data, dict) or len(inner.outputs) < len(outputs.data):
            # What comes out of it is reported, and so not known: nothing behind it is wrong for that.
            self.graph.unread.append(path)
            return
        if not inner.trainable:
            prune(self.graph, before, inner.outputs.values())
        groups = inner.root.groups[:-1]
        self.graph.nodes[path] = bundle(path, place, inner.outputs, groups, inner.trainable)

    def _finish_output(self, name: str, value: Value) -> None:
        outputs = self.document.root.mapping["outputs"]
        if name != BUNDLE and not entries.check_name(name, "an output", outputs.keys[name], "outputs", self.problems):
            self.graph.broken = True
        resolved = self.options.resolve(value, (), "outputs")
        found = self.references.resolve(resolved, self.root, "outputs") if resolved else None
        if found is None:
            self.graph.broken = True
        elif len(found) != 1:
            message = f"output {name!r}: expected one tensor, received {len(found)}"
            self.problems.error(message, value.origin, "outputs")
        else:
            self.outputs[name] = found[0]


@record
class PendingGraph:
    """A sub-graph that was opened, and is yet to be read: where it is included, and what its loader stands for."""

    expander: Expander
    loader: LoaderInput
    path: str
    place: Origin
    options: Value
