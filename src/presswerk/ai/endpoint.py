"""An OpenAI-compatible endpoint over HTTP: its models, a completion, a picture."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Literal, Self

import httpx

from presswerk.ai.errors import AiError, AiFailure
from presswerk.certificates import REMEDY, authorities, is_refused

_CONNECT_TIMEOUT_SECONDS = 10.0
_MESSAGE_LENGTH = 200
_SERVER_ERRORS = 500
# x-ratelimit-remaining of IONOS and its like of OpenAI; ratelimit of the HTTP working group's draft.
_LIMIT = re.compile(r"(x-)?ratelimit\b", re.IGNORECASE)
_PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


@dataclass(frozen=True)
class ChatMessage:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Completion:
    """What a model wrote; token counts are None where the endpoint does not tell.

    Attributes:
        limits: What the answer's headers say of the caller's allowance, as they say it; each provider has its own.
    """

    text: str
    model: str
    finish_reason: str | None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    limits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DrawnPicture:
    """What a model drew.

    Attributes:
        content: The file.
        media_type: What kind of file, by its first bytes.
    """

    content: bytes
    media_type: str


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
        # A key that came out of a file ends in a line break, which no header may hold.
        self._api_key = (api_key or "").strip()
        self._timeout_seconds = timeout_seconds
        self._client = client or httpx.Client(verify=authorities())
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

    def models(self) -> tuple[str, ...]:
        """Names of its models, sorted.

        Raises:
            AiError: It does not answer as it should.
        """
        data = self._document(self._ask("GET", "/models")).get("data")
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

    def draw(self, prompt: str, *, model: str) -> DrawnPicture:
        """Let a model draw one picture.

        Raises:
            AiError: It does not answer as it should.
        """
        body = {"model": model, "prompt": prompt, "n": 1, "response_format": "b64_json"}
        return self._picture(self._document(self._ask("POST", "/images/generations", body)))

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
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
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeEncodeError) as error:
            if is_refused(error):
                reason = f"The certificate of {self._base_url} is not trusted here."
                raise AiError(AiFailure.UNREACHABLE, reason, REMEDY) from None
            raise AiError(
                AiFailure.UNREACHABLE,
                f"{self._base_url} cannot be reached.",
                "Check PRESSWERK_AI_BASE_URL and this machine's network.",
            ) from None
        if response.status_code != HTTPStatus.OK:
            raise self._refusal(response)
        return response

    def _document(self, response: httpx.Response) -> Mapping[str, Any]:
        try:
            document = response.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise self._broken("it does not answer in JSON")
        return document

    def _completion(self, response: httpx.Response) -> Completion:
        document = self._document(response)
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
            limits={name: value for name, value in response.headers.items() if _LIMIT.match(name)},
        )

    def _picture(self, document: Mapping[str, Any]) -> DrawnPicture:
        try:
            content = base64.b64decode(document["data"][0]["b64_json"], validate=True)
        except (KeyError, IndexError, TypeError, ValueError):
            raise self._broken("its answer holds no picture") from None
        for start, media_type in _PICTURES.items():
            if content.startswith(start):
                return DrawnPicture(content, media_type)
        raise self._broken("what it drew is neither PNG, JPEG nor WebP")

    def _refusal(self, response: httpx.Response) -> AiError:
        status, said = response.status_code, self._said(response)
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            # What it says here may repeat a part of the key.
            told = "the key is wrong, expired or not allowed" if self._api_key else "it wants a key"
            return AiError(
                AiFailure.UNAUTHORIZED, f"{self._base_url} answered {status}: {told}.", "Set PRESSWERK_AI_API_KEY anew."
            )
        if status == HTTPStatus.PAYMENT_REQUIRED:
            return AiError(
                AiFailure.UNPAID,
                f"{self._base_url} answered 402: the account has no allowance left.",
                "Pay for more at the provider, or set another PRESSWERK_AI_API_KEY.",
            )
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return AiError(
                AiFailure.RATE_LIMITED,
                f"{self._base_url} answered 429: too many requests, or the allowance is used up.",
                "Wait and try again; look at the provider's limits if it stays so.",
                retry_after_seconds=_seconds(response.headers.get("Retry-After")),
            )
        if status == HTTPStatus.NOT_FOUND:
            return self._not_found(response, said)
        if status >= _SERVER_ERRORS:
            return self._broken(f"it answered {status}")
        return AiError(AiFailure.REFUSED, f"{self._base_url} answered {status}: {said}", "See what it says.")

    def _not_found(self, response: httpx.Response, said: str) -> AiError:
        if "model" in said.lower():
            return AiError(
                AiFailure.UNKNOWN_MODEL, f"There is no such model: {said}", "Choose one that the endpoint lists."
            )
        return AiError(
            AiFailure.REFUSED,
            f"{response.url} does not exist.",
            "PRESSWERK_AI_BASE_URL must be the address up to and including /v1.",
        )

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


def _count(usage: Any, name: str) -> int | None:
    value = usage.get(name)
    return value if isinstance(value, int) else None


def _seconds(header: str | None) -> float | None:
    # It may also be a date; then we do not know better than to wait as usual.
    return float(header) if header is not None and header.isascii() and header.isdigit() else None
