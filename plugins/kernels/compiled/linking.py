"""Kernels are optimised and translated as one.

Numba optimises a function by itself, translates it, and does so again, with all that it calls, for each function that
calls it, up to the kernel: a function five calls deep six times. Here the parts of a kernel, which Python never calls,
are only linked into it. This leans on what Numba keeps to itself: where it is not as expected, all is done as Numba
does.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target

LOGGER = logging.getLogger("registry.plugins.kernels")

_LIBRARY: Any = JITCodeLibrary
_NEEDED = (
    *("finalize", "_optimize_functions", "_optimize_final_module", "_finalize_final_module"),
    *("_finalize_dynamic_globals", "_verify_declare_only_symbols"),
)
_WAY_IN, _LOOP = "_ZN7cpython", "__numba_parfor_gufunc"
"""How names of functions begin by which Python calls a kernel, and what those of parallel loops hold, which it never
calls."""

_environments: dict[str, Any] = {}
"""Of parts: Numba's record of each, by the name of the variable that is to point to it."""


class _Library(_LIBRARY):
    """The code of one function, with all that it calls; nothing but linked where it is a part."""

    _is_part = False

    def finalize(self) -> None:
        defined = [function.name for function in self._final_module.functions if not function.is_declaration]
        self._is_part = not any(name.startswith(_WAY_IN) and _LOOP not in name for name in defined)
        super().finalize()

    def _optimize_functions(self, module: Any) -> None:
        """Leave it to the passes over all of the kernel."""

    def _optimize_final_module(self) -> None:
        if not self._is_part:
            super()._optimize_final_module()

    def _finalize_final_module(self) -> None:
        if self._is_part:
            self._finalize_dynamic_globals()
            self._verify_declare_only_symbols()
            self._finalized = True
            return
        super()._finalize_final_module()
        for variable in self._final_module.global_variables:
            if variable.name in _environments:
                self._codegen.set_env(variable.name, _environments[variable.name])


@contextmanager
def parts_linked() -> Iterator[None]:
    """Compile what is compiled inside this block in one piece with its parts; no other thread compiles meanwhile."""
    with global_compiler_lock:
        generator: Any = cpu_target.target_context.codegen()
        # A kernel that calls another one has this compiled while it is.
        if "_library_class" in vars(generator) or not _is_as_expected(generator):
            yield
            return
        set_env = generator.set_env

        def set_or_note(name: str, environment: Any) -> None:
            if generator._engine.is_symbol_defined(name):
                set_env(name, environment)
            else:
                _environments[name] = environment

        generator._library_class, generator.set_env = _Library, set_or_note
        try:
            yield
        finally:
            del generator._library_class, generator.set_env


@functools.cache
def _is_as_expected(generator: Any) -> bool:
    known = getattr(generator, "_library_class", None) is _LIBRARY and hasattr(generator._engine, "is_symbol_defined")
    if known and all(hasattr(_LIBRARY, name) for name in _NEEDED):
        return True
    LOGGER.info("parts of kernels are compiled by themselves: this version of Numba links them in another way")
    return False


def linked(compile_one: Callable[..., Any]) -> Callable[..., Any]:
    """Return a dispatcher's `compile` that links parts."""

    @functools.wraps(compile_one)
    def compile_as_one(*arguments: Any, **options: Any) -> Any:
        with parts_linked():
            return compile_one(*arguments, **options)

    return compile_as_one
