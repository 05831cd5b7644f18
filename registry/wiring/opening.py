"""Opens a graph file: reads, expands, loads plugins, wires; raises all problems at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from registry.errors import InputError, Problems
from registry.language.document import read_document
from registry.language.expand import expand
from registry.manager import load_registry
from registry.wiring.wire import wire
from registry.wiring.wiring import Wiring


def open_graph(path: str, configs: Sequence[str] = (), sets: Sequence[str] = (), plugins: Iterable[str] = ()) -> Wiring:
    """Return the checked graph in a file, with configuration layers and `a.b=c` settings laid over it.

    Raises InputError with everything that is wrong with it; warnings are in the wiring.
    """
    problems = Problems()
    document = read_document(path, configs, sets, problems)
    try:
        registry = load_registry([*document.plugins, *((name, None) for name in plugins)])
    except InputError as error:
        raise InputError([*problems, *error.problems]) from None
    graph = expand(document, registry.is_loader, problems)
    registry.hook.graph_expanded(graph=graph)
    wiring = wire(graph, registry, problems)
    problems.raise_if_any()
    wiring.warnings = problems.warnings
    return wiring


def require_trainable(wiring: Wiring, problems: Problems) -> None:
    """Report what a graph lacks to be trained: a loader, a loss, stages."""
    kinds = [wired.block.kind for wired in wiring.nodes.values()]
    file = wiring.graph.file
    loaders = [path for path, wired in wiring.nodes.items() if wired.block.kind == "loader"]
    if len(loaders) != 1:
        found = f"it has {len(loaders)}: {', '.join(loaders)}" if loaders else "it has none"
        hint = _listing("loader")
        problems.error(f"{file}: a graph to be trained needs exactly one loader; {found}", hint=hint)
    if "loss" not in kinds:
        problems.error(f"{file}: a graph to be trained needs a loss", hint=_listing("loss"))
    config = wiring.graph.config.plain()
    if not isinstance(config, dict) or not config.get("Training"):
        hint = "Training: [{batch_size: 5000, learning_rate: 1.0e-3, epochs: 5}]"
        problems.error(f"{file}: a graph to be trained needs stages in the section `Training`", hint=hint)


def _listing(kind: str) -> str:
    return f"`python -m registry.blocks --kind {kind}` lists what there is"
