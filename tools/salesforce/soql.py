"""Asking Salesforce in SOQL: queries that foreign words cannot change, and answers followed to their end.

Quoting is the SOQL and SOSL Reference's ("Quoted String Escape Sequences", "LIKE"); paging is Query's `nextRecordsUrl`.
"""

from typing import Annotated, Any, TypeVar

from pydantic import Field

from tools.contract import Refused, Wire
from tools.salesforce.answers import DATA, Asker
from tools.wire import Answer, understand

MOST_PAGES = 10  # of 2,000 records each, Salesforce's default

M = TypeVar("M", bound=Answer)


class _Rows(Answer):
    done: bool
    nextRecordsUrl: Annotated[str, Field(pattern="^/services/data/")] | None = None  # noqa: N815 - Salesforce's name
    records: list[dict[str, Any]]


def literal(text: str) -> str:
    """A SOQL string literal; nothing inside can end it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"')
    return f"'{escaped}'"


def containing(text: str) -> str:
    """A SOQL literal for LIKE that finds `text` anywhere, its own % and _ taken as they stand."""
    inner = literal(text)[1:-1].replace("%", "\\%").replace("_", "\\_")
    return f"'%{inner}%'"


def select(fields: str, kind: str, where: str, order: str, limit: int) -> str:
    """A SOQL query; `where` takes foreign values through `literal` or `containing` alone."""
    return f"SELECT {fields} FROM {kind} WHERE {where} ORDER BY {order} LIMIT {limit}"  # noqa: S608 - see above


def query(wire: Wire, soql: str, model: type[M], tool: Asker, *, deleted: bool = False) -> list[M]:
    """Every record of the answer, page by page; `deleted` also looks into the recycle bin ("QueryAll")."""
    resource = "queryAll" if deleted else "query"
    answer = wire.call("GET", f"{DATA}/{resource}", query={"q": soql}, timeout=tool.timeout)
    records: list[M] = []
    for _ in range(MOST_PAGES):
        page = understand(_Rows, answer, tool.name)
        records.extend(understand(model, record, tool.name) for record in page.records)
        if page.done:
            return records
        answer = wire.call("GET", page.nextRecordsUrl or "", timeout=tool.timeout)
    raise Refused("TOO_MANY", "the query found more than an agent should walk through")
