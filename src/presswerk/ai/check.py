"""Whether an AI endpoint works: its models, a sentence, a picture, and what it says of limits."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from presswerk.ai.endpoint import AiEndpoint, ChatMessage, Completion
from presswerk.ai.errors import AiError, AiFailure
from presswerk.ai.stand_in import STAND_IN_MODEL

_SHOWN = 200
_TOKENS = 16
_TRIED_MODELS = 3
_QUESTION = [ChatMessage("user", "Say in one short sentence that you can be reached.")]
_SCENE = "A newspaper on a wooden table"
# A list of models holds embedding and image models too, and does not say which is which.
_DRAWS = re.compile(r"flux|diffusion|dall-e|image", re.IGNORECASE)
_NEITHER = re.compile(r"embed|bge|mpnet|rerank|whisper|tts|moderation", re.IGNORECASE)
_NOT_A_WRITER = frozenset({AiFailure.REFUSED, AiFailure.UNKNOWN_MODEL, AiFailure.BROKEN})


@dataclass(frozen=True)
class PictureReport:
    """Whether a model draws.

    Attributes:
        model: Which.
        latency_seconds: From the request to the whole picture.
        media_type: What came; None if nothing did.
        size_bytes: Of the file.
        reason: Why nothing came, as a sentence.
        remedy: What to do about it.
    """

    model: str
    latency_seconds: float | None = None
    media_type: str | None = None
    size_bytes: int | None = None
    reason: str | None = None
    remedy: str | None = None


@dataclass(frozen=True)
class AiReport:
    """Whether an endpoint works.

    Attributes:
        base_url: Which endpoint.
        ok: It is reachable and completed a sentence.
        reachable: It answered, be it with an error.
        models: Names of its models.
        model: The one that was tried.
        is_stand_in: It is Presswerk's own stand-in: no AI.
        latency_seconds: From the request to the whole completion.
        completion: What it wrote, shortened to a few words.
        limits: What it says of the key's allowance, by the names of its headers; empty if it says nothing.
        picture: Of a model that draws; None if none was tried.
        failure: What went wrong.
        reason: The same as a sentence.
        remedy: What to do about it.
    """

    base_url: str
    ok: bool
    reachable: bool
    models: tuple[str, ...] = ()
    model: str | None = None
    is_stand_in: bool = False
    latency_seconds: float | None = None
    completion: str | None = None
    limits: Mapping[str, str] = field(default_factory=dict)
    picture: PictureReport | None = None
    failure: AiFailure | None = None
    reason: str | None = None
    remedy: str | None = None


def check_endpoint(
    endpoint: AiEndpoint,
    model: str | None = None,
    *,
    image_model: str | None = None,
    draw: bool = True,
    max_tokens: int = _TOKENS,
) -> AiReport:
    """Try an endpoint out; never raises for what the endpoint does.

    Args:
        endpoint: Which.
        model: Which to let write; if None, up to three of those listed that look as if they wrote text.
        image_model: Which to let draw; if None, the first one listed that looks as if it drew, if any does.
        draw: Whether to have a picture drawn at all.
        max_tokens: How much a model may write; it costs.
    """
    models: tuple[str, ...] = ()
    try:
        models = endpoint.models()
        if model is None and not models:
            raise AiError(AiFailure.UNKNOWN_MODEL, "It offers no model.", "Enable a model for this key.")
        started = time.monotonic()
        writers = (model,) if model is not None else _likely_writers(models)
        tried, completion = _first_that_writes(endpoint, writers, max_tokens)
    except AiError as error:
        return AiReport(
            base_url=endpoint.base_url,
            ok=False,
            reachable=error.failure not in {AiFailure.UNREACHABLE, AiFailure.TIMEOUT},
            models=models,
            model=model,
            is_stand_in=STAND_IN_MODEL in models,
            failure=error.failure,
            reason=str(error),
            remedy=error.remedy,
        )
    seconds = time.monotonic() - started
    painter = (image_model or _likely_painter(models)) if draw else None
    return AiReport(
        base_url=endpoint.base_url,
        ok=True,
        reachable=True,
        models=models,
        model=tried,
        is_stand_in=STAND_IN_MODEL in models,
        latency_seconds=seconds,
        completion=" ".join(completion.text.split())[:_SHOWN],
        limits=completion.limits,
        picture=None if painter is None else _drawn(endpoint, painter),
    )


def _first_that_writes(endpoint: AiEndpoint, models: Sequence[str], max_tokens: int) -> tuple[str, Completion]:
    for model in models[:-1]:
        try:
            return model, _written(endpoint, model, max_tokens)
        except AiError as error:
            if error.failure not in _NOT_A_WRITER:
                raise
    return models[-1], _written(endpoint, models[-1], max_tokens)


def _written(endpoint: AiEndpoint, model: str, max_tokens: int) -> Completion:
    completion = endpoint.complete(_QUESTION, model=model, max_tokens=max_tokens)
    # A model that thinks first may use all its tokens up before it says anything.
    if not completion.text.strip() and completion.finish_reason != "length":
        raise AiError(AiFailure.BROKEN, f"{model} answers nothing.", "Choose another model with PRESSWERK_AI_MODEL.")
    return completion


def _drawn(endpoint: AiEndpoint, model: str) -> PictureReport:
    started = time.monotonic()
    try:
        picture = endpoint.draw(_SCENE, model=model)
    except AiError as error:
        return PictureReport(model, reason=str(error), remedy=error.remedy)
    return PictureReport(model, time.monotonic() - started, picture.media_type, len(picture.content))


def _likely_writers(models: Sequence[str]) -> Sequence[str]:
    def is_another(name: str) -> bool:
        return _DRAWS.search(name) is not None or _NEITHER.search(name) is not None

    return sorted(models, key=is_another)[:_TRIED_MODELS]


def _likely_painter(models: Sequence[str]) -> str | None:
    if STAND_IN_MODEL in models:
        return STAND_IN_MODEL
    return next((name for name in models if _DRAWS.search(name)), None)
