"""Imports plugins (entry points, files, modules) and registers them; one that fails is reported, never skipped."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable
from pathlib import Path
from types import FunctionType

import pluggy

from registry.console.entry_points import EntryPoint
from registry.console.files import irregular
from registry.contract import hooks as hookspecs
from registry.contract.errors import Origin, Problems
from registry.contract.failures import failure, function_place, said
from registry.contract.function_registry import FunctionBlock
from registry.contract.function_signature import NotABlock
from registry.contract.places import import_file
from registry.contract.searching import import_installed, import_named
from registry.contract.spelling import did_you_mean
from registry.loading.heavy import told
from registry.loading.reports import Reports
from registry.loading.versions import CONTRACT, REQUIRES, NewerContract, newer_contract, stated_contract


def register_all(
    manager: pluggy.PluginManager,
    installed: Iterable[EntryPoint],
    extra: Iterable[tuple[str, Origin | None]],
    reports: Reports,
) -> dict[str, Origin]:
    """Register the `installed` plugins, and the `extra` ones (file or module name, and where it was asked for).

    Return the place of each that has one, by the plugin's name.
    """
    for point in installed:
        _register_entry_point(manager, point, reports.of(point.name))
    places: dict[str, Origin] = {}
    for name, origin in extra:
        if origin:
            places[name] = origin
        _register_extra(manager, name, origin, reports.problems)
    _report_unknown_hooks(manager, places, reports)
    return places


def _register_entry_point(manager: pluggy.PluginManager, point: EntryPoint, problems: Problems) -> None:
    try:
        # By the place of the distribution: the working folder may have a module of that name.
        with told(point.name, lambda: _source(point), None, problems):
            import_installed(point.module, point.folder)
            module = point.load()
        _register(manager, module, point.name)
    except (Exception, SystemExit) as error:
        package = point.dist.name if point.dist else "?"
        subject = f"plugin {point.name!r} ({point.value}, from the package {package})"
        _report_failure(subject, error, None, problems, stated_contract(_source(point)))


def _register(manager: pluggy.PluginManager, module: object, name: str) -> None:
    """Register a plugin whole or not at all; raises NewerContract for one that this version cannot offer enough."""
    contract = getattr(module, REQUIRES, 1)
    if newer_contract(contract):
        raise NewerContract(contract)
    try:
        manager.register(module, name=name)
    except pluggy.PluginValidationError:
        manager.unregister(name=name)
        raise


def _source(point: EntryPoint) -> Path | None:
    """Return the file of an installed plugin, as its package lists it; None if it lists none."""
    stem = point.module.replace(".", "/")
    names = {f"{stem}.py", f"{stem}/__init__.py"}
    files = point.dist.files or () if point.dist else ()
    found = next((file for file in files if any(file.as_posix().endswith(name) for name in names)), None)
    folder = point.folder or Path()
    listed = Path(str(found.locate())) if found else None
    return listed or next((folder / name for name in sorted(names) if (folder / name).is_file()), None)


def _register_extra(manager: pluggy.PluginManager, name: str, origin: Origin | None, problems: Problems) -> None:
    file = plugin_file(name)
    if file and (kind := irregular(file)):
        problems.error(f"plugin file {name!r} is {kind}, expected a file: it is read more than once", origin)
        return
    if file and not file.is_file():
        near = did_you_mean(file.name, [item.name for item in file.parent.glob("*.py")])
        problems.error(f"plugin file {name!r} does not exist", origin, hint=near)
        return
    if file and file.stem in sys.stdlib_module_names:
        message = f"plugin {name!r}: Python's own library has a module {file.stem!r}, which its files could not import"
        problems.error(message, origin, hint="rename the file")
        return
    try:
        with told(name, lambda: file, origin, problems):
            module = import_file(file) if file else import_named(name)
        if not manager.is_registered(module):
            _register(manager, module, name)
    except (Exception, SystemExit) as error:
        _report_failure(f"plugin {name!r}", error, origin, problems, stated_contract(file))


def plugin_file(name: str) -> Path | None:
    """Return the file that a plugin is given as, of a folder its `__init__.py`; None for the name of a module."""
    if name.endswith(".py"):
        return Path(name)
    return Path(name) / "__init__.py" if "/" in name else None


def functions_of(module: object) -> list[type[FunctionBlock]]:
    """Return the functions of a plugin's module that are blocks (`@registry.block`): they need no hook."""
    own = getattr(module, "__name__", "")
    found = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, FunctionBlock)]
    return [value for value in found if value.__module__ == own]


