"""The ``vitrine`` command. Each sub-command is a thin function in :mod:`local.commands`."""

import sqlite3
import sys

import typer

from local.commands import (
    adapt,
    ask,
    basket,
    complements,
    demo,
    evaluate,
    export,
    index,
    lists,
    look,
    offers,
    privacy,
    reindex,
    search,
    segments,
    serve,
    site,
    train,
    tune,
)
from local.commands.collections import collections
from local.commands.email import email
from local.commands.events import events
from local.commands.keys import keys
from local.commands.picks import picks
from local.commands.rules import rules
from local.commands.shops import shops
from local.output import EXIT_FAILED, exit_code, say_error
from local.shop_option import offer_shop
from shared.domain.errors import Unavailable, VitrineError

app = typer.Typer(
    help="A shop window for each shopper: recommendations for a shop, each with its reason.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("demo")(demo.demo)
app.command("index")(index.index)
app.command("reindex")(reindex.reindex)
app.add_typer(events, name="events")
app.command("train")(train.train)
app.command("tune")(tune.tune)
app.command("evaluate")(evaluate.evaluate)
app.add_typer(rules, name="rules")
app.add_typer(picks, name="picks")
app.add_typer(collections, name="collections")
app.add_typer(email, name="email")
app.add_typer(shops, name="shops")
app.command("offers")(offers.offers)
app.add_typer(keys, name="keys")
app.command("export-user")(privacy.export_user)
app.command("erase-user")(privacy.erase_user)
app.command("audit")(privacy.audit)
app.command("serve")(serve.serve)
app.command("site")(site.site)
app.command("for-you")(ask.for_you)
app.command("similar")(ask.similar)
app.command("search")(search.search)
app.command("basket")(basket.basket)
app.command("segments")(segments.segments)
app.command("list")(lists.named_list)
app.command("complements")(complements.complements)
app.command("look")(look.look)
app.command("bundles")(look.bundles)
app.command("versions")(index.versions)
app.command("rollback")(index.rollback)
app.command("export-encoder")(export.export_encoder)
app.command("adapt")(adapt.adapt)
offer_shop(app)


_INTERRUPTED = 130


def main() -> None:
    as_json = "--json" in sys.argv
    try:
        app()
    except VitrineError as error:
        say_error(error, as_json)
        sys.exit(exit_code(error))
    except (NotADirectoryError, PermissionError, FileNotFoundError) as error:
        where = error.filename or "the folder"
        say_error(
            Unavailable(f"{where} cannot be used ({error.strerror}): give --data a folder you can write to."), as_json
        )
        sys.exit(EXIT_FAILED)
    except (OSError, sqlite3.Error, UnicodeError) as error:
        say_error(Unavailable(f"The machine stopped it ({error}): mend that and run it again."), as_json)
        sys.exit(EXIT_FAILED)
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:  # what Typer makes of Ctrl-C
            print("vitrine: stopped; run it again to go on where it was.", file=sys.stderr)
        raise
