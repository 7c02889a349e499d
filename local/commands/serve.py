"""vitrine serve: the API and its pages on this machine."""

import socket
from dataclasses import replace
from typing import Annotated

import typer

from local.options import Data, Images, first_settings
from local.output import console
from local.site import Site, page_key, shop_name
from shared import wiring
from shared.domain.errors import InvalidInput, Unavailable
from shared.domain.loopback import is_loopback
from shared.ports import Access
from shared.services.access import FromThisMachine
from shared.settings import Settings

StorefrontKey = Annotated[
    str,
    typer.Option("--storefront-key", metavar="KEY", help="Publishable key that the storefront calls with."),
]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on.")]


def serve(
    port: Port = 8000,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    images: Images = None,
    storefront_key: StorefrontKey = "",
    data: Data = None,
) -> None:
    """Serve the API of all shops, its docs at /docs, and pages to look at the first one."""
    key = page_key(storefront_key)
    settings = first_settings(data)
    require_keys(settings, host)
    name = shop_name(wiring.parts(settings).blobs)
    serve_shop(settings, host, port, Site(name, key, images))


def require_keys(settings: Settings, host: str) -> None:
    """Raises InvalidInput where strangers could connect, and nobody could tell them from the shop's own."""
    keys = wiring.keys(settings)
    if not is_loopback(host) and not any(key.is_live(wiring.SystemClock().now()) for key in keys.ring().keys.values()):
        raise InvalidInput(
            f"Others can reach {host}, and without keys they could change prices and rules: make one first, by vitrine "
            "keys create --secret, or leave out --host."
        )


def access_for(settings: Settings, host: str) -> Access:
    """Keys may be off on this machine's own address alone: on another one not even where the last key has gone."""
    return FromThisMachine(wiring.access(settings)) if is_loopback(host) else wiring.keys(settings)


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


def serve_shop(settings: Settings, host: str, port: int, site: Site) -> None:
    require_port(host, port)
    import uvicorn

    from local.arithmetic import by_one_thread
    from local.server import create_gate

    by_one_thread()
    keys = wiring.keys(settings)
    site = replace(site, keyed=lambda: bool(keys.ring().keys))
    gate = create_gate(settings, access_for(settings, host), site)
    console.print(
        f"Serving on [bold]http://{host}:{port}[/] · API docs at http://{host}:{port}/docs · stop with Ctrl-C"
    )
    if keys.ring().keys:
        console.print("There are keys, so every call needs one, the pages too: vitrine keys list says which there are.")
    uvicorn.run(gate, host=host, port=port, log_level="warning")
