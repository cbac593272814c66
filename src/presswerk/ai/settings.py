"""Which AI endpoint is used, from environment variables."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from presswerk.declaration import IONOS_AI_BASE_URL

DEFAULT_BASE_URL = IONOS_AI_BASE_URL


class AiSettings(BaseSettings):
    """Each field is the environment variable `PRESSWERK_AI_<FIELD>`."""

    model_config = SettingsConfigDict(
        env_prefix="PRESSWERK_AI_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    # No `user:password@`: an address is shown and logged, a key never.
    base_url: Annotated[str, Field(pattern=r"^https?://[^\s/@?#]+(/[^\s?#]*)?$")] = DEFAULT_BASE_URL
    api_key: SecretStr | None = None
    model: str | None = None
