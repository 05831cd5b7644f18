"""A command for tests of the farm: counts its steps in a file, so that it can go on, and does as it is told."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path


def main() -> int:
    """Take steps until there are enough."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=0, help="steps of 0.1 s")
    parser.add_argument("--file", type=Path, help="what keeps the number of steps")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--say", default="")
    parser.add_argument("--variable", default="", help="an environment variable to show")
    parser.add_argument("--status", type=int, default=0)
    parser.add_argument("--kill", type=int, default=0, help="a signal to end by")
    parser.add_argument("--fails-once", type=Path, help="a file that says that it has failed")
    options = parser.parse_args()

    def save(*_: object) -> None:
        print("saved")
        sys.exit(143)

    if options.resume and options.file and not options.file.exists():
        print("error: there is nothing to go on with")
        return 2
    signal.signal(signal.SIGTERM, save)
    done = int(options.file.read_text()) if options.resume else 0
    print(f"begins at {done}", os.environ.get(options.variable, ""))
    while done < options.steps:
        time.sleep(0.1)
        done += 1
        if options.file:
            options.file.write_text(str(done))
    if options.say:
        print(options.say)
    if options.fails_once and not options.fails_once.exists():
        options.fails_once.touch()
        return 1
    if options.kill:
        os.kill(os.getpid(), options.kill)
    return options.status


if __name__ == "__main__":
    sys.exit(main())
