"""What people click: buttons and menus in messages, modals and Home, what they type to be offered, what they submit."""

from __future__ import annotations

from typing import Any, Final

from bot.workspace import elements, inputs, payloads
from bot.workspace.inputs import Entered
from bot.workspace.people import People, name_of
from bot.workspace.refusal import Refused
from bot.workspace.seed import Json
from bot.workspace.socket_mode import NobodyListens, NotAcknowledged

TROUBLE: Final = "We had some trouble connecting. Try again?"  # Slack's words for an answer it cannot use
EXTERNAL: Final = frozenset({"external_select", "multi_external_select"})
QUERY_LEAST: Final = 3  # characters typed before Slack asks the app, where the element does not say


async def click(people: People, user: str, wanted: Json) -> Json:
    """`{"channel", "ts"}` or `{"view_id"}`; `action_id`, `block_id` if needed, `value` if chosen, `values`."""
    if wanted.get("view_id"):
        return await _click_on_view(people, user, wanted)
    channel = people.room(user, wanted)
    message, mine = people.message(user, channel, wanted["ts"])
    blocks = message.get("blocks", [])
    block, element = _element(blocks, wanted)
    entered = _entered(people, message["ts"], blocks, wanted, element)
    payload = payloads.click_on_message(
        people.state,
        user=user,
        channel=channel,
        message=message,
        ephemeral=mine,
        entered=entered,
        actions=[payloads.action(people.state, block, element, _given(entered, block, element, wanted))],
        response_url=people.hooks.new_url(user, channel, message),
        trigger_id=people.views.new_trigger(user),
    )
    failed = await people.interact(payload)
    return _told(people, user, channel, failed, message)


def _told(people: People, user: str, channel: str, failed: Json, message: Json) -> Json:
    if not failed:
        return {"ok": True}
    return failed | people.failed(user, channel, failed["error"], failed["message"], message)


async def _click_on_view(people: People, user: str, wanted: Json) -> Json:
    view = people.view(user, wanted)
    block, element = _element(view["blocks"], wanted)
    entered = _entered(people, view["id"], view["blocks"], wanted, element)
    people.views.enter(view, entered)
    payload = payloads.click_on_view(
        people.state,
        user=user,
        view=view,
        actions=[payloads.action(people.state, block, element, _given(entered, block, element, wanted))],
        trigger_id=people.views.new_trigger(user),
    )
    return await people.interact(payload) or {"ok": True}


async def suggest(people: People, user: str, wanted: Json) -> Json:
    """What the app offers for the `value` typed into an external select: `{"ok", "options" or "option_groups"}`."""
    channel, message, view = None, None, None
    if wanted.get("view_id"):
        view = people.view(user, wanted)
        where, blocks = view["id"], view["blocks"]
    else:
        channel = people.room(user, wanted)
        message, _ = people.message(user, channel, wanted["ts"])
        where, blocks = message["ts"], message.get("blocks", [])
    block, element = _element(blocks, wanted)
    typed = str(wanted.get("value", ""))
    if element["type"] not in EXTERNAL:
        raise Refused("action_not_found")
    if len(typed) < element.get("min_query_length", QUERY_LEAST):
        return {"ok": True, "options": []}
    names = {"block_id": block["block_id"], "action_id": element["action_id"], "value": typed}
    payload = payloads.suggestion(people.state, user=user, names=names, channel=channel, message=message, view=view)
    try:
        answer = await people.sockets.deliver("interactive", payload)
    except (NobodyListens, NotAcknowledged) as lost:
        return {"ok": False, "error": name_of(lost), "message": "The options could not be loaded."}
    return _offer(people, (where, block["block_id"], element["action_id"]), answer or {})


def _offer(people: People, place: tuple[str, str, str], answer: Json) -> Json:
    """The app's answer to a suggestion, held against Slack's limits and remembered."""
    if elements.offer_problems(answer):
        return {"ok": False, "error": "invalid_options", "message": "The options could not be loaded."}
    listed = [*answer.get("options", []), *(o for g in answer.get("option_groups", []) for o in g["options"])]
    people.offered.setdefault(place, {}).update({one["value"]: one for one in listed})
    return {"ok": True} | {key: answer[key] for key in ("options", "option_groups") if key in answer}


async def shortcut(people: People, user: str, wanted: Json) -> Json:
    """`{"callback_id"}`, on a message with `{"channel", "ts"}`."""
    kind = "message" if "ts" in wanted else "global"
    name = wanted.get("callback_id", "")
    if people.foreign(user) or (kind, name) not in {(one["type"], one["callback_id"]) for one in people.shortcuts}:
        raise Refused("shortcut_not_found")
    trigger = people.views.new_trigger(user)
    if kind == "global":
        payload = payloads.global_shortcut(people.state, user=user, callback_id=name, trigger_id=trigger)
        return await people.interact(payload) or {"ok": True}
    channel = people.room(user, wanted)
    message = people.state.message(channel, wanted["ts"])
    if message is None:
        raise Refused("message_not_found")
    payload = payloads.message_shortcut(
        people.state,
        user=user,
        channel=channel,
        message=message,
        callback_id=name,
        response_url=people.hooks.new_url(user, channel, message),
        trigger_id=trigger,
    )
    return _told(people, user, channel, await people.interact(payload), message)


