"""Which AI an installation's chat asks: an endpoint of the environment and the declaration, or the offline stand-in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from presswerk.ai.stand_in import STAND_IN_MODEL
from presswerk.declaration.platform import ModelEndpoint
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout

_UNDECLARED = ModelEndpoint()


@dataclass(frozen=True)
class ConfiguredAi:
    """The OpenAI-compatible endpoint; without a key, the offline stand-in, which is no AI."""

    base_url: str
    api_key: str = field(repr=False)
    model: str
    is_stand_in: bool

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str], layout: Layout, declared: ModelEndpoint = _UNDECLARED
    ) -> "ConfiguredAi":
        """Read `PRESSWERK_AI_BASE_URL`, `PRESSWERK_AI_API_KEY` and `PRESSWERK_AI_MODEL`, where a chat starts.

        Args:
            environment: What is not set there is as declared.
            layout: Where the stand-in answers.
            declared: The endpoint of `platform.yaml`.

        Raises:
            LocalRuntimeError: An endpoint is named without a key.
        """
        key = environment.get("PRESSWERK_AI_API_KEY", "").strip()
        if not key and environment.get("PRESSWERK_AI_BASE_URL", "").strip():
            raise LocalRuntimeError(
                "PRESSWERK_AI_BASE_URL is set, but PRESSWERK_AI_API_KEY is not.",
                "Set the key too (any text for an endpoint that needs none), or unset both for the offline stand-in.",
            )
        if not key:
            return cls(layout.ai_stand_in_url, "", STAND_IN_MODEL, is_stand_in=True)
        base_url = environment.get("PRESSWERK_AI_BASE_URL", "").strip() or declared.base_url
        model = environment.get("PRESSWERK_AI_MODEL", "").strip() or declared.model or ""
        return cls(base_url, key, model, is_stand_in=False)
