"""`python -m registry COMMAND` or `registry COMMAND`: runs a command; without one, lists them all."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from registry.console.command import EXIT_STATUS, run_command, show
from registry.console.discovery import PACKAGE, RENAME, Command, commands, own_command
from registry.console.files import write_file
from registry.console.table import text_table
from registry.contract.errors import InputError, Problem, Problems, RunError
from registry.contract.spelling import did_you_mean

if TYPE_CHECKING:
    from registry.contract.shown import Command as PluginCommand

FILES = ("FILE", "FILE_OR_MODULE", "GRAPH", "A", "B", "RUN")
"""Arguments that a shell completes with the names of files, by their metavar."""

PLUGIN = "--plugin"

FOLDER = "FOLDER"
"""The metavar of arguments that a shell completes with the names of folders."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command that the arguments name; return its exit status."""
    typed = sys.argv[1:] if arguments is None else arguments
    plugins, typed = _leading_plugins(typed)
    if typed and not typed[0].startswith("-"):
        return _run(typed[0], typed[1:], plugins)
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
        brought, faults = _of_plugins(plugins)
        show(replace(fault, severity="warning") for fault in faults)
        print(listing(brought))
    return 0


def _leading_plugins(typed: list[str]) -> tuple[list[str], list[str]]:
    """Return the plugins that stand before a command, and the rest: `--plugin FILE COMMAND ...`."""
    plugins: list[str] = []
    while typed and (typed[0] == PLUGIN or typed[0].startswith(f"{PLUGIN}=")):
        _, together, name = typed[0].partition("=")
        if not together and len(typed) < 2:
            break
        plugins.append(name if together else typed[1])
        typed = typed[1 if together else 2 :]
    return plugins, typed


def _of_plugins(plugins: list[str]) -> tuple[Mapping[str, PluginCommand], list[Problem]]:
    """Return the commands of installed plugins and of those that are named, and what is wrong with others."""
    from registry.loading.installed import BUILTIN, installed_plugins

    if not plugins and all(point.name == BUILTIN for point in installed_plugins()):
        return {}, []  # what loads plugins is not imported where there are none
    from registry.loading.blocks import find_plugins
    from registry.loading.plugin_commands import plugin_commands

    problems = Problems()
    registry = find_plugins([(name, None) for name in plugins], problems)
    problems.raise_if_any()
    return plugin_commands(registry, commands())


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
    text = "a plugin whose commands are called, before their name"
    made.add_argument(PLUGIN, metavar="FILE_OR_MODULE", help=text)
    text = "print what completes commands and options in this shell"
    made.add_argument("--print-completion", choices=("bash", "zsh", "tcsh"), help=text)
    made.add_argument("--write", metavar="FILE", help="write the reference page of all commands (Markdown)")
    return made


def listing(further: Mapping[str, PluginCommand] = MappingProxyType({})) -> str:
    """Return the commands with what each does; `further`: those of plugins."""
    known = {name: command.summary for name, command in commands().items()}
    known |= {name: command.summary for name, command in further.items()}
    lines = text_table(sorted(known.items()), "  ")
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


def _run(name: str, arguments: list[str], plugins: list[str]) -> int:
    # Those of other packages are looked for where it is none of this one: that takes as long as a check.
    command = own_command(name) or commands().get(name)
    if command is not None:
        module = command.load()
        named = [word for plugin in plugins for word in (PLUGIN, plugin)]
        return run_command(lambda: int(module.main([*arguments, *named])), brief=getattr(module, "BRIEF", False))
    brought, faults = _of_plugins(plugins)
    if name in brought:
        return run_command(lambda: _status(brought[name], arguments))
    show(replace(fault, severity="warning") for fault in faults)
    hint = did_you_mean(name, [*commands(), *brought]) or listing(brought)
    raise InputError([Problem(f"there is no command {name!r}", hint=hint)])


def _status(command: PluginCommand, arguments: list[str]) -> int:
    """Return the exit status of a plugin's command; raises RunError for one that fails, or returns something else."""
    from registry.contract.failures import PluginFault, call, wrong_result

    subject, what = f"command {command.name!r}", "main()"
    expected = "an exit status: 0, or another number if something is wrong"

    def run() -> int:
        try:
            return command.main(arguments)
        except SystemExit as error:  # argparse has said why
            return 0 if error.code is None else error.code if isinstance(error.code, int) else 1

    try:
        status = call(subject, what, run, expected, (InputError, RunError))
        if type(status) is not int:
            raise wrong_result(subject, command.main, what, status, expected)
    except PluginFault as fault:
        raise RunError(fault.problem.render()) from fault
    return status


def script() -> None:
    """Run as the console script `registry`."""
    sys.exit(run_command(main))


if __name__ == "__main__":
    script()
