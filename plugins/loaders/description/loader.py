"""What the loaders of all formats share: outputs, checks, and how events are opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Complaint, InputTypes
from registry.contract.data import DataError, Preview, Source
from registry.contract.loader import Loader
from registry.plugins.loaders.description.packages import missing_package
from registry.plugins.shared.ports import INPUT_PORTS, MOMENTUM, SAMPLE, SHARE_PORTS, TRUTH_PORTS, WEIGHT_PORTS

if TYPE_CHECKING:
    from registry.contract.augmentation import Augmentation
    from registry.contract.stored import Stored
    from registry.plugins.loaders.description.options import TableParams
    from registry.plugins.loaders.description.table import Table

SHARES = tuple(port.name for port in SHARE_PORTS)
"""The outputs of hits that several objects share."""

QUICKLY_READ = 50_000_000
"""Bytes of files that `check` reads; of larger data it looks at a sample."""

SAMPLED = 2_000_000_000
"""Bytes of a file of which `check` looks at a part: where its events are has to be read as a whole."""


class TableLoader(Loader):
    """Base of the loaders of files; a format states `name`, `Params`, `endings` and how a table is opened."""

    outputs = (*INPUT_PORTS, *TRUTH_PORTS, MOMENTUM, *WEIGHT_PORTS, *SHARE_PORTS, SAMPLE)
    augmentations: Sequence[Augmentation] = ()
    endings: ClassVar[tuple[str, ...]] = ()
    """How files of the format end."""
    extra: ClassVar[str] = ""
    """The extra of the tool that installs it."""
    in_pieces: ClassVar[bool] = True
    """Whether a part of a file is read without the rest of it."""
    remote: ClassVar[bool] = True
    """Whether a file may lie on a server."""

    def __init__(self, params: TableParams) -> None:
        super().__init__(params)
        self.called = params.called

    def open_table(self, file: str, table: str) -> Table:
        """Return a table of a file; raises DataError if it cannot be read."""
        raise NotImplementedError(f"loader {self.name!r} does not define open_table()")

    def opened(self, file: str, table: str) -> Table:
        """Return a table of a file, with its collections of hits joined; raises DataError if it cannot be read."""
        from registry.plugins.loaders.description.joined import JoinedTable

        found = self.open_table(file, table)
        joined = self.params.collections and table == self.params.table
        return JoinedTable(found, self.params.collections) if joined else found

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        columns = self.params.columns
        bindings.sizes["features"] = len(columns.features)
        bindings.sizes["shares"] = self.params.shares
        types = super().output_types(inputs, bindings, node)
        for output in ("features", "coordinates"):
            names = tuple(name for _, name in columns.of(output))
            types[output] = replace(types[output], columns=names)
        units = self._units()
        return {name: replace(type_, unit=units.get(name, "")) for name, type_ in types.items() if self._provides(name)}

    def _units(self) -> dict[str, str]:
        """Return the unit of every output that has one: that of its column, or what the output is meant to be in."""
        stated = self.params.units
        ports = [port for port in self.outputs if port.unit]
        texts = {port.name: [text for _, text in self.params.columns.of(port.name)] for port in ports}
        return {
            port.name: next((stated[text] for text in texts[port.name] if text in stated), port.unit) for port in ports
        }

    def _provides(self, output: str) -> bool:
        if output in ("row_splits", "is_track"):
            return True
        params: TableParams = self.params
        if output in SHARES:
            return params.shares > 0
        if output == "object_weight" and params.class_weights is not None:
            return True
        return params.has_ids if output == "truth_index" else bool(params.columns.of(output))

    def check(self) -> Iterator[Complaint]:
        """Yield what is wrong with the options and with the columns of the first file; no column is read."""
        from registry.plugins.loaders.description.addresses import find_files
        from registry.plugins.loaders.description.conflicts import conflicts
        from registry.plugins.loaders.description.inspection import complaints
        from registry.plugins.loaders.description.object_files import object_complaints
        from registry.plugins.loaders.description.unread import unread

        params = self.params
        yield from conflicts(params)
        if params.augmentation:
            from registry.plugins.loaders.description.augmentation import complaints as of_augmentations

            yield from of_augmentations(params, self.augmentations)
        try:
            files = find_files(params.files, self.endings, params.published)
            if not self.remote and any("://" in file for file in files):
                message = f"loader {self.name!r} reads local files: {files[0]!r} is on a server, or in an archive"
                raise DataError(message, "file", "copy or mount it, and name the local path")
            if missing_package(self.packages):
                return
            table = self.opened(files[0], params.table)
        except DataError as error:
            yield Complaint(error.message, error.parameter, error.hint)
            return
        whose = "the data file" if len(files) == 1 else table.name
        yield from complaints(table, params, whose)
        yield from unread(table, params, whose)
        yield from object_complaints(params, self.opened, files)

    def open(self, seed: int) -> Source:
        """Return the events of the files; `seed` is that of the augmentation."""
        self._require_package()
        for complaint in self.check():
            raise DataError(complaint.message, complaint.parameter, complaint.hint)
        from registry.plugins.loaders.description.addresses import find_files
        from registry.plugins.loaders.description.source import TableSource

        files = find_files(self.params.files, self.endings, self.params.published)
        return TableSource(self.params, seed, files, self.opened, self.augmentations)

    def stored(self, columns: Sequence[str] = ()) -> Stored:
        """Return the events as the files have them, before any filter."""
        from registry.plugins.loaders.description.addresses import find_files
        from registry.plugins.loaders.description.stored import StoredTables

        self._require_package()
        files = find_files(self.params.files, self.endings, self.params.published)
        return StoredTables(self.params, files, self.opened, columns)

    @classmethod
    def describing(cls, files: Sequence[str], given: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters for files of which nothing more than `given` is known: their columns become features."""
        from registry.plugins.loaders.description.addresses import find_files
        from registry.plugins.loaders.description.guessing import guessed

        found = find_files(files, cls.endings)
        columns = {"features": ["?"], **given.get("columns", {})}
        try:
            params: TableParams = cls.Params.model_validate({**given, "file": list(files), "columns": columns})  # type: ignore[assignment]
        except ValueError as error:
            raise DataError(f"parameters of the loader {cls.name!r}: {error}") from error
        block = cls(params)
        block._require_package()
        return {**given, "file": list(files), **guessed(block.opened(found[0], params.table), params, given)}

    def _require_package(self) -> None:
        if name := missing_package(self.packages):
            message = f"loader {self.name!r} needs the package {name}, which is not installed"
            raise DataError(message, "file", f"pip install 'registry[{self.extra}]'")

    def reading(self, data: str, truth: bool = False) -> Self:
        """Return the loader of other files: all their events in their order, none turned or left out.

        Files without the column of the sample are of one sample.
        """
        from registry.plugins.loaders.description.samples import of_one_sample

        params = self.params.reading(data, truth)
        lacking = None if missing_package(self.packages) else of_one_sample(params, self.opened, self.endings)
        if lacking is None:
            return type(self)(params)
        made = type(self)(params.model_copy(update={"columns": params.columns.model_copy(update={"sample": None})}))
        made.left_out = (f"samples are not told apart: {lacking}, which `columns.sample` is made of",)
        return made

    def lenient(self) -> Self | None:
        """Return the loader that leaves out events and files that cannot be used."""
        if self.params.on_error == "skip":
            return None
        return type(self)(self.params.model_copy(update={"on_error": "skip"}))

    def undemanding(self) -> Self:
        """Return the loader whose training part is all events, empty ones too."""
        from registry.plugins.loaders.description.selection_options import SplitOptions

        everything = SplitOptions(train=1.0, validation=0.0, test=0.0, seed=None)
        changes = {"min_hits": 0, "max_hits": None, "split": everything}
        return type(self)(self.params.model_copy(update=changes))

    def preview(self, seed: int, batch_size: int | None) -> Preview | None:
        """Return all events of files that are read in a moment; of larger ones a sample, a part of a few files."""
        from pathlib import Path

        from registry.plugins.loaders.description.addresses import find_files
        from registry.plugins.loaders.description.selection_options import SplitOptions
        from registry.plugins.loaders.description.source import TableSource

        if missing_package(self.packages):
            return None
        files = find_files(self.params.files, self.endings, self.params.published)
        if any("://" in file for file in files):
            return None
        sizes = [Path(file).stat().st_size for file in files]
        if sum(sizes) <= QUICKLY_READ:
            return Preview(self.open(seed), complete=True)
        some = sorted({0, len(files) // 2, len(files) - 1})
        if max(sizes[number] for number in some) > (SAMPLED if self.in_pieces else QUICKLY_READ):
            return None
        everything = SplitOptions(train=1.0, validation=0.0, test=0.0, seed=None)
        params = self.params.model_copy(update={"split": everything, "cache": None})
        chosen = [files[number] for number in some]
        return Preview(TableSource(params, seed, chosen, self.opened, self.augmentations, sample=True), complete=False)
