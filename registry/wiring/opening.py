"""Opens a graph file: reads, expands, loads plugins, checks; raises all problems at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from registry.configuration.options import engine_keys
from registry.contract.errors import Origin, Problem, Problems
from registry.contract.failures import PluginFault, function_place
from registry.language.document import Document, read_document
from registry.language.expand import expand
from registry.language.graph import Graph, Node
from registry.loading.blocks import Registry, find_plugins
from registry.loading.hook_calls import NOTHING, answers
from registry.loading.import_faults import import_faults
from registry.loading.layer_files import without_layer
from registry.loading.sources import plugins_of
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.checking import check_nodes
from registry.wiring.pretrained import frozen_without_weights


def open_graph(
    path: str, configs: Sequence[str] = (), sets: Sequence[str] = (), plugins: Iterable[str] = ()
) -> CheckedGraph:
    """Return the checked graph in a file, with configuration layers and `a.b=c` settings laid over it.

    Raises InputError with everything that is wrong with it; warnings are in the checked graph.
    """
    problems = Problems()
    checked = problems.require(check_graph(path, configs, sets, plugins, problems))
    checked.warnings = problems.warnings
    return checked


def check_graph(
    path: str,
    configs: Sequence[str],
    sets: Sequence[str],
    plugins: Iterable[str],
    problems: Problems,
    own: Iterable[str] | None = None,
    others: bool = False,
) -> CheckedGraph | None:
    """Return the graph in a file as far as it can be checked, or None if it cannot be read.

    `own`: plugin files instead of those that the graph names; `others`: options are those of another graph, of which
    this one reads some. Everything wrong with it is in `problems`: the checked
    graph is complete only without an error there.
    """
    document = read_document(path, configs, sets, problems)
    if document is None:
        return None
    try:
        graph, registry = _expand(document, plugins, own, problems, others)
    except RecursionError:
        problems.error("graphs or placeholders are nested too deeply in each other", Origin(path))
        return None
    try:
        _let_plugins_change(graph, registry)
    except PluginFault as fault:
        problems.error(fault.problem.message, fault.problem.origin, hint=fault.problem.hint)
        return None
    for path, node in graph.nodes.items():
        if conflict := registry.conflict(node.use):
            problems.error(conflict, node.use_origin, path, "rename one of them, or uninstall one of the plugins")
    checked = check_nodes(graph, registry, problems)
    if "without" in graph.config.nearest(["General"]).keys:
        # Few graphs leave something out.
        from registry.wiring.leaving_out import left_out

        checked = left_out(checked, problems)
    for code in plugins_of(registry, checked.block_names):
        for problem in import_faults(code) if code.used else ():
            problems.add(problem)
    if not problems.errors:
        for taken in graph.dialects:
            problems.warning(taken.told.message, taken.told.origin, hint=taken.told.hint)
    return checked


def _let_plugins_change(graph: Graph, registry: Registry) -> None:
    """Let plugins change the nodes of a graph; raises PluginFault for one that fails, or leaves what is no node."""
    for answer in answers(registry, "graph_expanded", {"graph": graph}):
        if answer.value is not None:
            raise answer.wrong(f"{NOTHING}: the graph is changed in place")
        for path, node in graph.nodes.items():
            if not isinstance(node, Node) or node.path != path:
                received = f"a node of the path {node.path!r}" if isinstance(node, Node) else repr(node)
                message = f"{answer.subject}: its hook graph_expanded left {received} under the path {path!r}"
                hint = "expected nodes under their own paths: graph.nodes[path] = dataclasses.replace(node, ...)"
                raise PluginFault(Problem(message, function_place(answer.function), hint=hint))


def _expand(
    document: Document, plugins: Iterable[str], own: Iterable[str] | None, problems: Problems, others: bool
) -> tuple[Graph, Registry]:
    """Return the expanded graph and the blocks of its plugins, those that its included graphs name among them.

    Which graphs these are is known when the graph is expanded: where they name further plugins, it is expanded anew.
    """
    named = document.plugins if own is None else [(name, None) for name in own]
    asked: list[tuple[str, Origin | None]] = [*named, *((name, None) for name in plugins)]
    read_elsewhere = dict.fromkeys(document.config.mapping) if others else engine_keys()
    while True:
        found = Problems()
        registry = find_plugins(asked, found)
        graph = expand(document, registry.is_loader, read_elsewhere, found)
        names = {name for name, _ in asked}
        further = [item for item in graph.plugins if item[0] not in names]
        if not further or own is not None:
            problems.include(found)
            return graph, registry
        asked += further


def require_trainable(checked: CheckedGraph, problems: Problems) -> None:
    """Report what a graph lacks to be trained: a loader, a loss, stages."""
    graph, place = checked.expanded, checked.expanded.origin
    blocks = {path: checked.registry.find(node.use) for path, node in graph.nodes.items()}
    kinds = {path: block.kind for path, block in blocks.items() if block}
    all_known = not graph.unread and None not in blocks.values()
    for path, block in blocks.items():
        if block and (fault := without_layer(block)):
            origin = graph.nodes[path].use_origin
            at = fault.origin.used_at(origin) if fault.origin else origin
            problems.error(f"block {block.name!r}: {fault.message}", at, path, fault.hint)
    for problem in frozen_without_weights(checked):
        problems.error(problem.message, problem.origin, problem.node, problem.hint)
    loaders = [path for path, kind in kinds.items() if kind == "loader"]
    if len(loaders) > 1 or (not loaders and all_known):
        found = f"it has {len(loaders)}: {', '.join(loaders)}" if loaders else "it has none"
        message = f"a graph to be trained needs exactly one loader; {found}"
        problems.error(message, place, hint=_listing("loader"))
    if "loss" not in kinds.values() and all_known:
        problems.error("a graph to be trained needs a loss", place, hint=_listing("loss"))
    if not graph.config.plain().get("Training") and not graph.broken:
        hint = "Training: [{batch_size: 5000, learning_rate: 1.0e-3, epochs: 5}]"
        problems.error("a graph to be trained needs stages in the section `Training`", place, hint=hint)


def _listing(kind: str) -> str:
    return f"`python -m registry.blocks --kind {kind}` lists what there is"
