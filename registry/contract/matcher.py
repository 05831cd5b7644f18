"""What a matcher is: it says which cluster found which true object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from registry.contract.block import Block, Kind
from registry.contract.cuts import Cuts

if TYPE_CHECKING:
    import numpy as np

    from registry.contract.clusterer import Clusters
    from registry.contract.matching import Matches, Overlap


class Matcher(Block):
    """A block that says which cluster found which true object: it is named in the configuration, not in the graph."""

    kind: ClassVar[Kind] = "matcher"

    class Params(Cuts):
        """What counts."""

    @property
    def takes(self) -> tuple[str, ...]:
        """What it must know of hits beside energies ("is_track"); nothing, unless a matcher says otherwise."""
        return ()

    def weights_of_hits(self, hits: Mapping[str, np.ndarray], clusters: Clusters) -> np.ndarray | None:
        """Return what hits weigh in `matched`, float64 [hits]; None, their energy, unless a matcher says otherwise.

        `hits`: what is known and predicted of the hits of an event, each [hits, width], by what it is ("energy",
        "is_track"); none of it may be changed. `Overlap.by_weight` has the sums; cuts and figures are of energies.
        Raises ValueError for what the data do not say.
        """
        return None

    def matched(self, overlap: Overlap, clusters: np.ndarray) -> np.ndarray:
        """Return the pair by which each cluster matches an object, int64 [clusters], -1 for none.

        `clusters`: bool [clusters], those that are large enough to match.
        """
        raise NotImplementedError(f"matcher {self.name!r} does not define matched()")

    def belonging(self, overlap: Overlap, matched: np.ndarray) -> np.ndarray:
        """Return the pair by which each cluster belongs to an object, matched or not, int64 [clusters], -1 for none.

        `matched`: what `matched` returned, which this returns unless a matcher says otherwise.
        """
        return matched

    def match(self, overlap: Overlap) -> Matches:
        """Return the matches of one event, and what of it counts.

        An object that is too small does not count; a cluster that is too small neither counts nor matches; a cluster
        that belongs to an object which does not count, does not count either.
        Raises ValueError if a cut asks for what the data do not say.
        """
        from registry.contract.matching import matches_of

        return matches_of(overlap, self.params, self.matched, self.belonging)
