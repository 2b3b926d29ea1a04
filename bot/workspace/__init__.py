"""A small Slack for one machine: Web API, Socket Mode and one page where a person types, reads cards and clicks.

Context: the demo and the journeys need a Slack that answers like Slack, without an account and without the internet.
Decision: a server of our own that the real slack_bolt App reaches over real HTTP and WebSocket, and that enforces
Slack's limits, errors and deadlines, because a workspace that accepts everything proves nothing.
Given up: everything Slack has beside what an app meets (search, huddles, real files); one team, one app, one process.

    seed → state → limits, socket_mode, journal → payloads, views → interactions, web_api → control, feed → server
"""
