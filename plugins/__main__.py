"""`python -m registry.plugins`: the command `plugins`, whose name is that of this package."""

from __future__ import annotations

import sys

from registry.__main__ import main
from registry.console.command import run_command

if __name__ == "__main__":
    sys.exit(run_command(lambda: main(["plugins", *sys.argv[1:]])))
