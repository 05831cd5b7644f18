"""Opens the events of a loader, of a small sample of data that it writes, or of its options."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import has_mark
from registry.contract.data import Source
from registry.contract.loader import Loader
from registry.testing.subject import Subject

SEED = 3


def no_sample(subject: Subject) -> str:
    """Return why a block's events cannot be read; empty for a loader of which they can."""
    if not issubclass(subject.kind, Loader):
        return "no loader"
    if subject.given or not _files(subject) or _defines_sample(subject):
        return ""
    return "there is no sample of its data: it defines no `sample`"


@contextmanager
def sample_of(subject: Subject, content: int = 0) -> Iterator[Callable[[], Source]]:
    """Yield what opens the events of the loader; other ones with another `content`."""
    with TemporaryDirectory() as folder:
        given, seed = _given(subject, Path(folder), content), SEED if _files(subject) else SEED + content

        def opened() -> Source:
            block = subject.kind(subject.kind.Params(**given))
            assert isinstance(block, Loader)
            return block.open(seed)

        yield opened


@contextmanager
def source_of(subject: Subject) -> Iterator[Source]:
    """Open the events of the loader."""
    with sample_of(subject) as opened:
        yield opened()


def declared(subject: Subject) -> Mapping[str, TensorType]:
    """Return the types of the loader's outputs."""
    with TemporaryDirectory() as folder:
        given = _given(subject, Path(folder), 0)
        block = subject.kind(subject.kind.Params(**given))
        return block.output_types({}, Bindings(vars(block.params)), "data")


def _given(subject: Subject, folder: Path, content: int) -> dict[str, Any]:
    assert issubclass(subject.kind, Loader)
    if not _defines_sample(subject):
        return dict(subject.given)
    return {**subject.given, **subject.kind.sample(folder, content)}


def _defines_sample(subject: Subject) -> bool:
    own = next(kind for kind in subject.kind.__mro__ if "sample" in vars(kind))
    return own is not Loader


def _files(subject: Subject) -> bool:
    """Say whether the loader reads files."""
    return any(
        has_mark(field, "path") and not has_mark(field, "remark") for field in subject.kind.Params.model_fields.values()
    )
