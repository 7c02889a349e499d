"""Every page of a shop by its address, for tests and pictures that look at them all."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from tests.browser.sites import Served

DASHBOARD = ("now", "results", "catalogue", "index", "drift", "why")
"""The dashboard's views: ``/dashboard/#/now`` and so on."""


@dataclass(frozen=True)
class Tour:
    """``pages`` has, by name, what follows the site's address; ``basket`` is what a visitor should have in theirs."""

    pages: dict[str, str]
    basket: Sequence[str]


def tour_of(site: Served) -> Tour:
    """The pages of ``site``, for products and collections that it really has."""
    bought = products(site)
    collection = asked(site, "/v1/collections")["collections"][0]["slug"]
    token = asked(site, f"/v1/collections/{collection}/share", {})["token"]
    return Tour(
        {
            "home": "#/",
            "product": f"#/product/{bought[0]}",
            "search": "#/search?q=blue%20shirt",
            "nothing found": "#/search?q=qqqxxyzz",
            "collections": "#/collections",
            "collection": f"#/collection/{collection}",
            "shared": f"#/shared/{token}",
            "basket": "#/basket",
            "quiz": "#/quiz",
            "you": "#/you",
            "no such page": "#/nowhere",
        },
        bought[:2],
    )


def products(site: Served, limit: int = 6) -> list[str]:
    """Ids of what people buy, best first."""
    return [each["id"] for each in asked(site, f"/v1/lists/best-sellers?limit={limit}")["items"]]


def asked(site: Served, path: str, body: object = None) -> Any:
    """The API's answer, with the secret key where there is one."""
    headers = {"content-type": "application/json"} | ({"x-api-key": site.secret} if site.secret else {})
    sent = None if body is None else json.dumps(body).encode()
    with urlopen(Request(site.url + path, sent, headers), timeout=30) as answer:
        return json.load(answer)
