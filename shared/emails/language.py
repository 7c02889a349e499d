"""The part of Jinja's language that templates are written in.

Texts, paths of names (``row.title``), ``for`` over a path, and ``if`` with a path. That much the language of every
sending service can say too; it always ends; and it reaches nothing but what it was given, so a shop's own template is
no risk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from shared.domain.errors import InvalidInput

if TYPE_CHECKING:
    from jinja2 import nodes

_DEEPEST = 8
"""Levels of ``for`` and ``if`` within one another."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Value:
    path: Path


@dataclass(frozen=True, slots=True)
class Loop:
    name: str
    over: Path
    body: "Nodes"


@dataclass(frozen=True, slots=True)
class Choice:
    test: Path
    then: "Nodes"
    otherwise: "Nodes"


Nodes = tuple[Text | Value | Loop | Choice, ...]


class Dialect(Protocol):
    """How another language says a value, a loop (begin, end) and a choice (begin, else, end).

    ``loops`` are the names of the loops around, outermost first.
    """

    def value(self, path: Path, loops: Sequence[str]) -> str: ...

    def loop(self, name: str, over: Path, loops: Sequence[str]) -> tuple[str, str]: ...

    def choice(self, test: Path, loops: Sequence[str]) -> tuple[str, str, str]: ...


def read(source: str) -> Nodes:
    """What ``source`` says. Raises InvalidInput where it is not Jinja's language, or not of this part of it.

    White space before a tag that begins a line, and the line's end after a tag, are not part of the text.
    """
    from jinja2 import Environment, TemplateSyntaxError

    try:
        tree = Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True).parse(source)
    except TemplateSyntaxError as error:
        raise InvalidInput(f"The template cannot be read, at line {error.lineno}: {error.message}") from error
    except RecursionError as error:
        raise InvalidInput("The template is nested too deep: simplify it.") from error
    return _nodes(tree.body, 0)


def write(found: Nodes, dialect: Dialect, known: Mapping[str, Any]) -> str:
    """The template in another language. Names in ``known`` are put in at once, as they are there."""
    return "".join(_written(found, dialect, known, ()))


def _written(found: Nodes, dialect: Dialect, known: Mapping[str, Any], loops: tuple[str, ...]) -> list[str]:
    parts: list[str] = []
    for node in found:
        match node:
            case Text(text):
                parts.append(text)
            case Value(path) if path[0] in known and path[0] not in loops:
                parts.append(str(_known(path, known)))
            case Value(path):
                parts.append(dialect.value(path, loops))
            case Loop(name, over, body):
                begin, end = dialect.loop(name, over, loops)
                parts += [begin, *_written(body, dialect, known, (*loops, name)), end]
            case Choice(test, then, otherwise) if test[0] in known and test[0] not in loops:
                parts += _written(then if _known(test, known) else otherwise, dialect, known, loops)
            case Choice(test, then, otherwise):
                begin, middle, end = dialect.choice(test, loops)
                other = [middle, *_written(otherwise, dialect, known, loops)] if otherwise else []
                parts += [begin, *_written(then, dialect, known, loops), *other, end]
    return parts


def _known(path: Path, known: Mapping[str, Any]) -> Any:
    value: Any = known
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return "" if value is None else value


def _nodes(found: "Sequence[nodes.Node]", depth: int) -> Nodes:
    if depth > _DEEPEST:
        raise InvalidInput(f"The template has more than {_DEEPEST} tags within one another: simplify it.")
    read_so_far: list[Text | Value | Loop | Choice] = []
    for node in found:
        read_so_far += _node(node, depth)
    return tuple(read_so_far)


def _node(node: "nodes.Node", depth: int) -> Nodes:
    from jinja2 import nodes

    if isinstance(node, nodes.Output):
        return tuple(
            Text(each.data) if isinstance(each, nodes.TemplateData) else Value(_path(each)) for each in node.nodes
        )
    if isinstance(node, nodes.For):
        if node.else_ or node.test or node.recursive or not isinstance(node.target, nodes.Name):
            raise _refused(node, "a 'for' goes over one name")
        return (Loop(_name(node.target.name, node), _path(node.iter), _nodes(node.body, depth + 1)),)
    if isinstance(node, nodes.If):
        otherwise = node.else_
        for other in reversed(node.elif_):
            otherwise = [nodes.If(other.test, other.body, [], otherwise, lineno=other.lineno)]
        return (Choice(_path(node.test), _nodes(node.body, depth + 1), _nodes(otherwise, depth + 1)),)
    raise _refused(node, f"'{type(node).__name__}' is not in it")


def _path(node: "nodes.Node") -> Path:
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        return (_name(node.name, node),)
    if isinstance(node, nodes.Getattr):
        return (*_path(node.node), _name(node.attr, node))
    raise _refused(node, "a value is written as names with dots between them")


def _name(name: str, node: "nodes.Node") -> str:
    if name.startswith("_") or name == "loop":
        raise _refused(node, f"'{name}' is not a name of something to show")
    return name


def _refused(node: "nodes.Node", why: str) -> InvalidInput:
    return InvalidInput(
        f"Line {node.lineno} of the template says what templates cannot: {why}. They know {{{{ names.with.dots }}}}, "
        "{% for each in names %} and {% if name %}."
    )
