"""Generated work on one subject where it is known which of the agent's calls was meant as which of the people's."""

import random

from lanes.shadow.matching import Act

WORDS = (
    "the",
    "customer",
    "was",
    "charged",
    "twice",
    "on",
    "monday",
    "refund",
    "follows",
    "soon",
    "invoice",
    "corrected",
)
REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def subject(chance: random.Random, calls: int) -> tuple[list[Act], list[Act], set[tuple[str, str]]]:
    """Both sides in random order, and the true pairs by id. A third of the calls is noisy, a tenth a side alone."""
    suggested, actual, truth = [], [], set()
    for n in range(calls):
        tool = chance.choice(("stripe.create_refund", "zendesk.add_note"))
        meant = _arguments(tool, n, chance)
        done = _disturbed(tool, meant, chance) if chance.random() < 0.33 else dict(meant)
        fate = chance.random()
        if fate > 0.1:
            suggested.append(Act.of(tool, meant, id=f"s{n}"))
        if fate < 0.9:
            actual.append(Act.of(tool, done, id=f"a{n}"))
        if 0.1 < fate < 0.9:
            truth.add((f"s{n}", f"a{n}"))
    chance.shuffle(suggested)
    chance.shuffle(actual)
    return suggested, actual, truth


def _arguments(tool: str, n: int, chance: random.Random) -> dict:
    if tool == "zendesk.add_note":
        words = chance.sample(WORDS, 7)
        return {"ticket": "ZD-1", "text": " ".join(words)}
    amount = {"minor": chance.randint(500, 20_000), "currency": "USD"}
    return {"charge": f"ch_{n:06}{chance.randint(0, 99):02}", "amount": amount, "reason": chance.choice(REASONS)}


def _disturbed(tool: str, meant: dict, chance: random.Random) -> dict:
    """As another hand would have done the same: one or two values are otherwise."""
    done = dict(meant)
    if tool == "zendesk.add_note":
        words = meant["text"].split()
        words[chance.randrange(7)] = "please"
        words[chance.randrange(7)] = "kindly"
        return {**done, "text": " ".join(words)}
    if chance.random() < 0.7:
        done["amount"] = {"minor": max(meant["amount"]["minor"] + chance.randint(-400, 400), 1), "currency": "USD"}
    if chance.random() < 0.3:
        done["reason"] = chance.choice(REASONS)
    return done
