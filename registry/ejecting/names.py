"""Finds the names that a definition takes from its module, with the places where they stand; local ones are not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Import = ast.Import | ast.ImportFrom

Scope = dict[str, tuple[Import, ...]]
"""The names that are local somewhere, with the statements that import them, if they are imported."""


@dataclass(frozen=True)
class Use:
    """A name of the module's, or of an import inside a function, with the attributes that are taken of it.

    `parts`: the expressions `a`, `a.b`, `a.b.c`, from the name outwards; `local`: the import statements inside a
    function of which one makes it known, none for a name of the module.
    """

    parts: tuple[ast.Name | ast.Attribute, ...]
    local: tuple[Import, ...]
    annotation: bool

    @property
    def name(self) -> str:
        """The name itself."""
        first = self.parts[0]
        assert isinstance(first, ast.Name)
        return first.id


@dataclass
class Found:
    """The names that a definition takes from outside, those that it binds itself, and its own import statements."""

    uses: list[Use] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)
    imports: list[Import] = field(default_factory=list)


def names_in(node: ast.AST) -> Found:
    """Return what a definition at the top level of a module uses."""
    reader = _Reader()
    reader.visit(node)
    return reader.found


class _Reader(ast.NodeVisitor):
    """Walks a definition, and knows which names are local where."""

    def __init__(self) -> None:
        self.found = Found()
        self._scopes: list[Scope] = []
        self._in_annotation = False

    def visit_Name(self, node: ast.Name) -> None:
        self._note((node,))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        parts: list[ast.Name | ast.Attribute] = [node]
        inner: ast.expr = node.value
        while isinstance(inner, ast.Attribute):
            parts.insert(0, inner)
            inner = inner.value
        if isinstance(inner, ast.Name):
            self._note((inner, *parts))
        else:
            self.visit(inner)

    def _note(self, parts: tuple[ast.Name | ast.Attribute, ...]) -> None:
        first = parts[0]
        assert isinstance(first, ast.Name)
        for scope in reversed(self._scopes):
            if first.id in scope:
                if scope[first.id]:
                    self.found.uses.append(Use(parts, scope[first.id], self._in_annotation))
                return
        self.found.uses.append(Use(parts, (), self._in_annotation))

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for item in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(item)
        for statement in node.body:
            # What a class states are attributes, which its methods do not see as names.
            if isinstance(statement, ast.Assign):
                self.visit(statement.value)
            elif isinstance(statement, ast.AnnAssign):
                self._annotation(statement.annotation)
                if statement.value is not None:
                    self.visit(statement.value)
            else:
                self.visit(statement)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for item in [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self.visit(item)
        self._annotations(node)
        with_self = _bound_in(node)
        self.found.bound |= with_self.keys()
        self._scopes.append(with_self)
        for statement in node.body:
            self.visit(statement)
        self._scopes.pop()

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for item in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self.visit(item)
        bound: Scope = dict.fromkeys(_arguments(node), ())
        self.found.bound |= bound.keys()
        self._scopes.append(bound)
        self.visit(node.body)
        self._scopes.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._annotation(node.annotation)
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def _comprehension(self, node: Comprehension) -> None:
        bound = {item.id for part in node.generators for item in ast.walk(part.target) if isinstance(item, ast.Name)}
        self.found.bound |= bound
        self._scopes.append(dict.fromkeys(bound, ()))
        self.generic_visit(node)
        self._scopes.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_Import(self, node: ast.Import) -> None:
        self.found.imports.append(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.found.imports.append(node)

    def _annotations(self, node: ast.FunctionDef) -> None:
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        for item in [*(argument.annotation for argument in arguments if argument), node.returns]:
            if item is not None:
                self._annotation(item)

    def _annotation(self, node: ast.expr) -> None:
        self._in_annotation = True
        self.visit(node)
        self._in_annotation = False


def _arguments(node: Function) -> Iterator[str]:
    given = node.args
    for argument in [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]:
        if argument is not None:
            yield argument.arg


def _bound_in(node: ast.FunctionDef) -> Scope:
    """Return the names that are local to a function."""
    found: Scope = dict.fromkeys(_arguments(node), ())
    pending: list[ast.AST] = list(node.body)
    while pending:
        item = pending.pop()
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.setdefault(item.name, ())
            continue
        if isinstance(item, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            # What is assigned inside is theirs, but for `:=`.
            found |= {inner.target.id: () for inner in ast.walk(item) if isinstance(inner, ast.NamedExpr)}
            continue
        if isinstance(item, ast.Import | ast.ImportFrom):
            for alias in item.names:
                name = alias.asname or alias.name.partition(".")[0]
                found[name] = (*found.get(name, ()), item)
        elif isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store | ast.Del):
            found.setdefault(item.id, ())
        pending += list(ast.iter_child_nodes(item))
    return found
