"""What an exporter is: it writes a trained network as a file that runs without this package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from registry.contract.block import Block, Kind
from registry.contract.errors import InputError, Problem

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Tensor:
    """A column that a network takes, or returns: its name, its dtype, and its shape, None for what varies."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]

    def __str__(self) -> str:
        return f"{self.dtype} [{', '.join('any' if size is None else str(size) for size in self.shape)}]"


@dataclass(frozen=True)
class Exportable:
    """A trained network, ready to be written.

    `call` is a `tf.function` of the inputs, in order; it returns the outputs, a dict by name, and calls no Python when
    it runs. `keras_model` holds its weights. `nodes`: the paths of the graph's nodes, which operations are named after.
    """

    name: str
    call: Callable[..., Any]
    keras_model: Any
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    nodes: tuple[str, ...]

    def node_of(self, operation: str) -> str:
        """Return the node that an operation of TensorFlow belongs to, by the operation's name; empty if none does."""
        parts = operation.split("/")
        found = [node for node in self.nodes if any(_is_of(part, node) for part in parts)]
        return max(found, key=len, default="")

    def refused(self, reasons: dict[str, str], hint: str) -> InputError:
        """Return the error for operations that cannot be written: by their names, what each is."""
        by_node: dict[tuple[str, str], None] = {}
        for operation, reason in reasons.items():
            by_node[(self.node_of(operation), reason)] = None
        problems = [Problem(f"cannot be exported: {reason}", node=node, hint=hint) for node, reason in by_node]
        return InputError(problems)


def _is_of(part: str, node: str) -> bool:
    """Say whether a part of an operation's name is that of a node, which Keras numbers when it is called again."""
    rest = part.removeprefix(node)
    return rest != part and (not rest or (rest[0] == "_" and rest[1:].isdigit()))


class Exporter(Block):
    """A block that writes a trained network in a format; it is named by `--format`, not in a graph."""

    kind: ClassVar[Kind] = "exporter"
    ending: ClassVar[str] = ""
    """How the name of the file ends; empty for a format that is a folder."""
    packages: ClassVar[Sequence[str]] = ()
    """Packages without which nothing is written in this format."""
    extra: ClassVar[str] = "export"
    """The extra of this package, or of the plugin's, that brings them."""
    without: ClassVar[Sequence[str]] = ()
    """Packages that whoever uses the file does without: they are out of reach where it is proved."""

    def write(self, network: Exportable, place: Path) -> None:
        """Write the network to a file or, without an ending, into a folder that is there and is empty.

        Raises InputError, which names nodes and reasons, for a network that the format cannot hold.
        """
        raise NotImplementedError(f"exporter {self.name!r} does not define write()")

    def request(self, network: Exportable) -> str:
        """Return the Python code by which the file is used: a function `predict(columns)` that returns outputs by name.

        `arguments[0]` is the place of the file or folder. It is run to prove the file, and shown beside it.
        """
        raise NotImplementedError(f"exporter {self.name!r} does not define request()")

    def notes(self, network: Exportable) -> Sequence[str]:
        """Return sentences about the file for those who use it: versions, costs, how it is served."""
        return ()
