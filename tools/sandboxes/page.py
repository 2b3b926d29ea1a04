"""The pages people open from a card's evidence. Every foreign word is escaped; nothing is fetched from elsewhere."""

from collections.abc import Iterable
from html import escape

STYLE = """
body{margin:0;background:#f6f6f4;color:#1d1c1d;font:16px/1.5 system-ui,sans-serif}
.banner{background:#fff1c9;border-bottom:1px solid #e6cf87;color:#5d4a0b;padding:.5rem 1rem;text-align:center}
main{max-width:46rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;line-height:1.25;margin:.2rem 0 .6rem}
.kind{color:#6b6a6b;margin:0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.2rem;background:#fff;border:1px solid #e2e1de;
border-radius:.6rem;padding:1rem 1.2rem}
dt{color:#6b6a6b}dd{margin:0;overflow-wrap:anywhere}
article{background:#fff;border:1px solid #e2e1de;border-radius:.6rem;padding:.8rem 1.2rem;margin:.8rem 0;
white-space:pre-wrap;overflow-wrap:anywhere}
article.agent{background:#eef5fb;border-color:#cfe0ef}article.private{background:#fdf7e3;border-color:#ecdfae}
article header{color:#6b6a6b;font-size:.85rem;white-space:normal;margin-bottom:.3rem}
table{width:100%;border-collapse:collapse;background:#fff;border:1px solid #e2e1de}
th,td{text-align:left;padding:.45rem .8rem;border-top:1px solid #eeedea}th{color:#6b6a6b;font-weight:500}
a{color:#1264a3}
"""


def page(system: str, kind: str, title: str, *parts: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} · {escape(system)} sandbox</title><style>{STYLE}</style></head><body>"
        f'<div class="banner"><strong>SANDBOX</strong> — made-up {escape(system)} data on this machine</div>'
        f'<main><p class="kind">{escape(kind)}</p><h1>{escape(title)}</h1>{"".join(parts)}</main></body></html>'
    )


def facts(rows: Iterable[tuple[str, object]]) -> str:
    cells = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in rows)
    return f"<dl>{cells}</dl>"


def note(heading: str, text: str, look: str = "") -> str:
    return f'<article class="{escape(look)}"><header>{escape(heading)}</header>{escape(text)}</article>'


def table(title: str, heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(one)}</td>' for one in row)}</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table><tr>{head}</tr>{body}</table>"


def minute(moment: str) -> str:
    """An ISO 8601 moment as people read it: 2026-03-10 09:00."""
    return moment[:16].replace("T", " ")


class Link:
    """A cell that leads to another page of the same sandbox."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text


def _cell(value: object) -> str:
    if isinstance(value, Link):
        return f'<a href="{escape(value.path)}">{escape(value.text)}</a>'
    return escape(str(value))
