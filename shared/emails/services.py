"""The same templates for services that fill in and send themselves: variables in place of values.

The languages, as their makers describe them: Klaviyo has Django's, with what an event brought along under ``event``
(developers.klaviyo.com, "Django filter glossary"; help.klaviyo.com, "Guide to unsubscribes"); Braze has Liquid, and
fetches what it is to say with Connected Content (braze.com/docs, "Making an API call", "Aborting messages"); SendGrid
and others have Handlebars, without helpers of one's own (twilio.com/docs/sendgrid, "Using Handlebars").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

from shared.domain.errors import InvalidInput
from shared.domain.wording import web_address
from shared.emails.context import EmailContext
from shared.emails.language import Dialect, Path, read, write
from shared.emails.sources import Source, compiled, source_of
from shared.emails.variables import of_shop

SERVICES = ("klaviyo", "braze", "handlebars")
_CREDENTIAL = "vitrine"
"""The name under which Braze is to keep the secret key: no key stands in a template."""
_ANSWER = "vitrine"


@dataclass(frozen=True, slots=True)
class Exported:
    """What to paste into the service, part by part."""

    subject: str
    preheader: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Api:
    """Where Braze fetches the picks of ``campaign``: the API's address, such as https://api.shop.example."""

    address: str
    campaign: str


@dataclass(frozen=True, slots=True)
class _Tags:
    """Django's and Liquid's way; ``prefix`` is before every name that no loop has given."""

    prefix: Path
    filter: str

    def value(self, path: Path, loops: Sequence[str]) -> str:
        return f"{{{{ {self._said(path, loops)}{self.filter} }}}}"

    def loop(self, name: str, over: Path, loops: Sequence[str]) -> tuple[str, str]:
        return f"{{% for {name} in {self._said(over, loops)} %}}", "{% endfor %}"

    def choice(self, test: Path, loops: Sequence[str]) -> tuple[str, str, str]:
        return f"{{% if {self._said(test, loops)} %}}", "{% else %}", "{% endif %}"

    def _said(self, path: Path, loops: Sequence[str]) -> str:
        return ".".join(path if path[0] in loops else (*self.prefix, *path))


@dataclass(frozen=True, slots=True)
class _Handlebars:
    """``this`` is what the innermost loop is at; names of outer ones are out of reach, and so are those of no loop."""

    escaping: bool

    def value(self, path: Path, loops: Sequence[str]) -> str:
        said = self._said(path, loops)
        return f"{{{{{said}}}}}" if self.escaping else f"{{{{{{{said}}}}}}}"

    def loop(self, name: str, over: Path, loops: Sequence[str]) -> tuple[str, str]:  # noqa: ARG002
        return f"{{{{#each {self._said(over, loops)}}}}}", "{{/each}}"

    def choice(self, test: Path, loops: Sequence[str]) -> tuple[str, str, str]:
        return f"{{{{#if {self._said(test, loops)}}}}}", "{{else}}", "{{/if}}"

    def _said(self, path: Path, loops: Sequence[str]) -> str:
        if not loops:
            return ".".join(path)
        if path[0] != loops[-1]:
            raise InvalidInput(
                f"'{'.'.join(path)}' cannot be said in Handlebars within the loop of '{loops[-1]}': use that alone."
            )
        return ".".join(("this", *path[1:]))


def export(
    template: str, service: str, about: EmailContext, api: Api | None = None, own: Mapping[str, Source] | None = None
) -> Exported:
    """``template`` in the language of ``service``; what it says of the shop is in it, and the rest are variables.

    Its variables are those of :class:`shared.emails.variables.Variables`: as properties of an event for Klaviyo, as the
    answer of the picks API for Braze (which needs ``api``), as the root for Handlebars. Raises InvalidInput, NotFound.
    """
    if service not in SERVICES:
        raise InvalidInput(f"'{service[:80]}' is not a service that is known: use {', '.join(SERVICES)}.")
    whole = compiled(source_of(template, own or {}))
    before = _fetching(api, template) if service == "braze" else ""
    of_shop_now = dict(of_shop(about))
    unsubscribe = _UNSUBSCRIBE[service]
    words = {"shop": of_shop_now, "unsubscribe": unsubscribe}
    page = {"shop": {key: escape(str(value)) if value else None for key, value in of_shop_now.items()}}

    def said(part: str, escaping: bool) -> str:
        known: dict[str, Any] = page | {"unsubscribe": unsubscribe} if escaping else words
        return before + write(read(part), _dialect(service, escaping), known)

    return Exported(
        said(whole.subject, False), said(whole.preheader, False), said(whole.html, True), said(whole.text, False)
    )


_UNSUBSCRIBE = {
    "klaviyo": "{% unsubscribe_link %}",
    "braze": "{{${set_user_to_unsubscribed_url}}}",
    "handlebars": "{{{unsubscribe}}}",
}


def _dialect(service: str, escaping: bool) -> Dialect:
    if service == "klaviyo":
        return _Tags(("event",), "|escape" if escaping else "|safe")
    if service == "braze":
        return _Tags((_ANSWER, "email", "variables"), " | escape" if escaping else "")
    return _Handlebars(escaping)


def _fetching(api: Api | None, template: str) -> str:
    """Braze fetches once for all parts of an email that ask the same; who has no picks gets no email."""
    if api is None or not (address := web_address(api.address)):
        raise InvalidInput("Braze fetches the picks itself: give the address of your API, https://…, and the campaign.")
    asked = f"campaign={quote(api.campaign, safe='')}&template={quote(template, safe='')}"
    return (
        f"{{% connected_content {address.rstrip('/')}/v1/users/{{{{${{user_id}} | url_param_escape}}}}/picks?{asked} "
        f":method get :auth_credentials {_CREDENTIAL} :content_type application/json :save {_ANSWER} %}}"
        f"{{% unless {_ANSWER}.email.variables.first %}}"
        "{% abort_message('Vitrine has no picks for this user') %}{% endunless %}"
    )
