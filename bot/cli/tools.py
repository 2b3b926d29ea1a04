"""`lanekeeper tools …`: which tools there are, what one promises, and whether they still are what was agreed."""

from typing import Annotated

import typer

from tools import lock
from tools.contract import WriteTool
from tools.fields import leaves
from tools.registry import TOOLS, AnyTool

tools_app = typer.Typer(
    no_args_is_help=True, help="The typed operations lanes are made of, and the lock of their schemas."
)


@tools_app.command("list")
def list_tools() -> None:
    """Every tool in one line: what it does, how it may be repeated, how risky it is."""
    for tool in sorted(TOOLS, key=lambda one: one.name):
        kind = f"write · {tool.retry} · {tool.risk} risk" if isinstance(tool, WriteTool) else "read"
        typer.echo(f"{tool.name:<40} {kind:<34} {tool.summary}")


@tools_app.command("show")
def show_tool(name: Annotated[str, typer.Argument(help="A tool, such as stripe.create_refund.")]) -> None:
    """Everything one tool promises, field by field."""
    tool = next((one for one in TOOLS if one.name == name), None)
    if tool is None:
        near = [one.name for one in TOOLS if name.split(".")[0] in one.name] or [one.name for one in TOOLS]
        typer.echo(f"There is no tool {name}. There is {', '.join(near)}.", err=True)
        raise typer.Exit(1)
    typer.echo("\n".join(_whole(tool)))


@tools_app.command("check")
def check_tools() -> None:
    """Hold every tool against the contract and the lock; exit status 1 when something does not fit."""
    found = list(lock.complaints(TOOLS))
    for complaint in found:
        typer.echo(complaint)
    if found:
        raise typer.Exit(1)
    typer.echo(f"{len(TOOLS)} tools are what the lock says.")


@tools_app.command("lock")
def lock_tools() -> None:
    """Write the lock anew; its difference is what a reviewer reads."""
    lock.write(TOOLS)
    typer.echo(f"{len(TOOLS)} tools written to {lock.FILE.name}; look at the difference before you commit it.")


def _whole(tool: AnyTool) -> list[str]:
    lines = [f"{tool.name}, version {tool.version}", tool.summary, ""]
    if isinstance(tool, WriteTool):
        undo = f"within {tool.undo_within}" if tool.undo_within else f"no: {tool.missing.get('undo', '')}"
        lines += [
            f"write, {tool.risk} risk, repeated as {tool.retry}, read back as `{tool.noun}`",
            f"undo: {undo}",
            *(f"no {what}: {why}" for what, why in tool.missing.items() if what != "undo"),
        ]
    else:
        lines.append("read")
    lines += [f"scopes: {', '.join(sorted(tool.scopes))}", f"timeout: {tool.timeout.total_seconds():.0f} s"]
    for title, model in (("takes", tool.arguments), ("answers", tool.result)):
        fields = [
            f"  {leaf.path:<32} {leaf.data}{', routes the write' if leaf.routes else ''}" for leaf in leaves(model)
        ]
        lines += ["", f"{title}:", *fields]
    return [*lines, "", f"example: {dict(tool.example)}"]
