"""What an answer cost, from the API's own `usage`, by the price list that genai-prices brings.

No multiplier is written here that the list knows: cache tiers, long prompts and dated prices are its business.
A model the list does not know costs "unknown" (None), never nothing.
"""

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

from genai_prices import Usage, calc_price
from genai_prices.data_snapshot import get_snapshot

PROVIDER = "anthropic"
MICRO = Decimal(1_000_000)  # millionths of a US dollar, fine enough for a single token

# Inference that is kept in the United States costs a tenth more; the list does not model it.
# https://platform.claude.com/docs/en/about-claude/pricing
REGION = {"us": Decimal("1.1")}


def known(model: str) -> bool:
    """Does the list price this model at this provider?"""
    try:
        calc_price(Usage(input_tokens=1, output_tokens=1), model, provider_id=PROVIDER)
    except LookupError:
        return False
    return True


def cost(answer: Mapping[str, Any], *, lost: int = 0) -> int | None:
    """Millionths of a US dollar for a Messages API answer (its `model` and `usage`), rounded up; None when unknown.

    `lost` answers were asked for and never arrived. They may have been billed and nobody can say for how much, so each
    counts as much as the one that arrived: the budget may end early, never late.
    """
    try:
        found = get_snapshot().extract_usage(answer, provider_id=PROVIDER)
        price = found.calc_price().total_price
    except (LookupError, ValueError):
        return None
    region = REGION.get(answer["usage"].get("inference_geo") or "", Decimal(1))
    return int((price * MICRO * region).to_integral_value(ROUND_CEILING)) * (1 + lost)
