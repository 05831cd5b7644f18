"""Blocks that bring events in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from registry.contract.block import Block, Kind
from registry.contract.parameters import has_mark

if TYPE_CHECKING:
    from registry.contract.data import Preview, Source
    from registry.contract.stored import Stored


class Loader(Block):
    """A block that brings events in; its outputs become the inputs of the compiled model."""

    kind: ClassVar[Kind] = "loader"
    augmentations: Sequence[Block] = ()
    """The blocks that the parameter `augmentation` names, if the loader has one: a list of AugmentationUse."""
    packages: ClassVar[tuple[str, ...]] = ()
    """Packages that it needs beside those of the tool."""
    called: str = ""
    """What its data say that a network finds, as tables and pages call it, in the singular: "track"."""

    left_out: Sequence[str] = ()
    """Sentences that say what `reading` does without, because the other data lack it; shown as warnings."""

    def open(self, seed: int) -> Source:
        """Return the events this loader provides; raise DataError if they cannot be read."""
        raise NotImplementedError(f"loader {self.name!r} does not define open()")

    def reading(self, data: str, truth: bool = False) -> Loader:
        """Return the loader of other data of the same kind, all events of which are used, as a model is applied to.

        `data`: what takes the place of the parameter that names a file; `truth`: the data are to have the truth that
        this loader provides, too; without it none is asked for. Raises DataError for a loader that reads no file.
        """
        from registry.contract.data import DataError

        fields = type(self.params).model_fields.items()
        named = [name for name, field in fields if has_mark(field, "path") and not has_mark(field, "remark")]
        if len(named) != 1:
            what = "reads no file" if not named else f"reads several files, {', '.join(named)}"
            hint = "a loader that can read other data defines `reading(data, truth)`"
            raise DataError(f"loader {self.name!r} {what}: {data!r} cannot take its place", hint=hint)
        return type(self)(self.params.model_copy(update={named[0]: data}))

    @classmethod
    def describing(cls, files: Sequence[str], given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the loader's parameters for files of which nothing more than `given`, some parameters, is known.

        Raises DataError if files do not describe themselves.
        """
        from registry.contract.data import DataError

        hint = "name a graph, or options with a section `Data`"
        raise DataError(f"files of the loader {cls.name!r} do not say what is in them", hint=hint)

    def stored(self, columns: Sequence[str] = ()) -> Stored | None:
        """Return the events as the files have them, before any filter, to be written in another format.

        `columns`: those that are read, none for all. None for a loader whose outputs alone are known. Raises DataError
        for files that cannot be read.
        """
        return None

    def lenient(self) -> Loader | None:
        """Return the loader of the same data that leaves out, and notes, what cannot be used; None without one."""
        return None

    def undemanding(self) -> Loader | None:
        """Return the loader of the same data that takes all events for training, empty ones too; None without one.

        Data that cannot be trained on are looked at with it.
        """
        return None

    @classmethod
    def sample(cls, folder: Path, content: int) -> dict[str, Any]:
        """Write a few events, other ones for another `content`, into a folder, and return the parameters to read them.

        The laws of loaders are tried with them. A loader that reads no file needs none.
        """
        return {}

    def preview(self, seed: int, batch_size: int | None) -> Preview | None:
        """Return the events, or the first few, as far as they are read in a tenth of a second: `check` looks at them.

        `batch_size`: hits of the smallest batch, None without training; a loader whose events are smaller need not make
        any. None, unless a loader says otherwise: then events are looked at by `check --data` and before training.
        """
        return None
