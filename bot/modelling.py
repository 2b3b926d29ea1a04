"""The model of the settings."""

from collections.abc import Mapping

from bot.settings import CannotStart, Settings
from lanes.models.base import Model
from lanes.ready import ReadyLane


def build_model(settings: Settings, lanes: Mapping[str, ReadyLane]) -> Model:
    """The model of the settings. Raises `CannotStart` when it has no key, or no price for a lane's model."""
    if settings.model == "offline":
        from lanes.models.offline import OfflineModel  # noqa: PLC0415 - only one of the two is needed

        return OfflineModel()
    key = settings.anthropic_api_key.get_secret_value()
    if not key:
        raise CannotStart(
            "ANTHROPIC_API_KEY is not set; get a key at console.anthropic.com, or set LANEKEEPER_MODEL=offline to try "
            "Lanekeeper with rules instead of a model"
        )
    from lanes.models.anthropic import AnthropicModel  # noqa: PLC0415

    model = AnthropicModel(key, settings.anthropic_base_url)
    for ready in lanes.values():
        if not model.prices(ready.page.models.plan):
            raise CannotStart(
                f"lane {ready.page.lane}: no price is known for {ready.page.models.plan}, so its budget cannot be "
                "kept; name another model in its page"
            )
    return model


def model_label(settings: Settings) -> str:
    """By which name runs and evidence know the model of the settings; no key is needed to say it."""
    if settings.model == "offline":
        from lanes.models.offline import OfflineModel  # noqa: PLC0415

        return OfflineModel.label
    from lanes.models.anthropic import AnthropicModel  # noqa: PLC0415

    return AnthropicModel.label
