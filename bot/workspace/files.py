"""Web API: the three steps of an upload (ask for a URL, send the bytes there, complete), and a file's facts."""

from __future__ import annotations

import base64
import mimetypes
from pathlib import PurePath
from typing import Any, Final

from bot.workspace import messages, seed
from bot.workspace.methods import Method, Slack, open_room
from bot.workspace.refusal import Refused
from bot.workspace.seed import Json
from bot.workspace.state import State

ALT_MOST: Final = 1000  # characters
FILE_MOST: Final = 20_000_000  # bytes; this is a demo's disk, not an archive


async def ask_for_url(slack: Slack, args: Json) -> Json:
    name, length = str(args.get("filename") or ""), str(args.get("length") or "")
    if not name or not length.isdigit():
        raise Refused("missing_argument")
    if len(str(args.get("alt_txt") or "")) > ALT_MOST:
        raise Refused("alt_txt_too_large")
    if int(length) > FILE_MOST:
        raise Refused("file_upload_size_restricted")
    fid = slack.state.new_id("F")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    file = {"id": fid, "name": name, "title": name, "mimetype": kind, "size": int(length), "user": seed.BOT_USER}
    made, url = int(slack.state.now()), f"{slack.state.origin}/files/{fid}"
    file |= {"created": made, "timestamp": made, "filetype": PurePath(name).suffix.removeprefix(".").lower()}
    file |= {"url_private": url, "url_private_download": url, "permalink": url, "mode": "hosted", "is_external": False}
    if args.get("alt_txt"):
        file["alt_txt"] = str(args["alt_txt"])
    slack.state.kept["files"][fid] = {"file": file, "bytes": None}
    return {"upload_url": f"{slack.state.origin}/upload/{fid}", "file_id": fid}


def receive(state: State, fid: str, content: bytes) -> bool:
    """Take the bytes sent to an upload URL; False when there is no such URL or it holds something already."""
    found = state.kept["files"].get(fid)
    if found is None or found["bytes"] is not None or len(content) > FILE_MOST:
        return False
    found["bytes"] = base64.b64encode(content).decode()
    return True


def stored(state: State, fid: str) -> tuple[Json, bytes] | None:
    """A file with its bytes, for download."""
    found = state.kept["files"].get(fid)
    return (found["file"], base64.b64decode(found["bytes"])) if found and found["bytes"] is not None else None


async def complete(slack: Slack, args: Json) -> Json:
    wanted = args.get("files")
    if not isinstance(wanted, list) or not wanted:
        raise Refused("missing_argument")
    files = [_uploaded(slack, one) for one in wanted]
    if args.get("channel_id") or args.get("channels"):
        where = {"channel": args.get("channel_id") or str(args["channels"]).partition(",")[0]}
        channel = open_room(slack, where)
        message = messages.from_app(
            slack.state, {"text": args.get("initial_comment") or " ", "blocks": args.get("blocks")}
        )
        message |= {"text": message["text"].strip(), "files": files, "upload": True}
        if args.get("thread_ts"):
            message["thread_ts"] = args["thread_ts"]
        slack.state.post(channel, message)
    return {"files": files}


def _uploaded(slack: Slack, wanted: Any) -> Json:
    found = slack.state.kept["files"].get(wanted.get("id", "")) if isinstance(wanted, dict) else None
    if found is None or found["bytes"] is None:
        raise Refused("file_not_found")
    if wanted.get("title"):
        found["file"]["title"] = wanted["title"]
    file: Json = found["file"]
    return file


async def info(slack: Slack, args: Json) -> Json:
    return {"file": _uploaded(slack, {"id": args.get("file")})}


METHODS: Final[dict[str, Method]] = {
    "files.getUploadURLExternal": ask_for_url,
    "files.completeUploadExternal": complete,
    "files.info": info,
}
