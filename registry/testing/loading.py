"""Opens the events of a loader, of a small sample of data that it writes, or of its options."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from registry.contract.axes import Bindings, TensorType
from registry.contract.data import Source
from registry.contract.loader import Loader
from registry.testing.law import defines_sample, reads_files
from registry.testing.subject import Subject

SEED = 3


@contextmanager
def sample_of(subject: Subject, content: int = 0) -> Iterator[Callable[[], Source]]:
    """Yield what opens the events of the loader; other ones with another `content`."""
    with TemporaryDirectory() as folder:
        given, seed = _given(subject, Path(folder), content), SEED if reads_files(subject) else SEED + content

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
    if not defines_sample(subject):
        return dict(subject.given)
    return {**subject.given, **subject.kind.sample(folder, content)}
