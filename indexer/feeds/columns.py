"""Which column of a feed means which field of a product: as told, or else guessed from its name."""

import re
from collections.abc import Iterable, Mapping

from shared.domain.errors import FeedRejected, InvalidInput
from shared.services.feed_files.limits import MAX_COLUMNS
from shared.services.feed_files.names import ALIASES, canonical
from shared.services.feed_files.text import clean, words

FIELDS = (*ALIASES, "categories")
_SAID = frozenset(alias for field in ALIASES if field not in ("id", "item_group_id") for alias in ALIASES[field])
"""A second column for what a field says already is no attribute; a second id is: people search model numbers."""

# Levels of a category path that stand in columns of their own, broadest first.
_LEVELS = words(
    "department departmentname indexname mastercategory maincategory topcategory parentcategory category categories "
    "categoryname categoriesname productcategory itemcategory subcategory subcategoryname subsubcategory producttype "
    "producttypename articletype type"
)
_NUMBERED_LEVEL = re.compile(r"(?:item|product)?cat(?:egory)?(?:level|lvl|l)?(\d)")
_GOOGLE_CATEGORY = "googleproductcategory"

# Columns that describe the offer, the parcel or the file, and nothing that a shopper would look for.
_SILENT = re.compile(
    r"@|(?:variant|option|image|additionalimage|seo|shipping|tax(?!o)|googleshopping|customlabel|ads|isvariantof|offers|handle)"
    r"|(?:\w*(?:guid|effectivedate|gtin\d*|ean|upc|barcode|weightunit|publish(?:ed)?|status|giftcard|adult|isbundle|"
    r"identifierexists|condition|inventorypolicy|expirationdate|unitpricingmeasure|mobilelink|excludeddestination))$"
)


def is_title(name: str) -> bool:
    return canonical(name) in ALIASES["title"]


class Columns:
    """The plan of a feed. A feed without a header tells its columns as it goes; what was decided once stays.

    ``told`` maps fields to columns; raises InvalidInput for a field that no product has. For ``categories``
    several columns may be told, broadest first, joined by ``>``.
    """

    def __init__(self, told: Mapping[str, str]) -> None:
        self._told = {_field(name): column for name, column in told.items()}
        self._known: dict[str, str] = {}
        self._by_plain: dict[str, list[str]] = {}
        self.of: dict[str, str] = {}
        self.levels: list[str] = []
        self.google_category = ""
        self.others: dict[str, str] = {}

    @property
    def names(self) -> list[str]:
        return list(self._known)

    def learn(self, names: Iterable[str], *, settled: bool) -> None:
        """Take note of columns; once the feed is ``settled``, a field that has its column keeps it."""
        new = [name for name in names if name not in self._known][: MAX_COLUMNS - len(self._known)]
        if not new:
            return
        for name in new:
            self._known[name] = canonical(name)
            self._by_plain.setdefault(self._known[name], []).append(name)
        for field, aliases in ALIASES.items():
            if field not in self._told and not (settled and field in self.of):
                self._guess(field, aliases)
        self._arrange()

    def require(self) -> None:
        """Raises InvalidInput for a told column that is not there, FeedRejected when nothing looks like id or title."""
        for field, column in self._told.items():
            for name in [column] if column in self._known else _parts(field, column):
                self._exact(field, name)
        for field in ("id", "title"):
            if field not in self.of:
                raise FeedRejected(
                    f"No column of the feed looks like the product's {field}: map one with {field}=COLUMN, "
                    f"of {_listed(self.names)}."
                )

    def is_told(self, field: str) -> bool:
        return field in self._told

    def _guess(self, field: str, aliases: tuple[str, ...]) -> None:
        taken = {column for other, column in self.of.items() if other != field} | set(self._told.values())
        for alias in aliases:
            for name in self._by_plain.get(alias, ()):
                if name not in taken:
                    self.of[field] = name
                    return

    def _exact(self, field: str, column: str) -> str:
        if column in self._known:
            return column
        if found := self._by_plain.get(canonical(column)):
            return found[0]
        raise InvalidInput(
            f"The feed has no column {column!r}, which {field} was mapped to: its columns are {_listed(self.names)}."
        )

    def _arrange(self) -> None:
        """Bring everything that depends on all columns up to date."""
        told_levels: list[str] = []
        for field, column in self._told.items():
            for name in [column] if column in self._known else _parts(field, column):
                try:
                    exact = self._exact(field, name)
                except InvalidInput:
                    continue  # it may come with a later record; require() has the last word
                if field == "categories":
                    told_levels.append(exact)
                else:
                    self.of[field] = exact
        used = set(self.of.values())
        free = {name: plain for name, plain in self._known.items() if name not in used}
        self.google_category = next((n for n, plain in free.items() if plain == _GOOGLE_CATEGORY), "")
        self.levels = told_levels if self.is_told("categories") else _levels(free)
        used |= {*self.levels, self.google_category}
        silent = {n for n, plain in free.items() if plain in _SAID or _SILENT.match(plain)}
        self.others = {n: label for n in free if n not in used | silent and (label := clean(n, 64))}


def _levels(columns: Mapping[str, str]) -> list[str]:
    numbered = sorted((m[1], n) for n, plain in columns.items() if (m := _NUMBERED_LEVEL.fullmatch(plain)))
    named = sorted((_LEVELS.index(plain), n) for n, plain in columns.items() if plain in _LEVELS)
    if numbered:
        # item_category, item_category2 …: the first level goes without a number
        return [n for _, n in named if columns[n] in ("itemcategory", "category")] + [n for _, n in numbered]
    return [n for _, n in named]


def _field(name: str) -> str:
    plain = canonical(name)
    for field in FIELDS:
        if plain == canonical(field):
            return field
    synonyms = {"color": "colour", "category": "categories", "imagelink": "image", "quantity": "stock"}
    if plain in synonyms:
        return synonyms[plain]
    raise InvalidInput(f"A product has no field {name!r}: map one of {', '.join(FIELDS)}.")


def _parts(field: str, column: str) -> list[str]:
    return [part.strip() for part in column.split(">")] if field == "categories" else [column]


def _listed(names: list[str]) -> str:
    shown = ", ".join("".join(c for c in name[:40] if c.isprintable()) for name in names[:30])
    return shown + (f" and {len(names) - 30} more" if len(names) > 30 else "") if names else "none at all"
