"""Which route a request took."""

from starlette.types import Scope


def route_of(scope: Scope) -> str:
    """The route's method and template, once the app has answered: never the path, which has ids in it.

    A method that the route does not have is refused, but has found the route: callers make up methods as they do paths.
    """
    route = scope.get("route")
    path = getattr(route, "path_format", None)
    if not path or scope["method"] not in (getattr(route, "methods", None) or ()):
        return "none"
    return f"{scope['method']} {path}"
