"""What /health and the log say to whoever runs Lanekeeper."""


def slack_refuses_us(code: str) -> str:
    """`code` is Slack's word for what is wrong with our token."""
    return (
        f"Slack does not take the app's token any more ({code}): install the app again, or set SLACK_BOT_TOKEN to its "
        "new token and start Lanekeeper again; what is owed to people waits until then"
    )
