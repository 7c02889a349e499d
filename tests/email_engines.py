"""Real engines of the languages of sending services, with what the services add to them."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import quote

from local.email_samples import ABOUT

API = "https://api.shop.example"
USER = "ana & co/1"
UNSUBSCRIBE = ABOUT.unsubscribe
_FETCH = re.compile(
    rf"{{% connected_content {re.escape(API)}(?P<path>.*?) (?P<options>:method get .*?):save vitrine %}}"
)


@cache
def _django() -> Any:
    from django import template
    from django.conf import settings
    from django.template import Engine

    settings.configure()
    register = template.Library()
    register.simple_tag(lambda: UNSUBSCRIBE, name="unsubscribe_link")
    engine = Engine()
    engine.template_builtins.append(register)
    return engine


def as_klaviyo(part: str, said: Any) -> str:
    from django.template import Context

    return str(_django().from_string(part).render(Context({"event": said or {}})))


def as_braze(part: str, answer: Callable[[str], Any]) -> str:
    """``answer`` says what a GET of a path gives, or None where it fails.

    Connected Content and ``abort_message`` are Braze's own tags, and ``${…}`` its own way to name what it keeps.
    """
    from liquid import Environment

    fetch = _FETCH.match(part)
    assert fetch
    assert ":auth_credentials vitrine " in fetch["options"]
    path = fetch["path"].replace("{{${user_id} | url_param_escape}}", quote(USER, safe=""))
    rest = part[fetch.end() :].replace("{{${set_user_to_unsubscribed_url}}}", UNSUBSCRIBE)
    rest = re.sub(r"{% abort_message\('(.*?)'\) %}", r"ABORTED: \1", rest)
    return Environment().from_string(rest).render(vitrine=answer(path))


def as_handlebars(part: str, said: Any) -> str:
    from handlebarrz import Handlebars

    engine = Handlebars()
    engine.register_template("part", part)
    return engine.render("part", {**(said or {}), "unsubscribe": UNSUBSCRIBE})