async def submit(people: People, user: str, wanted: Json) -> Json:
    """`{"view_id"?, "values": {block_id: {action_id: entry} or entry}}`; the top modal if none is named."""
    view, views = people.view(user, wanted), people.views
    views.enter(view, _entered(people, view["id"], view["blocks"], wanted))
    if errors := inputs.complaints(view["blocks"], views.entered[view["id"]]):
        return {"ok": False, "error": "incomplete", "errors": errors}
    payload = payloads.submission(people.state, user=user, view=view, trigger_id=views.new_trigger(user))
    try:
        answer = await people.sockets.deliver("interactive", payload)
        return _answered(people, user, view, answer or {})
    except (NobodyListens, NotAcknowledged) as late:
        return {"ok": False, "error": name_of(late), "message": TROUBLE}


def _answered(people: People, user: str, view: Json, answer: Json) -> Json:
    """Do what the app's response_action says."""
    trouble = {"ok": False, "error": "bad_response_action", "message": TROUBLE}
    views = people.views
    try:
        match answer.get("response_action"):
            case None:
                views.close(user, view)
            case "clear":
                views.clear(user)
            case "update":
                views.update(answer.get("view"), view_id=view["id"])
            case "push":
                views.put_on_top(user, answer.get("view"))
            case "errors":
                known = {b["block_id"] for b in view["blocks"] if b["type"] == "input"}
                errors = answer.get("errors") or {}
                usable = bool(errors) and set(errors) <= known
                return {"ok": False, "error": "errors", "errors": errors} if usable else trouble
            case _:
                return trouble
    except Refused as refused:
        return trouble | {"reason": refused.answer()}
    return {"ok": True, "answer": answer}


async def close(people: People, user: str, wanted: Json) -> Json:
    """`{"view_id"?, "all"?}`: Cancel takes the top modal off; the cross (`all`) takes them all."""
    view, views = people.view(user, wanted), people.views
    cleared = bool(wanted.get("all") or view["clear_on_close"])
    going = list(reversed(views.stacks[user])) if cleared else [view]
    if cleared:
        views.clear(user)
    else:
        views.close(user, view)
    for one in going:
        if one["notify_on_close"]:
            await people.interact(payloads.closed(people.state, user=user, view=one, cleared=cleared))
    return {"ok": True}


def _element(blocks: list[Json], wanted: Json) -> tuple[Json, Json]:
    """The element that is clicked: by action_id, and by block_id or value where several share it."""
    same = [
        (block, element)
        for block, element in inputs.elements(blocks)
        if element["action_id"] == wanted.get("action_id") and wanted.get("block_id") in {None, block["block_id"]}
    ]
    if not same:
        raise Refused("action_not_found")
    return next((pair for pair in same if pair[1].get("value") == wanted.get("value")), same[0])


def _entered(people: People, where: str, blocks: list[Json], wanted: Json, clicked: Json | None = None) -> Entered:
    """The person's entries by block and action; a block with one element may be given its entry directly."""
    given: Entered = {}
    for block, part in inputs.elements(blocks):
        name = part["action_id"]
        entry = (wanted.get("values") or {}).get(block["block_id"], {})
        direct = entry if isinstance(entry, dict) else {name: entry}
        if part is clicked and wanted.get("value") is not None and part["type"] != "button":
            direct = direct | {name: wanted["value"]}
        if name in direct:
            known = people.offered.get((where, block["block_id"], name), {})
            whole = _whole(part, direct[name], known) if part["type"] in EXTERNAL else direct[name]
            given.setdefault(block["block_id"], {})[name] = whole
    return given


def _whole(element: Json, value: Any, known: dict[str, Json]) -> Any:
    """Values chosen in an external select as the options that the app had offered; raises Refused for any other."""
    first = [element.get("initial_option"), *element.get("initial_options", [])]
    offered = known | {one["value"]: one for one in first if one}
    if isinstance(value, list):
        return [_whole(element, one, offered) for one in value]
    if value is not None and value not in offered:
        raise Refused("option_not_found")
    return offered[value] if value is not None else None


def _given(entered: Entered, block: Json, element: Json, wanted: Json) -> Any:
    if element["type"] == "button":
        return wanted.get("value")
    return entered.get(block["block_id"], {}).get(element["action_id"], wanted.get("value"))
