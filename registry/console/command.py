"""What all commands share: how problems are shown, exit statuses."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable

from registry.console.output import unfailing_output
from registry.console.postponed import postpone
from registry.console.signals import LISTENER, exit_status, said_of
from registry.console.terminal import coloured
from registry.contract.errors import InputError, Problem, RunError, count_of, in_order
from registry.contract.secrets import without_secrets

EXIT_STATUS = "exit status: 0 fine, 1 the run failed, 2 the input is wrong, 130 interrupted (143 by SIGTERM)"


def run_command(main: Callable[[], int], brief: bool = False) -> int:
    """Run a command; show its errors without a traceback, and return its exit status.

    `brief`: it ends within seconds, so that searching for unused objects would only cost a sixth of its time, and the
    search of all installed packages for plugins of pydantic, which is for watching servers, a tenth, and what pydantic
    imports for it, e-mail among that, another.
    An output whose reader has gone (head, less) changes nothing; one that cannot be written otherwise is said, and
    status 1.
    """
    if brief:
        gc.disable()
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
        postpone("importlib.metadata", "entry_points")
    with unfailing_output() as output:
        with LISTENER.listening():
            status = _status_of(main)
        if sys.stdout is not None:
            sys.stdout.flush()
        if brief:
            # When Python ends, it would look through all objects that there are for those that nobody uses.
            gc.freeze()
        if output.error is None or isinstance(output.error, BrokenPipeError):
            return status
        print(f"error: the output cannot be written: {output.error.strerror}", file=sys.stderr)
        return status or 1


def _status_of(main: Callable[[], int]) -> int:
    try:
        return main()
    except KeyboardInterrupt as error:
        return _interrupted(exit_status(error))
    except (Exception, SystemExit) as error:
        # What is being imported may turn a signal into an error of its own.
        if LISTENER.heard:
            return _interrupted(128 + LISTENER.heard)
        return _status_of_error(error)


def _interrupted(status: int) -> int:
    print(said_of(status - 128), file=sys.stderr)
    return status


def _status_of_error(error: Exception | SystemExit) -> int:
    """Say what went wrong, and return the exit status; raises what is no fault of the user's."""
    if isinstance(error, InputError):
        show(error.problems)
        return 2
    if isinstance(error, RunError):
        print(f"error: {without_secrets(str(error))}", file=sys.stderr)
        return 1
    if isinstance(error, SystemExit):
        return _status_of_exit(error)
    if isinstance(error, OSError) and error.filename and error.strerror:
        # A disk that is full, or a folder that may not be entered, wherever it is met.
        print(f"error: {without_secrets(str(error.filename))}: {error.strerror}", file=sys.stderr)
        return 1
    raise error


def _status_of_exit(error: SystemExit) -> int:
    """Return the exit status that argparse, or whatever else ends the interpreter, has chosen."""
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    print(error.code, file=sys.stderr)
    return 1


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
