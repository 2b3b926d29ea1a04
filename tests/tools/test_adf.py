"""Jira's rich text, read and written."""

import pytest

from tools.jira.adf import document, plain


def _doc(*nodes):
    return {"type": "doc", "version": 1, "content": list(nodes)}


def _says(text, **marks):
    return {"type": "paragraph", "content": [{"type": "text", "text": text, **marks}]}


@pytest.mark.parametrize(
    "text",
    [
        "One line.",
        "Two\nlines.",
        "First.\n\nSecond, with\na break.\n\nThird.",
        "- not a list of ours\n- and kept",
        "Logs: https://logs.example/search?q=a&b=(1), then https://x.example/.",
        "https://only.example",
        "Ünïcödé 漢字 🙂 <b>&amp;</b> {code} *stars* [link|x]",
    ],
)
def test_what_is_written_reads_the_same(text):
    assert plain(document(text)) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\r\nb", "a\nb"), ("  a  \n\n\n \n b ", "a  \n\nb"), ("a\n\t\nb", "a\n\nb"), ("a\n\n\n", "a")],
)
def test_blank_lines_only_part_paragraphs(text, shown):
    assert plain(document(text)) == shown


def test_no_text_is_empty_for_jira_refuses_that():
    def texts(node):
        yield from [node["text"]] if node["type"] == "text" else []
        for child in node.get("content", []):
            yield from texts(child)

    for text in ("a\n\nb", "https://x.example\nhttps://y.example", "x\ny\n\nz", "a https://x.example b"):
        assert all(texts(document(text)))


def test_an_address_becomes_a_link_to_itself_and_to_nothing_else():
    [paragraph] = document("See https://x.example/a, please.")["content"]
    words, link, rest = paragraph["content"]
    assert (words["text"], link["text"], rest["text"]) == ("See ", "https://x.example/a", ", please.")
    assert link["marks"] == [{"type": "link", "attrs": {"href": "https://x.example/a"}}]


def test_a_link_that_is_called_something_else_shows_where_it_leads():
    link = {"marks": [{"type": "link", "attrs": {"href": "https://evil.example"}}]}
    assert plain(_doc(_says("https://bank.example", **link))) == "https://bank.example (https://evil.example)"


ITEM = {"type": "listItem", "content": [_says("one"), {"type": "bulletList", "content": []}]}
DEEPER = {"type": "listItem", "content": [_says("two"), {"type": "bulletList", "content": [ITEM]}]}


def _cells(kind, *texts):
    return {"type": "tableRow", "content": [{"type": kind, "content": [_says(text)]} for text in texts]}


@pytest.mark.parametrize(
    ("node", "shown"),
    [
        ({"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Cause"}]}, "Cause"),
        ({"type": "bulletList", "content": [ITEM, DEEPER]}, "- one\n- two\n  - one"),
        ({"type": "orderedList", "attrs": {"order": 3}, "content": [ITEM, ITEM]}, "3. one\n4. one"),
        ({"type": "codeBlock", "content": [{"type": "text", "text": "a = 1\nb = 2"}]}, "a = 1\nb = 2"),
        ({"type": "blockquote", "content": [_says("said"), _says("so")]}, "> said\n> so"),
        (
            {"type": "table", "content": [_cells("tableHeader", "A", "B"), _cells("tableCell", "1", "2")]},
            "A | B\n1 | 2",
        ),
        ({"type": "panel", "attrs": {"panelType": "info"}, "content": [_says("note")]}, "note"),
        ({"type": "expand", "attrs": {"title": "More"}, "content": [_says("inside")]}, "More\n\ninside"),
        ({"type": "rule"}, "---"),
        (
            {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"id": "7", "alt": "graph.png"}}]},
            "[file graph.png]",
        ),
        ({"type": "blockCard", "attrs": {"url": "https://x.example"}}, "https://x.example"),
        (
            {
                "type": "taskList",
                "content": [
                    {"type": "taskItem", "attrs": {"state": state}, "content": [{"type": "text", "text": text}]}
                    for state, text in (("DONE", "restart"), ("TODO", "look again"))
                ],
            },
            "[x] restart\n[ ] look again",
        ),
        (
            {
                "type": "paragraph",
                "content": [
                    {"type": "mention", "attrs": {"id": "1", "text": "@Ravi"}},
                    {"type": "text", "text": " "},
                    {"type": "emoji", "attrs": {"shortName": ":fire:"}},
                    {"type": "hardBreak"},
                    {"type": "status", "attrs": {"text": "FIXED"}},
                    {"type": "text", "text": " "},
                    {"type": "date", "attrs": {"timestamp": "1767225600000"}},
                ],
            },
            "@Ravi :fire:\nFIXED 2026-01-01",
        ),
        ({"type": "somethingNew", "content": [_says("kept")]}, "kept"),
    ],
)
def test_every_kind_of_node_is_read(node, shown):
    assert plain(_doc(node)) == shown


@pytest.mark.parametrize(
    "broken",
    [
        None,
        7,
        [],
        {},
        {"type": "doc"},
        {"type": "doc", "content": "x"},
        {"type": "doc", "content": [None, 3, {"type": 3}, {"type": ["x"]}]},
        {"type": "text"},
        {"type": "text", "text": None, "marks": "x"},
        {"type": "date", "attrs": {"timestamp": "soon"}},
    ],
)
def test_what_is_no_document_reads_as_little_and_breaks_nothing(broken):
    assert plain(broken) in {"", "soon"}


def test_a_document_without_end_is_cut_off():
    node = _says("too deep")
    for _ in range(5_000):
        node = {"type": "panel", "content": [node]}
    assert plain(_doc(_says("here"), node)) == "here"
