"""Who and what the workspace begins with: one team, its people, groups and channels, and the app's tokens.

The tokens are public on purpose. They open this workspace and nothing else, and anything that looks like a real
Slack token is refused at the door (see `server.create`).
"""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]

BOT_TOKEN: Final = "xoxb-local-lanekeeper"  # noqa: S105  # public on purpose, see above
APP_TOKEN: Final = "xapp-local-lanekeeper"  # noqa: S105
SIGNING_SECRET: Final = "local-signing-secret"  # noqa: S105
# Slack still sends one in every payload; nobody should trust it.
VERIFICATION_TOKEN: Final = "local-verification-token"  # noqa: S105

TEAM: Final[Json] = {"id": "T0LOCAL", "name": "Northwind", "domain": "northwind"}
TEAMS: Final[dict[str, Json]] = {
    TEAM["id"]: TEAM,
    "T0PARTNER": {"id": "T0PARTNER", "name": "Park Studio", "domain": "parkstudio"},
    "T0LABS": {"id": "T0LABS", "name": "Northwind Labs", "domain": "northwind-labs"},
}
"""Our workspace, a customer's that shares a channel with it by Slack Connect, and a second one of our own."""
APP_ID: Final = "A0LANEKEEPER"
BOT_ID: Final = "B0LANEKEEPER"
BOT_USER: Final = "U0LANEKEEPER"
SLACKBOT: Final = "USLACKBOT"
BIRTH: Final = 1_767_225_600  # 2026-01-01T00:00:00Z, when everything here was "created"; seconds

PEOPLE: Final = (  # id, handle, name, title; the last two belong to other workspaces
    ("U0REP", "riley", "Riley Chen", "Support rep"),
    ("U0LEAD1", "lena", "Lena Ortiz", "Support lead"),
    ("U0LEAD2", "sam", "Sam Whitfield", "Support lead"),
    ("U0OWNER", "omar", "Omar Haddad", "Head of support and operations"),
    ("U0REVOPS", "rita", "Rita Novak", "RevOps"),
    ("U0SALES", "theo", "Theo Lindqvist", "Account executive"),
    ("U0ONCALL", "dana", "Dana Whitfield", "On-call lead"),
    ("U0ENGINEER", "ravi", "Ravi Menon", "Engineer"),
    ("U0GUEST", "gus", "Gus Marsh", "Single-channel guest"),
    ("U0CONNECT", "nadia", "Nadia Farouk", "Park Studio, by Slack Connect"),
    ("U0LABS", "kim", "Kim Aoki", "Northwind Labs, another workspace"),
)
GUESTS: Final = frozenset({"U0GUEST"})
FOREIGN: Final = {"U0CONNECT": "T0PARTNER", "U0LABS": "T0LABS"}
ZONES: Final = {  # tz: its label and its winter offset in seconds, as Slack reports them
    "Etc/UTC": ("Coordinated Universal Time", 0),
    "Europe/Berlin": ("Central European Time", 3600),
    "America/New_York": ("Eastern Standard Time", -18_000),
    "America/Los_Angeles": ("Pacific Standard Time", -28_800),
    "Asia/Tokyo": ("Japan Standard Time", 32_400),
}
AWAY_FROM_UTC: Final = {
    "U0LEAD2": "America/New_York",
    "U0REVOPS": "Europe/Berlin",
    "U0SALES": "America/Los_Angeles",
    "U0LABS": "Asia/Tokyo",
}
GROUPS: Final = (  # id, handle, name, members
    ("S0LEADS", "support-leads", "Support leads", ("U0LEAD1", "U0LEAD2", "U0OWNER")),
    ("S0MANAGERS", "support-managers", "Support managers", ("U0OWNER",)),
    ("S0REVOPS", "revops", "RevOps", ("U0REVOPS", "U0SALES", "U0OWNER")),
    ("S0ONCALL", "on-call", "On-call", ("U0ONCALL", "U0OWNER")),
)
_SUPPORT = ("U0REP", "U0LEAD1", "U0LEAD2", "U0OWNER")
_REVENUE = ("U0REVOPS", "U0SALES", "U0OWNER")
_OPERATIONS = ("U0ONCALL", "U0ENGINEER", "U0OWNER")
CHANNELS: Final = (  # id, name, topic, people in it
    ("C0SUPPORT", "support", "Customer tickets. Start a lane with /lane.", (*_SUPPORT, "U0SALES", "U0GUEST", *FOREIGN)),
    ("C0SUPPORTAPPROVALS", "support-approvals", "Drafts waiting for a support lead.", _SUPPORT),
    ("C0SUPPORTLEADS", "support-leads", "Leads only: escalations and fallbacks.", ("U0LEAD1", "U0LEAD2", "U0OWNER")),
    ("C0SUPPORTREPORTS", "support-reports", "How the lanes fare, once a week.", _SUPPORT),
    ("C0SUPPORTONCALL", "support-oncall", "A lane has done harm: somebody looks now.", ("U0LEAD1", "U0OWNER")),
    ("C0REVOPS", "revops", "Pipeline hygiene and renewals.", _REVENUE),
    ("C0REVOPSAPPROVALS", "revops-approvals", "Drafts waiting for RevOps.", _REVENUE),
    ("C0INCIDENTS", "incidents", "Something looks wrong? Start with /lane incident.", (*_OPERATIONS, "U0REP")),
    ("C0INCIDENTAPPROVALS", "incident-approvals", "Incidents waiting for the on-call lead.", _OPERATIONS),
)


