"""Plain pages to look at: who shops here, what they did, what they get and why."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape

from local.commands.ask import price_text
from local.demo_shop.build import Shopper
from shared.domain.events import Event, EventType
from shared.domain.products import Product
from shared.http.parameters import ProductId, UserId
from shared.services.bundles import bundles
from shared.services.complements import complements
from shared.services.look import look
from shared.services.pages import Question
from shared.services.recommend import for_you
from shared.services.shop import Shop
from shared.services.similar import By, similar
from shared.services.trending import trending

_DEEDS = {
    EventType.VIEW: "viewed",
    EventType.CLICK: "clicked",
    EventType.ADD_TO_CART: "put in the cart",
    EventType.REMOVE_FROM_CART: "took out of the cart",
    EventType.WISHLIST: "saved",
    EventType.PURCHASE: "bought",
    EventType.REFUND: "sent back",
    EventType.RATE: "rated",
    EventType.SHARE: "shared",
    EventType.DISLIKE: "disliked",
}
_RECENT = 60
_RECENT_SHOWN = 12


def create_router(shop: Shop, shoppers: Sequence[Shopper], with_images: bool) -> APIRouter:
    router = APIRouter()
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=select_autoescape(), trim_blocks=True
    )
    templates.globals["price"] = price_text
    templates.filters["path"] = lambda part: quote(part, safe="")
    templates.globals["picture"] = lambda product: _picture(product, with_images)

    def render(name: str, **values: object) -> HTMLResponse:
        return HTMLResponse(templates.get_template(name).render(manifest=shop.live.manifest(), **values))

    @router.get("/")
    def home() -> HTMLResponse:
        return render("home.html", shoppers=shoppers, trending=trending(shop, Question(limit=18)).items)

    @router.get("/shoppers/{user_id:path}")
    def shopper(user_id: UserId) -> HTMLResponse:
        who = next((each for each in shoppers if each.id == user_id), None)
        picks = for_you(shop, user_id, Question(limit=24)).items
        return render("shopper.html", user_id=user_id, shopper=who, deeds=_deeds(shop, user_id), picks=picks)

    @router.get("/products/{product_id:path}")
    def product(product_id: ProductId) -> HTMLResponse:
        alike = similar(shop, product_id, By.ALL, Question(limit=12)).items
        lookalikes = similar(shop, product_id, By.IMAGE, Question(limit=12)).items
        seed = shop.products.get([product_id])[product_id]
        return render(
            "product.html",
            product=seed,
            together=complements(shop, product_id, Question(limit=6)).items,
            look=look(shop, product_id),
            bundles=bundles(shop, product_id, limit=1).bundles,
            alike=alike,
            lookalikes=lookalikes,
        )

    return router


def _picture(product: Product, with_images: bool) -> str:
    """Where a browser finds the picture; empty when it cannot."""
    if product.image.startswith(("http://", "https://")):
        return product.image
    return f"/images/{quote(product.image)}" if with_images and product.image else ""


def _deeds(shop: Shop, user_id: str) -> list[tuple[str, Product]]:
    """What the user did last, newest first, each product once with the strongest thing done to it lately."""
    events = shop.events.recent(user_id, _RECENT, shop.clock.now())
    latest: dict[str, Event] = {}
    for event in events:
        if event.product_id and event.type in _DEEDS:
            known = latest.setdefault(event.product_id, event)
            if known.type in (EventType.VIEW, EventType.CLICK) and event.type not in (EventType.VIEW, EventType.CLICK):
                latest[event.product_id] = event
    products = shop.products.get(list(latest))
    shown = [(_DEEDS[event.type], products[each]) for each, event in latest.items() if each in products]
    return shown[:_RECENT_SHOWN]
