"""The ``vitrine`` command. Each sub-command is a thin function in :mod:`local.commands`."""

import sys

import typer

from local.commands import ask, demo, export, index, serve
from local.commands.events import events
from local.output import exit_code, say_error
from shared.domain.errors import VitrineError

app = typer.Typer(
    help="A shop window for each shopper: recommendations and search for a shop, on one machine or on AWS.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("demo")(demo.demo)
app.command("index")(index.index)
app.add_typer(events, name="events")
app.command("serve")(serve.serve)
app.command("for-you")(ask.for_you)
app.command("similar")(ask.similar)
app.command("versions")(index.versions)
app.command("rollback")(index.rollback)
app.command("export-encoder")(export.export_encoder)


def main() -> None:
    try:
        app()
    except VitrineError as error:
        say_error(error, as_json="--json" in sys.argv)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(130)
