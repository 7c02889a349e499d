"""Which function answers which request: by the template, so that no test keeps a table of its own."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from cfnlint.decode import decode

from shared.settings import PROJECT

_SUFFIX = "Function"


@cache
def functions_of_routes() -> Mapping[str, str]:
    """By route key, such as ``GET /health``, the folder of the function that it goes to."""
    template, _ = decode(str(PROJECT / "template.yaml"))
    found: dict[str, str] = {}
    for name, resource in template["Resources"].items():
        for event in resource.get("Properties", {}).get("Events", {}).values() if name.endswith(_SUFFIX) else ():
            if event["Type"] == "HttpApi":
                route = f"{event['Properties']['Method']} {event['Properties']['Path']}"
                found[route] = name.removesuffix(_SUFFIX).lower()
    return found


def function_of(sample: Mapping[str, Any]) -> str:
    """The function that API Gateway hands this event to."""
    return functions_of_routes()[sample["routeKey"]]