def _report_unknown_hooks(manager: pluggy.PluginManager, places: dict[str, Origin], reports: Reports) -> None:
    """Report functions marked `@hookimpl` that are no hooks, and plugins without any."""
    callers = {name: caller for name, caller in vars(manager.hook).items() if not name.startswith("_")}
    known = [name for name, caller in callers.items() if caller.has_spec()]
    for name in callers.keys() - set(known):
        for implementation in callers[name].get_hookimpls():
            plugin = implementation.plugin_name
            hint = did_you_mean(name, known) or f"the hooks: {', '.join(known)}"
            message = f"plugin {plugin!r}: there is no hook {name!r}"
            reports.of(plugin).error(message, places.get(plugin), hint=hint)
    for name in known:
        for implementation in callers[name].get_hookimpls():
            if implementation.wrapper or implementation.hookwrapper:
                plugin = implementation.plugin_name
                message = f"plugin {plugin!r}: its hook {name} is a wrapper of other plugins' functions"
                hint = "expected a function of its own: @hookimpl, with tryfirst=True or trylast=True for its place"
                reports.of(plugin).error(message, function_place(implementation.function), hint=hint)
    for plugin, module in manager.list_name_plugin():
        unmarked = [function for name in known if (function := _unmarked(module, name))]
        for function in unmarked:
            message = (
                f"plugin {plugin!r}: the function {function.__name__} is not marked `@hookimpl`: it is never called"
            )
            reports.of(plugin).error(message, function_place(function), hint="from registry import hookimpl")
        if module is not None and not manager.get_hookcallers(module) and not unmarked and not functions_of(module):
            message = f"plugin {plugin!r} does nothing: no function in it is marked `@hookimpl`"
            reports.of(plugin).error(message, places.get(plugin), hint="see docs/plugins.md")


def _unmarked(module: object, hook: str) -> FunctionType | None:
    """Return a function of a plugin's own that is called like a hook, and is not marked as one."""
    function = getattr(module, hook, None)
    if not isinstance(function, FunctionType) or function.__module__ != getattr(module, "__name__", ""):
        return None
    return None if hasattr(function, f"{hookspecs.hookimpl.project_name}_impl") else function


def _report_failure(
    subject: str, error: BaseException, asked: Origin | None, problems: Problems, contract: object = None
) -> None:
    """Report a plugin that cannot be imported or registered, at the line of it that fails.

    `contract`: the version of the contract that its file says it needs.
    """
    needed = error.needed if isinstance(error, NewerContract) else contract
    if newer_contract(needed):
        message = f"{subject} needs version {needed} of the contract of plugins; this is version {CONTRACT}"
        problems.error(message, asked, hint="pip install --upgrade registry, or an earlier version of the plugin")
        return
    if isinstance(error, pluggy.PluginValidationError):
        message, place, hint = _wrong_signature(error)
        problems.error(f"{subject}: {message}", place.used_at(asked) if place and asked else place or asked, hint=hint)
        return
    if isinstance(error, NotABlock):
        message, _, hint = str(error).partition("; ")
        place = failure(message, error).origin
        problems.error(f"{subject}: {message}", place.used_at(asked) if place and asked else place or asked, hint=hint)
        return
    found = failure(f"{subject} failed to load: {said(error)}", error)
    place = found.origin.used_at(asked) if found.origin and asked else found.origin or asked
    problems.error(found.message, place, hint="\n".join(filter(None, [_remedy(error), found.hint])))


def _remedy(error: BaseException) -> str:
    """Return what to do about a plugin that cannot be imported."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return (
            f"expected an installed module, or a file beside the plugin; `pip install` the one that has {error.name!r}"
        )
    if isinstance(error, SystemExit):
        return "expected a file that only defines: put what runs a script under `if __name__ == '__main__':`"
    if isinstance(error, SyntaxError):
        return "expected Python; an editor, or `python FILE`, shows more"
    return ""


def _wrong_signature(error: pluggy.PluginValidationError) -> tuple[str, Origin | None, str]:
    """Return what is wrong with how a plugin defines a hook, the place, and what was expected."""
    for name, function in vars(error.plugin).items():
        spec = getattr(hookspecs, name, None)
        if spec is None or not callable(function) or not hasattr(function, "registry_impl"):
            continue
        known = list(inspect.signature(spec).parameters)
        unknown = [argument for argument in inspect.signature(function).parameters if argument not in known]
        if unknown:
            message = f"its hook {name} takes {', '.join(map(repr, unknown))}, which the hook does not have"
            return message, function_place(function), f"expected {name}({', '.join(known)}), or fewer of these"
    return f"it cannot be registered: {str(error).splitlines()[-1]}", None, "see docs/hooks.md"
