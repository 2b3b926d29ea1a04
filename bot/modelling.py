"""The model of the settings."""

from collections.abc import Mapping
from contextlib import suppress

import httpx2

from bot.settings import CannotStart, Settings
from bot.words import credentials as words
from lanes.models.base import Model
from lanes.ready import ReadyLane
from tools.contract import Refused
from tools.wire import LOOPBACK

TIMEOUT = 10.0  # seconds, for a question that costs nothing
_MESSAGES = "2023-06-01"  # the API's version; docs.claude.com, "Versions"
_WRONG_KEY = 401


def build_model(settings: Settings, lanes: Mapping[str, ReadyLane]) -> Model:
    """The model of the settings. Raises `CannotStart` when it has no key, or no price for a lane's model."""
    if settings.model == "offline":
        from lanes.models.offline import OfflineModel  # noqa: PLC0415 - only one of the two is needed

        return OfflineModel()
    key = settings.anthropic_api_key.get_secret_value()
    if not key:
        raise CannotStart(words.no_key())
    from lanes.models.anthropic import AnthropicModel  # noqa: PLC0415

    try:
        model = AnthropicModel(key, settings.anthropic_base_url)
    except Refused as error:
        raise CannotStart(error.message) from error
    for ready in lanes.values():
        if not model.prices(ready.page.models.plan):
            raise CannotStart(
                f"lane {ready.page.lane}: no price is known for {ready.page.models.plan}, so its budget cannot be "
                "kept; name another model in its page"
            )
    return model


def open_api(settings: Settings) -> httpx2.Client:
    """Anthropic's API, for what may be asked without a price."""
    api, key = settings.anthropic_base_url, settings.anthropic_api_key.get_secret_value()
    headers = {"x-api-key": key, "anthropic-version": _MESSAGES}
    outside = httpx2.URL(api).host not in LOOPBACK  # no proxy stands before this machine
    return httpx2.Client(base_url=api, headers=headers, timeout=TIMEOUT, trust_env=outside)


def try_key(settings: Settings) -> None:
    """Ask the API whether it knows the key. Raises `CannotStart` when it does not; where it says anything else, or
    nothing, the runs will see.
    """
    if settings.model == "offline":
        return
    with suppress(httpx2.HTTPError), open_api(settings) as http:
        if http.get("/v1/models", params={"limit": 1}).status_code == _WRONG_KEY:  # docs.claude.com, "List Models"
            raise CannotStart(words.wrong_key(settings.anthropic_base_url))


def model_label(settings: Settings) -> str:
    """By which name runs and evidence know the model of the settings; no key is needed to say it."""
    if settings.model == "offline":
        from lanes.models.offline import OfflineModel  # noqa: PLC0415

        return OfflineModel.label
    from lanes.models.anthropic import AnthropicModel  # noqa: PLC0415

    return AnthropicModel.label
