"""Each law catches a block that breaks it on purpose, and says what of which block it expected."""

from __future__ import annotations

import pytest

from registry.contract.block import Block
from registry.testing import LawsBroken, check_block, examine
from registry.testing.kit import all_laws
from tests.testing.broken_blocks import BROKEN, First

LAWS = {law.name: law for law in all_laws()}
ALONE = ("memory", "events in losses", "large events")
"""Laws whose broken blocks keep all others."""


def test_there_is_a_broken_block_for_every_law() -> None:
    assert set(BROKEN) == set(LAWS)


@pytest.mark.parametrize(
    ("name", "block"),
    [
        pytest.param(name, block, marks=[pytest.mark.slow] * LAWS[name].slow, id=f"{name}-{block.name}")
        for name, blocks in BROKEN.items()
        for block in blocks
    ],
)
def test_a_law_catches_a_block_that_breaks_it(name: str, block: type[Block]) -> None:
    (verdict,) = examine(block, {}, [LAWS[name]])
    assert verdict.breach is not None, verdict.reason
    assert verdict.breach.law == name
    assert verdict.breach.hint
    assert "broken_blocks.py" in verdict.breach.place or not block.layer


@pytest.mark.parametrize("name", ALONE)
def test_no_other_law_catches_it(name: str) -> None:
    for block in BROKEN[name]:
        others = [law for law in LAWS.values() if law.name != name and not law.slow]
        assert [str(verdict.breach) for verdict in examine(block, {}, others) if verdict.breach] == []


def test_what_is_broken_is_named_with_place_block_parameters_expectation_what_came_and_what_to_try() -> None:
    with pytest.raises(LawsBroken) as caught:
        check_block(First)
    said = str(caught.value)
    assert "block 'first' (by default) breaks the law 'order of hits'\n  expected events of" in said
    assert "\n  received " in said
    assert f"\n  try this: {LAWS['order of hits'].hint}" in said


def test_a_block_may_say_that_it_does_not_keep_a_law() -> None:
    class Exempt(First):  # type: ignore[misc, valid-type]
        exempt = {"order of hits": "it numbers hits", "events apart": "it numbers hits"}

    verdicts = [verdict for verdict in check_block(Exempt) if verdict.exempt]
    assert [(verdict.law, verdict.reason) for verdict in verdicts] == [
        ("events apart", "it numbers hits"),
        ("order of hits", "it numbers hits"),
    ]


def test_a_law_that_there_is_not_is_named() -> None:
    class Misspelt(First):  # type: ignore[misc, valid-type]
        exempt = {"order of hit": "it numbers hits", "events apart": "it numbers hits"}

    with pytest.raises(LawsBroken, match=r"received 'order of hit'\n  try this: did you mean 'order of hits'"):
        check_block(Misspelt)


def test_parameters_that_a_block_does_not_take_are_said() -> None:
    with pytest.raises(LawsBroken, match=r"no_such: Extra inputs are not permitted"):
        check_block(First, no_such=1)