def people() -> dict[str, Json]:
    """Slack's user objects by id: the people, the bot and Slackbot."""
    everyone = {uid: _person(uid, handle, name, title) for uid, handle, name, title in PEOPLE}
    bot = _person(BOT_USER, "lanekeeper", "Lanekeeper", "")
    bot |= {"is_bot": True}
    bot["profile"] = {"real_name": "Lanekeeper", "display_name": "", "bot_id": BOT_ID, "api_app_id": APP_ID}
    slackbot = _person(SLACKBOT, "slackbot", "Slackbot", "")
    slackbot["profile"] = {"real_name": "Slackbot", "display_name": "Slackbot"}
    return everyone | {BOT_USER: bot, SLACKBOT: slackbot}


def _person(uid: str, handle: str, name: str, title: str) -> Json:
    guest = uid in GUESTS
    team = FOREIGN[uid] if uid in FOREIGN else str(TEAM["id"])
    zone = AWAY_FROM_UTC.get(uid, "Etc/UTC")
    profile = {
        "title": title,
        "real_name": name,
        "real_name_normalized": name,
        "display_name": handle,
        "display_name_normalized": handle,
        "email": f"{handle}@{TEAMS[team]['domain']}.example",
        "team": team,
    }
    stranger = {"is_stranger": True} if team != TEAM["id"] else {}
    return stranger | {
        "id": uid,
        "team_id": team,
        "name": handle,
        "real_name": name,
        "deleted": False,
        "tz": zone,
        "tz_label": ZONES[zone][0],
        "tz_offset": ZONES[zone][1],
        "profile": profile,
        "is_admin": uid == "U0OWNER",
        "is_owner": uid == "U0OWNER",
        "is_primary_owner": uid == "U0OWNER",
        "is_restricted": guest,  # Slack sets both flags for a single-channel guest
        "is_ultra_restricted": guest,
        "is_bot": False,
        "is_app_user": False,
        "updated": BIRTH,
    }


def groups() -> dict[str, Json]:
    """Slack's user group objects by id; the members stand in `users`."""
    return {
        gid: {
            "id": gid,
            "team_id": TEAM["id"],
            "is_usergroup": True,
            "name": name,
            "handle": handle,
            "description": "",
            "is_external": False,
            "date_create": BIRTH,
            "date_update": BIRTH,
            "date_delete": 0,
            "users": list(members),
            "user_count": len(members),
        }
        for gid, handle, name, members in GROUPS
    }


def channels() -> dict[str, Json]:
    """Slack's conversation objects by id: the channels, and a direct message between the app and each of our people."""
    rooms = {cid: _channel(cid, name, topic) for cid, name, topic, _ in CHANNELS}
    return rooms | {dm_of(uid): _direct(uid) for uid, *_ in PEOPLE if uid not in FOREIGN}


def members() -> dict[str, list[str]]:
    """Who is in which conversation; the bot is in all of them."""
    rooms = {cid: [BOT_USER, *inside] for cid, _, _, inside in CHANNELS}
    return rooms | {dm_of(uid): [BOT_USER, uid] for uid, *_ in PEOPLE if uid not in FOREIGN}


def dm_of(user: str) -> str:
    """The id of the app's direct message with one person: U0REP has D0REP."""
    return "D" + user[1:]


def _channel(cid: str, name: str, topic: str) -> Json:
    return {
        "id": cid,
        "name": name,
        "name_normalized": name,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": False,
        "is_archived": False,
        "is_general": cid == "C0SUPPORT",
        "is_shared": False,
        "is_org_shared": False,
        "is_ext_shared": False,
        "is_pending_ext_shared": False,
        "context_team_id": TEAM["id"],
        "created": BIRTH,
        "creator": "U0OWNER",
        "updated": BIRTH * 1000,
        "unlinked": 0,
        "topic": {"value": topic, "creator": "U0OWNER", "last_set": BIRTH},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }


def _direct(user: str) -> Json:
    return {
        "id": dm_of(user),
        "created": BIRTH,
        "is_archived": False,
        "is_im": True,
        "is_org_shared": False,
        "context_team_id": TEAM["id"],
        "updated": BIRTH * 1000,
        "user": user,
        "is_user_deleted": False,
        "priority": 0,
    }
