"""What a page is made of, as a browser's parser reads it: to compare pages whose words differ."""

from html.parser import HTMLParser

_ADDRESSES = ("href", "src")
_TEXTS = ("alt", "aria-label", "content")


class _Shape(HTMLParser):
    def __init__(self, words: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[object] = []
        self._words = words

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple((name, self._kept(name, value)) for name, value in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(f"/{tag}")

    def handle_comment(self, data: str) -> None:
        self.found.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.found.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.found.append(f"<?{data}>")

    def handle_data(self, data: str) -> None:
        if not data.isspace():
            self.found.append(" ".join(data.split()) if self._words else "words")

    def _kept(self, name: str, value: str | None) -> str | None:
        if self._words or value is None or name not in (*_ADDRESSES, *_TEXTS):
            return value
        return value.partition(":")[0] if name in _ADDRESSES else "words"


def shape(html: str, words: bool = False) -> list[object]:
    """Its elements and attributes in their order, and where text is; the texts and addresses themselves with ``words``.

    Of an address, the scheme is always kept.
    """
    parser = _Shape(words)
    parser.feed(html)
    parser.close()
    merged: list[object] = []
    for each in parser.found:
        if each == "words" and merged and merged[-1] == "words":
            continue
        merged.append(each)
    return merged
