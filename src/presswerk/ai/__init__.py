"""The OpenAI-compatible endpoint: client, health, and the offline stand-in."""

from presswerk.ai.check import AiReport, PictureReport, check_endpoint
from presswerk.ai.endpoint import AiEndpoint, ChatMessage, Completion, DrawnPicture
from presswerk.ai.errors import AiError, AiFailure
from presswerk.ai.settings import DEFAULT_BASE_URL, AiSettings

__all__ = [
    "DEFAULT_BASE_URL",
    "AiEndpoint",
    "AiError",
    "AiFailure",
    "AiReport",
    "AiSettings",
    "ChatMessage",
    "Completion",
    "DrawnPicture",
    "PictureReport",
    "check_endpoint",
]
