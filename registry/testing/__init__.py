"""The laws that blocks keep: `check_block(Block, **parameters)` holds one to all that apply to it."""

from registry.testing.broken import Broken, LawsBroken
from registry.testing.kit import Verdict, check_block, examine
from registry.testing.law import Law
from registry.testing.subject import Subject

__all__ = ["Broken", "Law", "LawsBroken", "Subject", "Verdict", "check_block", "examine"]
