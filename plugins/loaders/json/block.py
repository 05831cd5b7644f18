"""Declares the loader of JSON files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from registry.plugins.loaders.description.loader import TableLoader
from registry.plugins.loaders.description.options import TableParams

if TYPE_CHECKING:
    from registry.plugins.loaders.description.table import Table


class Json(TableLoader):
    """Reads events from JSON: a document for each file, a list of records, or a record in each line (.jsonl).

    A document is an event, and its lists are columns of hits: `calo_hits.x` are the `x` of the records in its list
    `calo_hits`, `metadata.event_id` is a value of the whole event; of lists `[[x, y, z], ...]`, `position[:,0]` is the
    first value of each. Of a list, or of lines, each record is an event if its columns are lists, else a hit with the
    event's id, as `event.id` says. `table` names a list inside a document: `table: events` reads its records in place
    of the document. A file is read as a whole; whole numbers of 64 bits stay as they are.
    Outputs: what `columns` names; without `is_track`, no hit is a track.
    Errors: a file that is missing, damaged or not JSON; a field whose values are of different kinds; lists of one event
    that differ in length; a column that is missing, not finite, or that the output's type cannot hold.
    Source: RFC 8259; https://jsonlines.org.
    """

    name: ClassVar[str] = "json"
    endings = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
    in_pieces = False

    class Params(TableParams):
        """Files, where events end, columns, truth, scaling, selection, split and augmentation."""

    def open_table(self, file: str, table: str) -> Table:
        from registry.plugins.loaders.json.table import JsonTable

        return JsonTable(file, table)

    @classmethod
    def sample(cls, folder: Path, content: int) -> dict[str, Any]:
        """Write the hits of the samples."""
        import json

        from registry.plugins.loaders.samples import described, hits

        file, columns = folder / "hits.jsonl", hits(content)
        rows = zip(*(values.tolist() for values in columns.values()), strict=True)
        file.write_text("".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows))
        return described(file)


BLOCKS = (Json,)
