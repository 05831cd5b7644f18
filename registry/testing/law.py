"""What a law is, and of which blocks it can be asked."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from registry.contract.block import has_mark
from registry.contract.loader import Loader
from registry.testing.subject import NETWORK, Subject


def _nothing(subject: Subject) -> str:
    """Return that nothing is lacking."""
    return ""


@dataclass(frozen=True)
class Group:
    """Blocks of which a law can be asked: those of some kinds.

    `what`: what they are called; `other`: what is said of a block of another kind; `lacks`: what a block of these kinds
    lacks for such laws, empty for nothing.
    """

    what: str
    other: str
    kinds: tuple[str, ...]
    lacks: Callable[[Subject], str] = _nothing


@dataclass(frozen=True)
class Law:
    """A law: `check` raises Broken if a block does not keep it.

    `name`: what it demands, in a few words, by which a block may declare itself exempt; `demand`: the same in a
    sentence; `slow`: it takes seconds; `those`: which blocks of the group it concerns, `unless`: why it does not
    concern one, empty if it does; `hint`: what to try where it is broken.
    """

    name: str
    demand: str
    group: Group
    check: Callable[[Subject], None]
    hint: str
    slow: bool = False
    those: str = ""
    unless: Callable[[Subject], str] = _nothing

    @property
    def concerns(self) -> str:
        """Which blocks it is asked of."""
        return f"{self.group.what} {self.those}".rstrip()

    def asks(self, subject: Subject) -> bool:
        """Say whether it can be asked of a block of this kind."""
        return not self.group.kinds or subject.kind.kind in self.group.kinds

    def applies(self, subject: Subject) -> str:
        """Return why it does not apply to a block; empty if it does."""
        if not self.asks(subject):
            return self.group.other
        return self.group.lacks(subject) or self.unless(subject)


def law(
    name: str,
    of: Group,
    hint: str,
    *,
    slow: bool = False,
    those: str = "",
    unless: Callable[[Subject], str] = _nothing,
) -> Callable[[Callable[[Subject], None]], Law]:
    """Return a decorator that makes a function a law; the first sentence of its module is what it demands."""

    def made(check: Callable[[Subject], None]) -> Law:
        demand = (sys.modules[check.__module__].__doc__ or "").strip().splitlines()[0]
        return Law(name, demand, of, check, hint, slow, those, unless)

    return made


def lacks_sample(subject: Subject) -> str:
    """Return why a loader's events cannot be read; empty if they can."""
    if subject.given or not reads_files(subject):
        return ""
    assert issubclass(subject.kind, Loader)
    for package in subject.kind.packages:
        if find_spec(package) is None:
            return f"the package {package!r}, which it needs, is not installed"
    return "" if defines_sample(subject) else "there is no sample of its data: it defines no `sample`"


def defines_sample(subject: Subject) -> bool:
    """Say whether a loader writes a sample of its data."""
    own = next(kind for kind in subject.kind.__mro__ if "sample" in vars(kind))
    return own is not Loader


def reads_files(subject: Subject) -> bool:
    """Say whether a loader reads files."""
    return any(
        has_mark(field, "path") and not has_mark(field, "remark") for field in subject.kind.Params.model_fields.values()
    )


BLOCKS = Group("every block", "", ())
PARTS = Group("all that is part of a network", "no part of a network", NETWORK)
LAYERS = Group(
    "all that is part of a network, but for losses",
    "a loss is a number of a batch, and no part of the saved model",
    tuple(kind for kind in NETWORK if kind != "loss"),
)
LOSSES = Group("losses", "no loss", ("loss",))
LOADERS = Group("loaders of which there is a sample", "no loader", ("loader",), lacks_sample)
MONITORS = Group("monitors", "no monitor", ("monitor",))
CLUSTERERS = Group("clusterers", "no clusterer", ("clusterer",))
MATCHERS = Group("matchers", "no matcher", ("matcher",))
SCHEDULES = Group("schedules", "no schedule", ("schedule",))
TRANSFORMS = Group("transforms", "no transform", ("transform",))
AUGMENTATIONS = Group("augmentations", "no augmentation", ("augmentation",))
