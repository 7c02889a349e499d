"""Links in emails: where a click came from, added to the shop's own address of a product."""

from urllib.parse import quote, urlsplit

LONGEST = 2_000
"""Characters of a link that is tracked: longer ones are cut by mail programs, and are no product's address."""


def tracked(
    link: str, campaign: str, block: str, recommendation_id: str, product_id: str, source: str, medium: str
) -> str:
    """``link`` with the UTM parameters of the campaign, and with which recommendation and product was clicked.

    What the address has already stays as it stands, letter for letter, but for spaces, which are encoded; a UTM
    parameter that it has of its own is not said twice. Empty for what is not an address on the web (http or https, with
    a host): nothing else may be clicked.
    """
    link = link.strip(" ").replace(" ", "%20")
    if not link or len(link) > LONGEST or not link.isprintable() or any(each in link for each in "\"'<>\\`"):
        return ""
    try:
        parts = urlsplit(link)
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not host or "%20" in host:
        return ""
    said = {each.partition("=")[0].lower() for each in parts.query.split("&")}
    added = {
        "utm_source": source,
        "utm_medium": medium,
        "utm_campaign": campaign,
        "utm_content": block,
        "vt_rec": recommendation_id,
        "vt_product": product_id,
    }
    wanted = "&".join(f"{name}={quote(value, safe='')}" for name, value in added.items() if value and name not in said)
    address, mark, fragment = link.partition("#")
    joint = "" if address.endswith(("?", "&")) else "&" if "?" in address else "?"
    return f"{address}{joint}{wanted}{mark}{fragment}" if wanted else link
