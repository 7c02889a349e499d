"""Which route asks for what: one table, so that it can be read as a whole. A route that is not in it is refused."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.access import Scope


@dataclass(frozen=True, slots=True)
class Need:
    """What a caller must have: a key of the ``scope``, a secret one where ``secret``.

    ``own`` is for what a person may do to itself: a publishable key will do where the user of the path is proved, or is
    a guest, whose random id is known to its own browser alone; the scope is then not asked for. ``scope`` None is for
    everybody, with a key or without.
    """

    scope: Scope | None
    secret: bool = False
    own: bool = False


PUBLIC = Need(None)
_READ = Need(Scope.RECOMMEND)
_SEARCH = Need(Scope.SEARCH)
_COLLECT = Need(Scope.COLLECT)
_CATALOGUE = Need(Scope.CATALOGUE, secret=True)
_PICKS = Need(Scope.PICKS, secret=True)
_PRIVACY = Need(Scope.PRIVACY, own=True)
_REINDEX = Need(Scope.REINDEX, secret=True)
_DASHBOARD = Need(Scope.DASHBOARD, secret=True)

POLICY: Mapping[str, Need] = {
    "GET /health": PUBLIC,
    "GET /v1/users/{user_id:path}/recommendations": _READ,
    "POST /v1/recommendations": _READ,
    "GET /v1/products": _READ,
    "GET /v1/products/{product_id:path}/similar": _READ,
    "GET /v1/products/{product_id:path}/complements": _READ,
    "GET /v1/products/{product_id:path}/look": _READ,
    "GET /v1/products/{product_id:path}/bundles": _READ,
    "POST /v1/baskets/recommendations": _READ,
    "POST /v1/rerank": _READ,
    "GET /v1/lists/{name}": _READ,
    "GET /v1/trending": _READ,
    "GET /v1/users/{user_id:path}/recently-viewed": _READ,
    "GET /v1/users/{user_id:path}/buy-again": _READ,
    "GET /v1/quiz": _READ,
    "POST /v1/search": _SEARCH,
    "GET /v1/suggest": _SEARCH,
    "GET /v1/collections": _SEARCH,
    "GET /v1/collections/{slug}": _SEARCH,
    "POST /v1/collections/{slug}/share": _SEARCH,
    "GET /v1/shared/{token}": _SEARCH,
    "POST /v1/events": _COLLECT,
    "POST /v1/quiz/answers": _COLLECT,
    "POST /v1/users/merge": _COLLECT,
    "PUT /v1/users/{user_id:path}/consent": _PRIVACY,
    "GET /v1/users/{user_id:path}/consent": _PRIVACY,
    "GET /v1/users/{user_id:path}/profile": _PRIVACY,
    "DELETE /v1/users/{user_id:path}/profile/interests/{interest_id}": _PRIVACY,
    "GET /v1/users/{user_id:path}/export": _PRIVACY,
    "DELETE /v1/users/{user_id:path}": _PRIVACY,
    "POST /v1/picks": _PICKS,
    "GET /v1/users/{user_id:path}/picks": _PICKS,
    "POST /v1/sends": _PICKS,
    "GET /v1/slots/{token}/{image}": PUBLIC,
    "GET /v1/slots/{token}/{place}/link": PUBLIC,
    "PATCH /v1/products": _CATALOGUE,
    "GET /v1/rules": _CATALOGUE,
    "PUT /v1/rules": _CATALOGUE,
    "GET /v1/collections/book": _CATALOGUE,
    "PUT /v1/collections/book": _CATALOGUE,
    "GET /v1/dashboard/traffic": _DASHBOARD,
    "GET /v1/dashboard/outcomes": _DASHBOARD,
    "GET /v1/dashboard/catalogue": _DASHBOARD,
    "GET /v1/dashboard/versions": _DASHBOARD,
    "GET /v1/dashboard/drift": _DASHBOARD,
    "GET /v1/products/{product_id:path}/inspection": _DASHBOARD,
    "GET /v1/users/{user_id:path}/inspection": _DASHBOARD,
    "GET /v1/users/{user_id:path}/why": _DASHBOARD,
    # The API's own documentation, on a laptop.
    "GET /docs": PUBLIC,
    "GET /docs/oauth2-redirect": PUBLIC,
    "GET /redoc": PUBLIC,
    # The storefront's page, and what it is told; the files beside them are no routes.
    "GET /": PUBLIC,
    "GET /config.json": PUBLIC,
    "POST /v1/reindex": _REINDEX,
    "GET /v1/reindex": _REINDEX,
}
