"""What several commands take as an argument."""

from __future__ import annotations

import argparse


def take_plugins(parser: argparse.ArgumentParser) -> None:
    """Add `--plugin`, which may be given several times."""
    parser.add_argument("--plugin", action="append", default=[], metavar="FILE_OR_MODULE", help="a plugin to load")
