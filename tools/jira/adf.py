"""Jira's rich text and plain text: the Atlassian Document Format, one way and the other.

Source: Atlassian Document Format, developer.atlassian.com/cloud/jira/platform/apis/document/structure.
Reading keeps every word and as much of the layout as lines can show; a node of a kind not known here gives its inside.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

DEEPEST = 40  # nodes inside nodes; no person nests lists like that
LINK = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]}]")

Node = Mapping[str, Any]


def document(text: str) -> dict[str, Any]:
    """`text` as a document: an empty line parts paragraphs, other line ends stay, addresses become links."""
    blocks = re.split(r"\n[ \t]*\n\s*", text.replace("\r\n", "\n").strip())
    return {"type": "doc", "version": 1, "content": [_paragraph(block) for block in blocks]}


def _paragraph(block: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for number, line in enumerate(block.split("\n")):
        if number:
            content.append({"type": "hardBreak"})
        content.extend(_inline(line))
    return {"type": "paragraph", "content": content}


def _inline(line: str) -> Iterator[dict[str, Any]]:
    """Text and links; Jira refuses an empty text."""
    at = 0
    for match in LINK.finditer(line):
        if line[at : match.start()]:
            yield {"type": "text", "text": line[at : match.start()]}
        link = {"type": "link", "attrs": {"href": match[0]}}
        yield {"type": "text", "text": match[0], "marks": [link]}
        at = match.end()
    if line[at:]:
        yield {"type": "text", "text": line[at:]}


def plain(node: Any, depth: int = 0) -> str:
    """A document, or any node of one, as plain text; "" for what is none."""
    if not isinstance(node, Mapping) or depth > DEEPEST:
        return ""
    kind = str(node.get("type"))
    if kind in _LEAVES:
        return _LEAVES[kind](node)
    parts = [text for child in _children(node) if (text := plain(child, depth + 1))]
    if kind in _INLINE_HOLDERS:
        return "".join(parts)
    if kind in _LISTS:
        return "\n".join(_item(node, number, text) for number, text in enumerate(parts))
    if kind == "blockquote":
        return "\n".join(f"> {line}" for part in parts for line in part.split("\n"))
    if kind in {"expand", "nestedExpand"} and _attribute(node, "title"):
        parts.insert(0, _attribute(node, "title"))
    return _BETWEEN.get(kind, "\n\n").join(parts)


def _children(node: Node) -> Sequence[Any]:
    content = node.get("content")
    return content if isinstance(content, Sequence) and not isinstance(content, str) else ()


def _attribute(node: Node, name: str) -> str:
    attributes = node.get("attrs")
    value = attributes.get(name) if isinstance(attributes, Mapping) else None
    return "" if value is None else str(value)


def _item(node: Node, number: int, text: str) -> str:
    first = _attribute(node, "order")
    start = int(first) if first.isdecimal() else 1
    mark = f"{start + number}. " if node.get("type") == "orderedList" else "- "
    return mark + text.replace("\n", "\n  ")


def _text(node: Node) -> str:
    """A link that is called something else keeps both, so that nobody is sent where the words do not say."""
    text = str(node.get("text") or "")
    marks = node.get("marks")
    for mark in marks if isinstance(marks, list) else ():
        if isinstance(mark, Mapping) and mark.get("type") == "link" and (address := _attribute(mark, "href")) != text:
            return f"{text} ({address})"
    return text


def _task(node: Node) -> str:
    done = "x" if _attribute(node, "state") == "DONE" else " "
    return f"[{done}] " + "".join(plain(child, 1) for child in _children(node))


def _date(node: Node) -> str:
    """Milliseconds since 1970, as text."""
    stamp = _attribute(node, "timestamp")
    try:
        return datetime.fromtimestamp(int(stamp) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return stamp


def _named(*names: str) -> Callable[[Node], str]:
    return lambda node: next((value for name in names if (value := _attribute(node, name))), "")


_LEAVES: Mapping[str, Callable[[Node], str]] = {
    "text": _text,
    "hardBreak": lambda _: "\n",
    "rule": lambda _: "---",
    "mention": _named("text", "id"),
    "emoji": _named("text", "shortName"),
    "status": _named("text"),
    "date": _date,
    "inlineCard": _named("url"),
    "blockCard": _named("url"),
    "embedCard": _named("url"),
    "media": lambda node: f"[file {_named('alt', 'id')(node)}]",
    "mediaInline": lambda node: f"[file {_named('alt', 'id')(node)}]",
    "taskItem": _task,
}
_INLINE_HOLDERS = frozenset({"paragraph", "heading", "codeBlock", "caption", "decisionItem"})
_LISTS = frozenset({"bulletList", "orderedList", "decisionList"})
_BETWEEN = {
    "tableRow": " | ",
    "table": "\n",
    "listItem": "\n",
    "taskList": "\n",
    "tableCell": " ",
    "tableHeader": " ",
}  # what stands between the parts of a node; paragraphs of everything else are parted by an empty line
