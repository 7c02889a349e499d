"""Which calls to AWS a function's code can reach, by the types that mypy finds: nothing is run, no path is missed."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from mypy import nodes
from mypy.build import BuildResult, build
from mypy.find_sources import create_source_list
from mypy.options import Options
from mypy.subtypes import is_subtype
from mypy.types import CallableType, Instance, TypeType, UnionType, get_proper_type
from mypy.typevars import fill_typevars_with_any

from shared.settings import PROJECT

ROOMS = ("functions", "indexer", "local", "shared")
SERVICES = ("batch", "cloudwatch", "dynamodb", "events", "s3", "secretsmanager", "sqs")
_WIRING = "shared.wiring"
_MADE_BY = {"shared.ports.IndexVersions": f"{_WIRING}._index_versions"}
"""Ports whose making asks AWS for something too. What else is wired asks nothing before it is used."""
_UNSPOKEN = ("__init__", "__post_init__", "__call__", "__iter__", "__next__")
_TRANSACTED = {"Put": "put_item", "Update": "update_item", "Delete": "delete_item", "ConditionCheck": "condition_check"}

_Span = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """A method of a boto3 client, as the module ``where`` calls it; ``indexed`` where a table's index is asked."""

    where: str
    service: str
    method: str
    indexed: bool = False


@dataclass
class _Body:
    """What one function of the project names, whom it asks through a port, and what it asks of AWS."""

    names: set[str] = field(default_factory=set)
    asked: set[tuple[str, str]] = field(default_factory=set)
    calls: set[Call] = field(default_factory=set)


class Code:
    """The project, read and typed once."""

    def __init__(self) -> None:
        self._result = _typed()
        self._modules = {name: Path(str(file.path)) for name, file in self._result.files.items() if _ours(name)}
        self._bodies = {name: body for module in self._modules for name, body in self._read(module)}

    def reached(self, *roots: str) -> set[str]:
        """All that code in the modules or functions ``roots``, or below them, may end up in."""
        waiting = [name for name in self._bodies if any(name == root or name.startswith(f"{root}.") for root in roots)]
        found: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._next(self._bodies[name])
        return found

    def calls(self, reached: Iterable[str] | None = None) -> set[Call]:
        """In what is reached, or in all code."""
        return {call for name in (self._bodies if reached is None else reached) for call in self._bodies[name].calls}

    def names(self, reached: Iterable[str]) -> set[str]:
        """All that is named in what is reached, such as the settings that are read."""
        return set().union(*(self._bodies[name].names for name in reached))

    def command(self, name: str) -> str:
        """The function behind a sub-command of vitrine."""
        for node in ast.walk(self._tree("local.cli")):
            match node:
                case ast.Call(func=ast.Call(args=[ast.Constant(value=value)]), args=[function]) if value == name:
                    return self._names("local.cli")[_span(function)]
        raise AssertionError(f"there is no command vitrine {name}")

    def constants(self, reached: Iterable[str], name: str) -> dict[str, str]:
        """The string that the constant ``name`` is, in those modules of what is reached that have it."""
        found = {}
        for module in {self._module_of(each) for each in reached}:
            for statement in self._tree(module).body:
                match statement:
                    case ast.Assign(targets=[ast.Name(id=target)], value=ast.Constant(value=str(value))):
                        if target == name:
                            found[module] = value
        return found

    def _next(self, body: _Body) -> Iterator[str]:
        for name in body.names:
            if name in self._classes:
                yield from (each for each in (f"{name}.{method}" for method in _UNSPOKEN) if each in self._bodies)
            elif name in self._bodies and name not in self._modules and not name.startswith(f"{_WIRING}."):
                yield name
        for port, method in body.asked:
            if port in _MADE_BY:
                yield _MADE_BY[port]
            for info in self._implementations[port]:
                made, named = info.get("__init__"), info.get(method)
                yield from (each.fullname for each in (made, named) if each and each.fullname in self._bodies)

    def _read(self, module: str) -> Iterator[tuple[str, _Body]]:
        types = {_where(each): self._result.types.get(each) for each in _expressions(self._result.files[module])}
        names = self._names(module)
        tree = self._tree(module)
        yield module, _Reader(module, types, names).read(n for n in tree.body if not isinstance(n, _DEFINITIONS))
        for definition in tree.body:
            if isinstance(definition, ast.ClassDef):
                for member in definition.body:
                    if isinstance(member, _FUNCTIONS):
                        name = f"{module}.{definition.name}.{member.name}"
                        yield name, _Reader(module, types, names).read([member])
            elif isinstance(definition, _FUNCTIONS):
                yield f"{module}.{definition.name}", _Reader(module, types, names).read([definition])

    def _names(self, module: str) -> dict[_Span, str]:
        expressions = _expressions(self._result.files[module])
        return {_where(each): each.fullname for each in expressions if isinstance(each, nodes.RefExpr)}

    def _tree(self, module: str) -> ast.Module:
        return ast.parse(self._modules[module].read_text())

    def _module_of(self, name: str) -> str:
        while name not in self._modules:
            name = name.rpartition(".")[0]
        return name

    @cached_property
    def _classes(self) -> dict[str, nodes.TypeInfo]:
        definitions = (each for module in self._modules for each in self._result.files[module].defs)
        return {each.info.fullname: each.info for each in definitions if isinstance(each, nodes.ClassDef)}

    @cached_property
    def _implementations(self) -> dict[str, list[nodes.TypeInfo]]:
        """The classes that may stand behind a port."""
        found: dict[str, list[nodes.TypeInfo]] = defaultdict(list)
        ports = [info for info in self._classes.values() if info.is_protocol]
        for info in self._classes.values():
            for port in () if info.is_protocol or info.fallback_to_any else ports:
                if is_subtype(fill_typevars_with_any(info), fill_typevars_with_any(port)):
                    found[port.fullname].append(info)
        return found


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)


