"""A note's body is HTML in HubSpot. We write plain words and read plain words."""

from html import escape
from html.parser import HTMLParser

BREAKS = frozenset({"br", "p", "div", "li", "tr"})


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "br":
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in BREAKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def plain(body: str) -> str:
    """The words of an HTML body, a line where it shows one."""
    reader = _Words()
    reader.feed(body)
    reader.close()
    return "".join(reader.said).strip()


def markup(text: str) -> str:
    """Plain words as HTML that shows the same lines and nothing else."""
    return "<br>".join(escape(line, quote=False) for line in text.splitlines())


def same(one: str, other: str) -> bool:
    """Do two texts say the same, whatever HubSpot did to the spaces between the words?"""
    return one.split() == other.split()
