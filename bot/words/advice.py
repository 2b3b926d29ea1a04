"""What `lanekeeper check` says to the author of a lane's page that loads."""

from lanes.advice import NeverSo


def never_so(one: NeverSo) -> str:
    return (
        f"policy allows {one.row.may} when {one.row.when}, and budget.{one.cap} leaves it {one.left}: what lies "
        "between is blocked, whoever approves it; raise the cap, or lower the line"
    )