def _ours(module: str) -> bool:
    return module.split(".", maxsplit=1)[0] in ROOMS


def _typed() -> BuildResult:
    options = Options()
    options.incremental = False
    options.export_types = True
    options.preserve_asts = True
    options.ignore_errors = True
    options.ignore_missing_imports = True
    options.follow_imports = "skip"
    options.check_untyped_defs = True
    options.explicit_package_bases = True
    options.mypy_path = [str(PROJECT)]
    return build(create_source_list([str(PROJECT / room) for room in ROOMS], options), options)


def _expressions(file: nodes.MypyFile) -> Iterator[nodes.Expression]:
    """All that are written in the file, by what its nodes hold; mypy's own walkers cannot be derived from."""
    waiting: list[Any] = list(file.defs)
    while waiting:
        node = waiting.pop()
        if isinstance(node, list | tuple):
            waiting += node
        elif isinstance(node, nodes.Node) and not isinstance(node, nodes.TypeInfo | nodes.Var):
            if isinstance(node, nodes.Expression):
                yield node
            waiting += [getattr(node, name) for name in _held_by(type(node))]


@cache
def _held_by(kind: type[nodes.Node]) -> list[str]:
    """Names of what such nodes hold, and not of what they can do."""
    names = [name for name in dir(kind) if name not in _ELSEWHERE and name[0] != "_"]
    return [name for name in names if not callable(getattr(kind, name))]


_ELSEWHERE = frozenset({"analyzed", "expanded", "info", "node", "original_def", "type", "unanalyzed_items"})
"""What a node holds that stands in another place, or twice."""


def _where(expression: nodes.Expression) -> _Span:
    return expression.line, expression.column, expression.end_line or 0, expression.end_column or 0


def _span(node: ast.expr) -> _Span:
    return node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0


class _Reader(ast.NodeVisitor):
    """Reads one function's body, with all that is defined in it."""

    def __init__(self, module: str, types: dict[_Span, Any], names: dict[_Span, str]) -> None:
        self._module = module
        self._types = types
        self._names = names
        self._clients: dict[str, str] = {}
        word = module.rpartition(".")[2].partition("_")[0]
        self._own_service = word if module.startswith("shared.adapters.") and word in SERVICES else ""
        self._body = _Body()

    def read(self, statements: Iterable[ast.stmt]) -> _Body:
        for statement in statements:
            self.visit(statement)
        return self._body

    def visit_Assign(self, node: ast.Assign) -> None:
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(targets) == len(
                values
            ):
                pairs = list(zip(targets, values, strict=True))
            case _:
                pairs = [(target, node.value) for target in node.targets]
        for target, value in pairs:
            if isinstance(target, ast.Name) and (service := self._service(value)):
                self._clients[target.id] = service
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._body.names.add(self._names.get(_span(node), ""))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.generic_visit(node)
        if service := self._service(node.value):
            self._body.calls.add(Call(self._module, service, node.attr))
            return
        self._body.names.add(self._names.get(_span(node), ""))
        self._ask(node.value, node.attr)

    def visit_With(self, node: ast.With) -> None:
        self.generic_visit(node)
        for item in node.items:
            self._ask(item.context_expr, "__enter__")
            self._ask(item.context_expr, "__exit__")

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        for each in (node.func, *node.args):
            if isinstance(each, ast.Attribute) and (service := self._service(each.value)):
                self._refine(Call(self._module, service, each.attr), node)

    def _refine(self, call: Call, node: ast.Call) -> None:
        """Put what the call's arguments say about the rights that it needs in the place of what its name says."""
        refined = {call}
        if any(keyword.arg == "IndexName" for keyword in node.keywords):
            refined = {replace(call, indexed=True)}
        elif call.method == "get_paginator":
            refined = {replace(call, method=str(ast.literal_eval(node.args[0])))}
        elif call.method == "transact_write_items":
            keys = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)} & _TRANSACTED.keys()
            assert keys, f"{self._module}: say in the call itself which operations the transaction has"
            refined = {replace(call, method=_TRANSACTED[key]) for key in keys}
        self._body.calls = self._body.calls - {call} | refined

    def _service(self, node: ast.expr) -> str:
        """Whose client the expression is. In an adapter called after a service, what is called a client is of that."""
        match node:
            case ast.Call(func=ast.Attribute(attr="client"), args=[ast.Constant(value=str(service))]):
                return service
            case ast.Name(id=name) if name in self._clients:
                return self._clients[name]
            case ast.Name(id="client") | ast.Attribute(attr="_client") | ast.Call(func=ast.Attribute(attr="_client")):
                return self._own_service
        return ""

    def _ask(self, node: ast.expr, name: str) -> None:
        for info in _classes_of(self._types.get(_span(node))):
            symbol = info.get(name)
            if symbol and info.is_protocol:
                self._body.asked.add((info.fullname, name))
            elif symbol and symbol.fullname:  # whose method is called, that has been made, by whomever
                self._body.names |= {symbol.fullname, info.fullname}


def _classes_of(type_: Any) -> Iterator[nodes.TypeInfo]:
    match get_proper_type(type_):
        case Instance(type=info):
            yield info
        case UnionType(items=items):
            for each in items:
                yield from _classes_of(each)
        case TypeType(item=item):
            yield from _classes_of(item)
        case CallableType() as made if made.is_type_obj():
            yield made.type_object()
