"""What all commands share: how problems are shown, exit statuses."""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress

from registry.console.signals import LISTENER, exit_status, said_of
from registry.console.terminal import coloured, print_in_any_encoding
from registry.contract.errors import InputError, Problem, RunError, count_of, in_order
from registry.contract.secrets import without_secrets

EXIT_STATUS = "exit status: 0 fine, 1 the run failed, 2 the input is wrong, 130 interrupted (143 by SIGTERM)"

_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What a full disk says, a full quota, a limit on the size of files, a broken disk."""


def run_command(main: Callable[[], int], brief: bool = False) -> int:
    """Run a command; show its errors without a traceback, and return its exit status.

    `brief`: it ends within seconds, so that searching for unused objects would only cost a sixth of its time.
    """
    print_in_any_encoding()
    if brief:
        gc.disable()
    try:
        try:
            with LISTENER.listening():
                return _status_of(main)
        finally:
            # Also after SystemExit (--help, --version): what the interpreter meets at its exit is a traceback.
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing more can be said.
        _drop_output()
        return 0
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        _drop_output()
        with suppress(OSError):
            print(f"error: the output cannot be written: {error.strerror}", file=sys.stderr, flush=True)
        return 1


def _status_of(main: Callable[[], int]) -> int:
    try:
        return main()
    except InputError as error:
        show(error.problems)
        return 2
    except RunError as error:
        print(f"error: {without_secrets(str(error))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as error:
        print(said_of(exit_status(error) - 128), file=sys.stderr)
        return exit_status(error)


def _drop_output() -> None:
    """Send what is still to be printed nowhere: the interpreter must not try again at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
