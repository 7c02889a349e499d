"""``--shop``: every command that has data is for one shop of the deployment."""

import inspect
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Annotated, Any

import typer

from shared.settings import shop_from_environment

_NAME = "shop"
_OPTION = Annotated[
    str | None,
    typer.Option("--shop", metavar="NAME", help="Another shop than the first: see vitrine shops list."),
]
_OF_ALL_SHOPS = ("demo", "serve", "shops")
"""Modules of commands that are for the deployment as a whole."""
_given: ContextVar[str | None] = ContextVar("shop", default=None)


def shop_meant() -> str:
    """The shop that the command at work is for: the option's, else VITRINE_SHOP's; empty for the first one."""
    given = _given.get()
    return shop_from_environment() if given is None else given


def offer_shop(app: typer.Typer) -> None:
    """Give the option to all of the app's commands that have ``--data`` and no ``--shop`` of their own.

    Here once, for no command does anything with it but ask for its settings.
    """
    for command in app.registered_commands:
        if command.callback is not None and command.callback.__module__.rpartition(".")[2] not in _OF_ALL_SHOPS:
            names = inspect.signature(command.callback).parameters
            if "data" in names and _NAME not in names:
                command.callback = _with_option(command.callback)
    for group in app.registered_groups:
        if group.typer_instance is not None:
            offer_shop(group.typer_instance)


def _with_option(command: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(command)
    def within_shop(*arguments: Any, **options: Any) -> Any:
        before = _given.set(options.pop(_NAME))
        try:
            return command(*arguments, **options)
        finally:
            _given.reset(before)

    signature = inspect.signature(command, eval_str=True)
    option = inspect.Parameter(_NAME, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_OPTION)
    within_shop.__dict__["__signature__"] = signature.replace(parameters=[*signature.parameters.values(), option])
    within_shop.__annotations__ = {**command.__annotations__, _NAME: _OPTION}
    del within_shop.__wrapped__
    return within_shop
