"""Requests and answers in OpenAI's shape (https://platform.openai.com/docs/api-reference). Pure."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from presswerk.ai.stand_in import STAND_IN_MODEL
from presswerk.ai.stand_in.writing import write_article

# A time that never changes, so that the same question gets the same bytes.
_CREATED = 1_767_225_600
_WORDS_A_CHUNK = 4
_TOKEN = re.compile(r"\S+\s*|\s+")


def _whole(text: str) -> str:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("it holds half a surrogate pair, which is no character")
    return text


Text = Annotated[str, AfterValidator(_whole)]


class TextPart(BaseModel):
    """Text in a message of several parts."""

    type: Literal["text"]
    text: Text


class OtherPart(BaseModel):
    """An image or file in a message; not looked at."""

    type: Literal["image_url", "input_audio", "file"]


Part = Annotated[TextPart | OtherPart, Field(discriminator="type")]


class PromptMessage(BaseModel):
    """One turn of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Text | list[Part] | None = None

    @property
    def text(self) -> str:
        """Its words."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if isinstance(part, TextPart))
        return self.content or ""


class StreamOptions(BaseModel):
    """What a stream carries besides text."""

    include_usage: bool = False


class CompletionRequest(BaseModel):
    """What the stand-in reads of a chat completion's request."""

    model: Text
    messages: list[PromptMessage] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    n: Literal[1] | None = None


class ImageRequest(BaseModel):
    """What the stand-in reads of an image's request."""

    prompt: Text = Field(min_length=1)
    model: Text | None = None
    n: Literal[1] | None = None


class WrittenAnswer:
    """The stand-in's answer to a request."""

    def __init__(self, request: CompletionRequest) -> None:
        text = write_article([message.text for message in request.messages if message.role == "user"])
        tokens = _TOKEN.findall(text)
        limit = request.max_completion_tokens or request.max_tokens or len(tokens)
        asked = "\n".join(message.text for message in request.messages)
        self._tokens = tokens[:limit]
        self._finish_reason = "stop" if limit >= len(tokens) else "length"
        self._prompt_tokens = len(_TOKEN.findall(asked))
        self._id = f"chatcmpl-{hashlib.sha256(asked.encode()).hexdigest()[:24]}"
        self._with_usage = request.stream_options is not None and request.stream_options.include_usage

    def whole(self) -> dict[str, Any]:
        """A `chat.completion`."""
        message = {"role": "assistant", "content": "".join(self._tokens), "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self._finish_reason}
        return {**self._envelope("chat.completion"), "choices": [choice], "usage": self._usage()}

    def stream(self) -> Iterator[str]:
        """Server-sent events: `chat.completion.chunk`s, the usage if asked for, `[DONE]`."""
        yield self._chunk({"role": "assistant", "content": ""})
        for start in range(0, len(self._tokens), _WORDS_A_CHUNK):
            yield self._chunk({"content": "".join(self._tokens[start : start + _WORDS_A_CHUNK])})
        yield self._chunk({}, self._finish_reason)
        if self._with_usage:
            yield _event({**self._envelope("chat.completion.chunk"), "choices": [], "usage": self._usage()})
        yield "data: [DONE]\n\n"

    def _chunk(self, delta: dict[str, str], finish_reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return _event({**self._envelope("chat.completion.chunk"), "choices": [choice]})

    def _envelope(self, kind: str) -> dict[str, Any]:
        return {"id": self._id, "object": kind, "created": _CREATED, "model": STAND_IN_MODEL}

    def _usage(self) -> dict[str, int]:
        written = len(self._tokens)
        return {
            "prompt_tokens": self._prompt_tokens,
            "completion_tokens": written,
            "total_tokens": self._prompt_tokens + written,
        }


def models() -> dict[str, Any]:
    """The list of models."""
    return {"object": "list", "data": [model()]}


def model() -> dict[str, Any]:
    """The only model."""
    return {"id": STAND_IN_MODEL, "object": "model", "created": _CREATED, "owned_by": "presswerk"}


def image(base64_png: str) -> dict[str, Any]:
    """An image answer."""
    return {"created": _CREATED, "data": [{"b64_json": base64_png}]}


def error(message: str, kind: str, *, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    """An error."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _event(document: dict[str, Any]) -> str:
    return f"data: {json.dumps(document, ensure_ascii=False)}\n\n"
