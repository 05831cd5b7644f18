"""Each law catches a block that breaks it on purpose, and says what of which block it expected."""

from __future__ import annotations

import pytest

from registry.testing import LawsBroken, check_block, examine
from registry.testing.kit import all_laws
from tests.testing.broken_blocks import BROKEN, First

LAWS = {law.name: law for law in all_laws()}


def test_there_is_a_broken_block_for_every_law() -> None:
    assert set(BROKEN) == set(LAWS)


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * LAWS[name].slow) for name in LAWS])
def test_a_law_catches_a_block_that_breaks_it(name: str) -> None:
    (verdict,) = examine(BROKEN[name], {}, [LAWS[name]])
    assert verdict.breach is not None, verdict.reason
    assert verdict.breach.law == name


def test_what_is_broken_is_named_with_block_parameters_expectation_and_what_came() -> None:
    with pytest.raises(LawsBroken) as caught:
        check_block(First)
    said = str(caught.value)
    assert "block 'first' (by default) breaks the law 'order of hits'\n  expected events of" in said
    assert "\n  received " in said


def test_a_block_may_say_that_it_does_not_keep_a_law() -> None:
    class Exempt(First):  # type: ignore[misc, valid-type]
        exempt = {"order of hits": "it numbers hits", "events apart": "it numbers hits"}

    verdicts = [verdict for verdict in check_block(Exempt) if verdict.exempt]
    assert [(verdict.law, verdict.reason) for verdict in verdicts] == [
        ("events apart", "it numbers hits"),
        ("order of hits", "it numbers hits"),
    ]


def test_parameters_that_a_block_does_not_take_are_said() -> None:
    with pytest.raises(LawsBroken, match=r"no_such: Extra inputs are not permitted"):
        check_block(First, no_such=1)
