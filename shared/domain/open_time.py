"""What stands in the places of an email when it is opened: the picks, and spares for those that cannot be shown."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from shared.domain.products import Product
from shared.domain.sends import Send, SentPick


def standing_in(send: Send, may_be_shown: Mapping[str, Product]) -> dict[int, SentPick]:
    """The pick for each place (from 0) that can be filled; never one product, or two of one group, in two places.

    What was shown in a place stays there, then the pick itself, then spares in their order, those of its block first.
    It follows from the send and the products alone: two pictures of one email that are asked for at the same moment
    come to the same.
    """
    known = {pick.product_id: pick for pick in (*send.spares, *send.picks)}
    taken: set[str] = set()
    found: dict[int, SentPick] = {}

    def take(place: int, product_id: str) -> None:
        product = may_be_shown.get(product_id)
        if place not in found and product is not None and product.group not in taken and product_id in known:
            taken.add(product.group)
            found[place] = known[product_id]

    for place, pick in enumerate(send.picks):
        take(place, send.shown.get(place, pick.product_id))
        take(place, pick.product_id)
    for place, pick in enumerate(send.picks):
        for spare in sorted(send.spares, key=lambda spare: spare.block != pick.block):
            take(place, spare.product_id)
    return found


def shown_at(send: Send, place: int) -> SentPick:
    """What was put there when the email was opened, else the pick itself."""
    shown = send.shown.get(place)
    pick = send.picks[place]
    return next((each for each in (*send.picks, *send.spares) if each.product_id == shown), pick)


def home_of(link: str) -> str:
    """The front page of the site that a product's address is on; empty for what is no http or https address."""
    try:
        parts = urlsplit(link)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not host or not host.isascii():
        return ""
    address = f"[{host}]" if ":" in host else host
    return f"{parts.scheme.lower()}://{address}{f':{port}' if port else ''}/"
