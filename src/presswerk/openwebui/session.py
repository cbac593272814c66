"""A person's session at Open WebUI without a browser: sign in, chat, press an action's button, answer its questions."""

import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from presswerk.certificates import authorities
from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.errors import OpenWebUIError
from presswerk.openwebui.live import LiveConnection

ProviderLogin = Callable[[httpx.Client, str], str]
"""Signs a person in at the identity provider: gets a cookie-keeping client and the authorization address, follows it
through the provider's pages, and returns the address the provider sends the browser back to."""

CALLBACK_PATH = "/oauth/oidc/callback"
MAX_REDIRECTS = 10


@dataclass(frozen=True)
class Question:
    """What an action asks: `kind` is `confirmation` or `input`; `options` are (value, label) of a choice."""

    kind: str
    title: str
    message: str
    options: tuple[tuple[str, str], ...] = ()
    preset: str = ""


Answer = Callable[[Question], str | bool]
"""The person's answer: a value for an `input`, True for a `confirmation`, False to cancel either."""


def accept(question: Question) -> str | bool:
    """Confirm everything and keep what is preset, as somebody does who only presses Confirm."""
    return question.preset or True


@dataclass(frozen=True)
class StoredAnswer:
    """An answer of the AI as it stands in a chat."""

    chat_id: str
    message_id: str
    model: str
    content: str


@dataclass(frozen=True)
class ActionRun:
    """What pressing an action's button led to.

    Attributes:
        statuses: The sentences shown above the message, in order.
        notifications: (kind, text) of each short notice.
        questions: What was asked, in order.
        seconds: From the press to the answer.
        status_seconds: When each of `statuses` came, in seconds after the press.
    """

    statuses: tuple[str, ...]
    notifications: tuple[tuple[str, str], ...]
    questions: tuple[Question, ...]
    seconds: float
    status_seconds: tuple[float, ...]


@dataclass
class _Recording:
    """Events of one message while an action runs."""

    answer: Answer
    language: str
    started: float = field(default_factory=time.monotonic)
    statuses: list[str] = field(default_factory=list)
    status_seconds: list[float] = field(default_factory=list)
    notifications: list[tuple[str, str]] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def take(self, kind: str, data: Mapping[str, Any]) -> str | bool | None:
        if kind == "status":
            self.statuses.append(str(data.get("description") or ""))
            self.status_seconds.append(time.monotonic() - self.started)
        elif kind == "notification":
            self.notifications.append((str(data.get("type")), str(data.get("content"))))
        elif kind in {"confirmation", "input"}:
            question = _question(kind, data)
            self.questions.append(question)
            return self.answer(question)
        elif kind == "execute":
            # A page runs it; the one thing that is asked so is the language it is shown in.
            return self.language
        return None

    def run(self) -> ActionRun:
        return ActionRun(
            statuses=tuple(self.statuses),
            notifications=tuple(self.notifications),
            questions=tuple(self.questions),
            seconds=time.monotonic() - self.started,
            status_seconds=tuple(self.status_seconds),
        )


def sign_in(base_url: str, login: ProviderLogin, *, browser: httpx.Client | None = None) -> str:
    """Sign a person in through the identity provider.

    Args:
        base_url: Open WebUI as a browser sees it.
        login: Signs in at the provider.
        browser: Cookies to go on with; a person already signed in at the provider is not asked again.

    Returns:
        Open WebUI's session token.

    Raises:
        OpenWebUIError: Open WebUI refused what the provider sent back.
    """
    with httpx.Client(timeout=30.0, verify=authorities()) if browser is None else nullcontext(browser) as client:
        start = client.get(f"{base_url}/oauth/oidc/login", follow_redirects=False)
        if not start.is_redirect:
            raise OpenWebUIError("a sign-in by single sign-on", f"{start.status_code} and no redirect to the provider")
        back = login(client, start.headers["location"])
        answer = client.get(back, follow_redirects=False)
        token = client.cookies.get("token")
        if not answer.is_redirect or not token:
            told = httpx.URL(answer.headers.get("location", "")).params.get("error") or f"status {answer.status_code}"
            raise OpenWebUIError("a sign-in by single sign-on", told, status=answer.status_code)
        return token


