"""What people read about a lane's week, in Slack, on paper and at the command line."""


def measured(runs: int) -> str:
    return "1 run measured" if runs == 1 else f"{runs:,} runs measured"
