"""`python -m registry COMMAND` or `registry COMMAND`: runs a command; without one, lists them all."""

from __future__ import annotations

import argparse
import sys

from registry.console.command import EXIT_STATUS, run_command, show
from registry.console.discovery import PACKAGE, RENAME, Command, commands
from registry.console.files import write_file
from registry.console.table import text_table
from registry.contract.errors import InputError, Problem, RunError, did_you_mean

FILES = ("FILE", "FILE_OR_MODULE", "GRAPH", "A", "B", "RUN")
"""Arguments that a shell completes with the names of files, by their metavar."""

FOLDER = "FOLDER"
"""The metavar of arguments that a shell completes with the names of folders."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command that the arguments name; return its exit status."""
    typed = sys.argv[1:] if arguments is None else arguments
    if typed and not typed[0].startswith("-"):
        return _run(typed[0], typed[1:])
    options = parser().parse_args(typed)
    if options.print_completion:
        print(completion(options.print_completion))
    elif options.write:
        write_file(options.write, page())
        print(options.write)
    else:
        show(
            Problem(said, hint=RENAME, severity="warning") for command in commands().values() for said in command.rivals
        )
        print(listing())
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the arguments that stand in place of a command."""
    made = argparse.ArgumentParser(
        prog=PACKAGE,
        usage=f"{PACKAGE} COMMAND [ARGUMENTS]",
        description="Networks for detector point clouds, declared as YAML graphs.",
        epilog=f"{listing()}\n\n{EXIT_STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--version", action="version", version=f"{PACKAGE} {installed_version()}")
    text = "print what completes commands and options in this shell"
    made.add_argument("--print-completion", choices=("bash", "zsh", "tcsh"), help=text)
    made.add_argument("--write", metavar="FILE", help="write the reference page of all commands (Markdown)")
    return made


def listing() -> str:
    """Return the commands with what each does."""
    lines = text_table(((name, command.summary) for name, command in commands().items()), "  ")
    return "\n".join(["commands:", *lines, "", f"{PACKAGE} COMMAND --help says more"])


def installed_version() -> str:
    """Return the version of the installed package."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "(not installed)"


def completion(shell: str) -> str:
    """Return the completion script of a shell, for every command and its options."""
    import shtab

    whole = parser()
    inner = whole.add_subparsers()
    for name, command in commands().items():
        try:
            inner.add_parser(name, parents=[command.parser()], add_help=False, help=command.summary)
        except RunError as error:
            inner.add_parser(name, help=str(error))
    _complete_files(whole, shtab.FILE, shtab.DIRECTORY)
    script: str = shtab.complete(whole, shell)
    return script


def _complete_files(of: argparse.ArgumentParser, files: object, folders: object) -> None:
    """Give the arguments whose metavar names a file, and those of subcommands, the attribute that shtab looks for."""
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                _complete_files(inner, files, folders)
        elif action.metavar in (*FILES, FOLDER):
            action.complete = folders if action.metavar == FOLDER else files  # type: ignore[attr-defined]


def page() -> str:
    """Return the reference page of all commands."""
    lines = ["<!-- written by `python -m registry --write`; edits are lost -->", "# Commands", ""]
    lines += ["Each is called as `registry NAME`, or as its usage line says.", ""]
    for name, command in commands().items():
        lines += [f"## {name}", "", f"{command.summary[:1].upper()}{command.summary[1:]}.", ""]
        lines += ["```text", _help_of(command), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _help_of(command: Command) -> str:
    try:
        made = command.parser()
    except RunError as error:
        return str(error)
    made.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=100)
    return made.format_help().rstrip()


def _run(name: str, arguments: list[str]) -> int:
    command = commands().get(name)
    if command is None:
        hint = did_you_mean(name, commands()) or listing()
        raise InputError([Problem(f"there is no command {name!r}", hint=hint)])
    module = command.load()
    return run_command(lambda: int(module.main(arguments)), brief=getattr(module, "BRIEF", False))


def script() -> None:
    """Run as the console script `registry`."""
    sys.exit(run_command(main))


if __name__ == "__main__":
    script()
