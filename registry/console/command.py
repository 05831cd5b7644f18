"""What all commands share: how problems are shown, exit statuses."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable

from registry.console.terminal import coloured, print_in_any_encoding
from registry.contract.errors import InputError, Problem, RunError, count_of, in_order

EXIT_STATUS = "exit status: 0 fine, 1 the run failed, 2 the input is wrong, 130 interrupted"


def run_command(main: Callable[[], int], brief: bool = False) -> int:
    """Run a command; show its errors without a traceback, and return its exit status.

    `brief`: it ends within seconds, so that searching for unused objects would only cost a sixth of its time.
    """
    print_in_any_encoding()
    if brief:
        gc.disable()
    try:
        return main()
    except InputError as error:
        show(error.problems)
        return 2
    except RunError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing more can be said, and the interpreter must not try at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def show(problems: Iterable[Problem]) -> None:
    """Print problems to the standard error stream: warnings, then errors, in the order of their lines, with a count."""
    items = in_order(problems)
    lines: list[tuple[str, str]] = []
    for problem in items:
        first, separator, rest = problem.render().partition("\n")
        lines.append((first, "red" if problem.severity == "error" else "yellow"))
        if separator:
            lines.append((rest, ""))
    coloured(sys.stderr, [*lines, *((line, "") for line in count_of(items))])


def show_warnings(problems: Iterable[Problem]) -> None:
    """Print warnings before a command goes on."""
    show(problems)
