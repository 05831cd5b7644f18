"""Declares the loader of ROOT files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from registry.contract.block import BlockParams, param
from registry.contract.data import DataError
from registry.plugins.loaders.description.loader import TableLoader
from registry.plugins.loaders.description.options import TableParams

if TYPE_CHECKING:
    from registry.plugins.loaders.description.table import Table


class FriendOptions(BlockParams):
    """A tree whose entries go with those of the events, as ROOT's friends do."""

    file: str | None = param(None, "file, pattern or `*` for each, relative to the folder of `file`; null: that file")
    table: str = param(..., "the tree in that file")


class Root(TableLoader):
    """Reads events from ROOT files: TTree or RNTuple, jagged or flat, with friend trees.

    `table` is the path of the tree, `ana/hgc`; it may be left out where a file has but one. Branches of vectors and of
    counted arrays make every entry an event; with `event.id` an entry is a hit. A value of arrays of one length is
    `position[:,0]`; a friend's branch that the tree has, too, has the friend's name before it. Truth may be an index
    branch, lists that objects hold, or the links of podio (EDM4hep). Entries are read in ranges, in the byte order of
    this machine.
    Outputs: what `columns` names; without `is_track`, no hit is a track.
    Errors: a file that is missing or damaged; an RNTuple from before ROOT 6.34; a tree, a branch or a friend that is
    missing; friends of other lengths; a column that is not finite, or that the output's type cannot hold.
    Source: https://root.cern, read by uproot (https://uproot.readthedocs.io) and awkward (https://awkward-array.org).
    """

    name: ClassVar[str] = "root"
    endings = (".root",)
    packages = ("uproot", "awkward")
    extra = "root"

    class Params(TableParams):
        """Files, tree, friends, where events end, columns, truth, scaling, selection, split and augmentation."""

        friends: list[FriendOptions] = param([], "trees whose columns are joined, entry by entry")

    def open_table(self, file: str, table: str) -> Table:
        from registry.plugins.loaders.root.table import RootTable

        if table != self.params.table:
            return RootTable(file, table)
        friends = [(self._friend(file, options), options.table) for options in self.params.friends]
        return RootTable(file, table, friends)

    def _friend(self, file: str, options: FriendOptions) -> str:
        """Return the friend's file that goes with a file of events."""
        from registry.plugins.loaders.description.addresses import beside, find_files

        if options.file is None:
            return file
        found = find_files([beside(options.file, file)], self.endings, "", "friends")
        files = find_files(self.params.files, self.endings)
        if len(found) != len(files):
            message = f"{len(found)} friend files match {options.file!r}, for {len(files)} files of events"
            raise DataError(message, "friends", "name one for each")
        return found[files.index(file)]

    @classmethod
    def sample(cls, folder: Path, content: int) -> dict[str, Any]:
        """Write the hits of the samples."""
        import uproot

        from registry.plugins.loaders.samples import described, hits

        file = folder / "hits.root"
        with uproot.recreate(file) as opened:
            opened["hits"] = hits(content)
        return described(file)


BLOCKS = (Root,)
