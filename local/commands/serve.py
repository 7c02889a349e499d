"""vitrine serve: the API and its pages on this machine."""

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from local.demo_shop.build import Shopper
from local.options import Data, Images, settings_for
from local.output import console
from shared import wiring
from shared.domain.errors import InvalidInput, Unavailable
from shared.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on.")]


def serve(
    port: Port = 8000,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    images: Images = None,
    data: Data = None,
) -> None:
    """Serve the API, its docs at /docs, and pages to look at."""
    settings = settings_for(data)
    require_keys(settings, host)
    serve_shop(settings, host, port, images)


def require_keys(settings: Settings, host: str) -> None:
    """Raises InvalidInput where strangers could connect, and change prices and rules."""
    if host not in LOOPBACK and not settings.secret_keys:
        raise InvalidInput(
            f"Others can reach {host}, and without a secret key they can change prices and rules: make one with "
            "vitrine secret-key and set VITRINE_SECRET_KEYS, or leave out --host."
        )


def require_port(host: str, port: int) -> None:
    """Before any work is done for nothing. Raises Unavailable when the address cannot be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unavailable(
                f"Port {port} of {host} cannot be listened on ({error.strerror}): choose another with --port, "
                "or with PORT= for make."
            ) from None


def serve_shop(settings: Settings, host: str, port: int, images: Path | None, shoppers: Sequence[Shopper] = ()) -> None:
    require_port(host, port)
    import uvicorn

    from local.reindexing import desk_for
    from local.server import create_app

    parts = wiring.parts(settings)
    encoders = wiring.query_encoders(settings, parts.clock, parts.blobs)
    desk = desk_for(settings, parts, images)
    app = create_app(parts, images, shoppers, settings.secret_keys, encoders, desk, wiring.pictures(settings))
    console.print(
        f"Serving on [bold]http://{host}:{port}[/] · API docs at http://{host}:{port}/docs · stop with Ctrl-C"
    )
    uvicorn.run(app, host=host, port=port, log_level="warning")