class PersonSession:
    """One signed-in person with a live connection, as an open browser tab has; use as a context manager.

    Args:
        base_url: Open WebUI, such as `http://localhost:8080`.
        token: Open WebUI's session token, from `sign_in`.
    """

    def __init__(self, base_url: str, token: str) -> None:
        self.client = OpenWebUIClient(base_url, timeout_seconds=180.0)
        self.client.use_token(token)
        self._changed = threading.Condition()
        self._finished: set[str] = set()
        self._recordings: dict[str, _Recording] = {}
        self._live = LiveConnection(self.client.base_url, token, self._on_event)

    def __enter__(self) -> Self:
        try:
            self._live.__enter__()
        except OpenWebUIError:
            self.client.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._live.close()
        self.client.close()

    def models(self) -> list[str]:
        """Models the person may chat with."""
        return self.client.available_models()

    def ask(
        self, prompt: str, *, model: str, files: Sequence[Mapping[str, Any]] = (), timeout_seconds: float = 180.0
    ) -> StoredAnswer:
        """Start a chat with a prompt and wait for the answer; the chat is stored as the page stores it.

        Raises:
            OpenWebUIError: No answer in time, or the AI endpoint failed.
        """
        question_id, answer_id = str(uuid.uuid4()), str(uuid.uuid4())
        user_message = {
            "id": question_id,
            "parentId": None,
            "childrenIds": [answer_id],
            "role": "user",
            "content": prompt,
            "files": list(files),
            "timestamp": int(time.time()),
            "models": [model],
        }
        body = self.client.request_object(
            "POST",
            "/api/chat/completions",
            "an answer of the AI",
            json={
                "stream": True,
                "model": model,
                "messages": [],
                # Images travel inside the message, everything else beside it.
                "files": [file for file in files if not str(file.get("content_type", "")).startswith("image/")],
                "session_id": self._live.session_id,
                "id": answer_id,
                "parent_id": None,
                "user_message": user_message,
                "background_tasks": {"title_generation": True},
            },
        )
        chat_id = str(body["chat_id"])
        self._await_answer(chat_id, answer_id, timeout_seconds)
        return self.message(chat_id, answer_id)

    def message(self, chat_id: str, message_id: str) -> StoredAnswer:
        """An answer as stored.

        Raises:
            OpenWebUIError: It is not there, or holds an error of the AI endpoint.
        """
        stored = self._stored(chat_id, message_id)
        if stored.get("error"):
            raise OpenWebUIError("an answer of the AI", str(stored["error"])[:300])
        text = output_text(stored.get("output")) or str(stored.get("content") or "")
        return StoredAnswer(chat_id, message_id, str(stored.get("model") or ""), text)

    def statuses(self, chat_id: str, message_id: str) -> list[str]:
        """The sentences stored above a message, which a reload shows."""
        history = self._stored(chat_id, message_id).get("statusHistory") or []
        return [str(entry.get("description") or "") for entry in history]

    def run_action(
        self, action_id: str, message: StoredAnswer, answer: Answer = accept, *, language: str = "en-US"
    ) -> ActionRun:
        """Press an action's button below a message and answer what it asks, on a page in this language.

        Raises:
            OpenWebUIError: Open WebUI does not offer the action here, or it broke.
        """
        recording = _Recording(answer, language)
        self._recordings[message.message_id] = recording
        try:
            self.client.request(
                "POST",
                f"/api/chat/actions/{action_id}",
                f"action {action_id}",
                json={
                    "model": message.model,
                    "messages": self._messages_up_to(message),
                    "chat_id": message.chat_id,
                    "session_id": self._live.session_id,
                    "id": message.message_id,
                },
            )
            self._live.catch_up()
        finally:
            self._recordings.pop(message.message_id, None)
        return recording.run()

    def _messages_up_to(self, message: StoredAnswer) -> list[dict[str, Any]]:
        stored = self.client.chat(message.chat_id)["history"]["messages"]
        found: list[dict[str, Any]] = []
        current: str | None = message.message_id
        while current is not None and current in stored:
            entry = stored[current]
            content = output_text(entry.get("output")) or entry.get("content") or ""
            found.insert(0, {"id": current, "role": entry["role"], "content": content})
            current = entry.get("parentId")
        return found

    def _stored(self, chat_id: str, message_id: str) -> dict[str, Any]:
        messages = self.client.chat(chat_id)["history"]["messages"]
        if message_id not in messages:
            raise OpenWebUIError(f"message {message_id}", "the chat has none of that id")
        return dict(messages[message_id])

    def _await_answer(self, chat_id: str, message_id: str, timeout_seconds: float) -> None:
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            with self._changed:
                self._changed.wait_for(lambda: message_id in self._finished, timeout=2.0)
            # An event may be missed while the socket reconnects, so what is stored decides.
            if self._stored(chat_id, message_id).get("done"):
                return
        raise OpenWebUIError("an answer of the AI", f"none after {timeout_seconds:.0f} s")

    def _on_event(self, event: Mapping[str, Any]) -> str | bool | None:
        message_id = str(event.get("message_id") or "")
        inner = event.get("data") or {}
        kind, data = str(inner.get("type") or ""), inner.get("data") or {}
        if kind == "chat:active" and isinstance(data, dict) and not data.get("active"):
            with self._changed:
                self._finished.add(message_id)
                self._changed.notify_all()
        recording = self._recordings.get(message_id)
        return recording.take(kind, data) if recording is not None and isinstance(data, dict) else None


def output_text(output: Any) -> str:
    """The text of Open WebUI's structured form of an answer."""
    texts = []
    for part in output or []:
        if isinstance(part, dict) and part.get("type") == "message":
            pieces = part.get("content") or []
            texts.append("".join(str(piece.get("text") or "") for piece in pieces if isinstance(piece, dict)))
    return "\n".join(text for text in texts if text.strip())


def _question(kind: str, data: Mapping[str, Any]) -> Question:
    options = (data.get("input") or {}).get("options") or []
    return Question(
        kind=kind,
        title=str(data.get("title") or ""),
        message=str(data.get("message") or ""),
        options=tuple((str(option["value"]), str(option["label"])) for option in options),
        preset=str(data.get("value") or ""),
    )
