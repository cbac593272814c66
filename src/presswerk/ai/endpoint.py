"""An OpenAI-compatible endpoint over HTTP: its models, a completion, and whether it works."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Literal, Self

import httpx

from presswerk.ai.errors import AiError, AiFailure
from presswerk.ai.stand_in import STAND_IN_MODEL

_CONNECT_TIMEOUT_SECONDS = 10.0
_MESSAGE_LENGTH = 200
_CHECK_TOKENS = 16
_SERVER_ERRORS = 500
_TRIED_MODELS = 3
# A list of models holds embedding and image models too, and does not say which is which.
_OTHER_KINDS = re.compile(r"embed|bge|mpnet|rerank|flux|diffusion|whisper|tts|dall-e|image|moderation", re.IGNORECASE)
_NOT_A_WRITER = frozenset({AiFailure.REFUSED, AiFailure.UNKNOWN_MODEL, AiFailure.BROKEN})


@dataclass(frozen=True)
class ChatMessage:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Completion:
    """What a model wrote; token counts are None where the endpoint does not tell."""

    text: str
    model: str
    finish_reason: str | None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


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
    failure: AiFailure | None = None
    reason: str | None = None
    remedy: str | None = None


class AiEndpoint:
    """A client for one endpoint; use as a context manager. May be shared by threads.

    Args:
        base_url: Up to and including the version, such as `https://host/v1`.
        api_key: Sent as bearer token; None or empty for an endpoint without one.
        timeout_seconds: For a whole answer to begin; models may think for long.
        client: Does the requests; made here if not given.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        timeout_seconds: float = 60.0,
        client: httpx.Client | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key or ""
        self._timeout_seconds = timeout_seconds
        self._client = client or httpx.Client()
        self._owns_client = client is None
        self._timeout = httpx.Timeout(timeout_seconds, connect=min(timeout_seconds, _CONNECT_TIMEOUT_SECONDS))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close connections; a client that was given is its giver's to close."""
        if self._owns_client:
            self._client.close()

    @property
    def base_url(self) -> str:
        """Which endpoint, without a final slash."""
        return self._base_url

    @property
    def is_stand_in(self) -> bool:
        """Whether it is Presswerk's stand-in, which is no AI; asks it.

        Raises:
            AiError: It does not answer.
        """
        return STAND_IN_MODEL in self.models()

    def models(self) -> tuple[str, ...]:
        """Names of its models, sorted.

        Raises:
            AiError: It does not answer as it should.
        """
        data = self._ask("GET", "/models").get("data")
        if not isinstance(data, list):
            raise self._broken("its list of models is none")
        names = (entry.get("id") for entry in data if isinstance(entry, dict))
        return tuple(sorted(name for name in names if isinstance(name, str)))

    def complete(
        self,
        messages: Sequence[ChatMessage],
        *,
        model: str,
        max_tokens: int | None = None,
        temperature: float | None = None,
    ) -> Completion:
        """Let a model go on with a conversation.

        Raises:
            AiError: It does not answer as it should.
        """
        body: dict[str, Any] = {
            "model": model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
        }
        if max_tokens is not None:
            body["max_tokens"] = max_tokens
        if temperature is not None:
            body["temperature"] = temperature
        return self._completion(self._ask("POST", "/chat/completions", body))

    def check(self, model: str | None = None) -> AiReport:
        """Try the endpoint out; never raises for what the endpoint does.

        Args:
            model: Which to try; if None, up to three of those listed that look as if they wrote text.
        """
        models: tuple[str, ...] = ()
        try:
            models = self.models()
            if model is None and not models:
                raise AiError(AiFailure.UNKNOWN_MODEL, "It offers no model.", "Enable a model for this key.")
            started = time.monotonic()
            tried, completion = self._first_that_writes((model,) if model is not None else _likely_writers(models))
        except AiError as error:
            return AiReport(
                base_url=self._base_url,
                ok=False,
                reachable=error.failure not in {AiFailure.UNREACHABLE, AiFailure.TIMEOUT},
                models=models,
                model=model,
                is_stand_in=STAND_IN_MODEL in models,
                failure=error.failure,
                reason=str(error),
                remedy=error.remedy,
            )
        return AiReport(
            base_url=self._base_url,
            ok=True,
            reachable=True,
            models=models,
            model=tried,
            is_stand_in=STAND_IN_MODEL in models,
            latency_seconds=time.monotonic() - started,
            completion=" ".join(completion.text.split())[:_MESSAGE_LENGTH],
        )

    def _first_that_writes(self, models: Sequence[str]) -> tuple[str, Completion]:
        question = [ChatMessage("user", "Say in one short sentence that you can be reached.")]
        for model in models[:-1]:
            try:
                return model, self.complete(question, model=model, max_tokens=_CHECK_TOKENS)
            except AiError as error:
                if error.failure not in _NOT_A_WRITER:
                    raise
        return models[-1], self.complete(question, model=models[-1], max_tokens=_CHECK_TOKENS)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {self._api_key}"} if self._api_key else {}
        try:
            response = self._client.request(
                method, f"{self._base_url}{path}", json=body, headers=headers, timeout=self._timeout
            )
        except httpx.TimeoutException:
            raise AiError(
                AiFailure.TIMEOUT,
                f"{self._base_url} did not answer within {self._timeout_seconds:g} seconds.",
                "Try again; if it stays so, try a smaller model or ask the provider.",
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeEncodeError):
            raise AiError(
                AiFailure.UNREACHABLE,
                f"{self._base_url} cannot be reached.",
                "Check PRESSWERK_AI_BASE_URL and this machine's network.",
            ) from None
        if response.status_code != HTTPStatus.OK:
            raise self._refusal(response)
        return self._document(response)

    def _document(self, response: httpx.Response) -> Mapping[str, Any]:
        try:
            document = response.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise self._broken("it does not answer in JSON")
        return document

    def _completion(self, document: Mapping[str, Any]) -> Completion:
        try:
            choice = document["choices"][0]
            text = choice["message"]["content"]
        except (KeyError, IndexError, TypeError):
            raise self._broken("its completion holds no message") from None
        usage = document.get("usage") if isinstance(document.get("usage"), dict) else {}
        return Completion(
            text=text if isinstance(text, str) else "",
            model=str(document.get("model", "")),
            finish_reason=choice.get("finish_reason"),
            prompt_tokens=_count(usage, "prompt_tokens"),
            completion_tokens=_count(usage, "completion_tokens"),
        )

    def _refusal(self, response: httpx.Response) -> AiError:
        status, said = response.status_code, self._said(response)
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            # What it says here may repeat a part of the key.
            told = "the key is wrong, expired or not allowed" if self._api_key else "it wants a key"
            return AiError(
                AiFailure.UNAUTHORIZED, f"{self._base_url} answered {status}: {told}.", "Set PRESSWERK_AI_API_KEY anew."
            )
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return AiError(
                AiFailure.RATE_LIMITED,
                f"{self._base_url} answered 429: too many requests, or the allowance is used up.",
                "Wait and try again; look at the provider's limits if it stays so.",
                retry_after_seconds=_seconds(response.headers.get("Retry-After")),
            )
        if status == HTTPStatus.NOT_FOUND and "model" in said.lower():
            return AiError(
                AiFailure.UNKNOWN_MODEL, f"There is no such model: {said}", "Choose one that the endpoint lists."
            )
        if status == HTTPStatus.NOT_FOUND:
            return AiError(
                AiFailure.REFUSED,
                f"{response.url} does not exist.",
                "PRESSWERK_AI_BASE_URL must be the address up to and including /v1.",
            )
        if status >= _SERVER_ERRORS:
            return self._broken(f"it answered {status}")
        return AiError(AiFailure.REFUSED, f"{self._base_url} answered {status}: {said}", "See what it says.")

    def _said(self, response: httpx.Response) -> str:
        """The endpoint's own message, never with the key in it."""
        try:
            document = response.json()
        except ValueError:
            return "no message"
        error = document.get("error") if isinstance(document, dict) else None
        message = error.get("message") if isinstance(error, dict) else error
        text = " ".join(message.split()) if isinstance(message, str) else "no message"
        return (text.replace(self._api_key, "***") if self._api_key else text)[:_MESSAGE_LENGTH]

    def _broken(self, clause: str) -> AiError:
        return AiError(
            AiFailure.BROKEN,
            f"{self._base_url} does not work as it should: {clause}.",
            "Try again; check that PRESSWERK_AI_BASE_URL is an OpenAI-compatible endpoint.",
        )


def _likely_writers(models: Sequence[str]) -> Sequence[str]:
    return sorted(models, key=lambda name: _OTHER_KINDS.search(name) is not None)[:_TRIED_MODELS]


def _count(usage: Any, name: str) -> int | None:
    value = usage.get(name)
    return value if isinstance(value, int) else None


def _seconds(header: str | None) -> float | None:
    # It may also be a date; then we do not know better than to wait as usual.
    return float(header) if header is not None and header.isascii() and header.isdigit() else None
