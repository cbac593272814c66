"""Open WebUI's HTTP API, as far as its administrator and its users need it here."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Literal, Self

import httpx

from presswerk.certificates import authorities, is_refused, not_trusted
from presswerk.openwebui.errors import OpenWebUIError
from presswerk.openwebui.model import (
    ChatSession,
    Function,
    Grant,
    Group,
    ModelRecord,
    User,
    function_form,
    function_of,
    grant_forms,
    model_form,
    model_of,
    session_of,
    user_of,
)

# Open WebUI answers an id it does not have with 401 and this sentence, not with 404.
_NOT_FOUND_TEXT = "We could not find what you're looking for :/"
_DETAIL_LENGTH = 300


class OpenWebUIClient:
    """A client for one Open WebUI; use as a context manager.

    Args:
        base_url: Where it answers, such as `http://127.0.0.1:8080`.
        timeout_seconds: For each request.
    """

    def __init__(self, base_url: str, *, timeout_seconds: float = 30.0) -> None:
        self._base_url = base_url.rstrip("/")
        self._http = httpx.Client(
            base_url=self._base_url, timeout=timeout_seconds, trust_env=False, verify=authorities()
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    @property
    def base_url(self) -> str:
        """Where it answers, without a trailing slash."""
        return self._base_url

    def use_token(self, token: str) -> None:
        """Act as the owner of a session token."""
        self._http.headers["Authorization"] = f"Bearer {token}"

    def sign_in(self, email: str, password: str) -> ChatSession:
        """Sign in by password and act as that account from now on (15 tries in 3 minutes are allowed).

        Raises:
            OpenWebUIError: The account or password is wrong, or there is no answer.
        """
        body = self.request_object(
            "POST", "/api/v1/auths/signin", "a sign-in", json={"email": email, "password": password}
        )
        self.use_token(str(body["token"]))
        return session_of(body)

    def session(self) -> ChatSession:
        """Who the token belongs to."""
        return session_of(self.request_object("GET", "/api/v1/auths/", "the session"))

    def version(self) -> str:
        """Its version, such as `0.12.4`."""
        return str(self.request_object("GET", "/api/version", "its version")["version"])

    def functions(self) -> list[Function]:
        """All Functions, with their source text."""
        rows = self.request_list("GET", "/api/v1/functions/export", "all functions")
        return [function_of(row) for row in rows]

    def function(self, function_id: str) -> Function | None:
        """One Function, None when there is none of that id."""
        try:
            return function_of(
                self.request_object("GET", f"/api/v1/functions/id/{function_id}", f"function {function_id}")
            )
        except OpenWebUIError as error:
            if error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.UNAUTHORIZED} and _NOT_FOUND_TEXT in str(error):
                return None
            raise

    def create_function(self, function_id: str, *, name: str, description: str, content: str) -> None:
        """Store a new Function; it starts inactive."""
        form = function_form(function_id, name, description, content)
        self.request_object("POST", "/api/v1/functions/create", f"a new function {function_id}", json=form)

    def update_function(self, function_id: str, *, name: str, description: str, content: str) -> None:
        """Replace a Function's name, description and source text."""
        form = function_form(function_id, name, description, content)
        path = f"/api/v1/functions/id/{function_id}/update"
        self.request_object("POST", path, f"an update of function {function_id}", json=form)

    def flip_function(self, function_id: str, what: Literal["toggle", "toggle/global"]) -> None:
        """Turn a Function on or off, or offer it with every model or not: the other of what it is now."""
        self.request_object("POST", f"/api/v1/functions/id/{function_id}/{what}", f"a switch of {function_id}")

    def valves(self, function_id: str) -> dict[str, Any]:
        """A Function's settings, as far as they were set."""
        body = self.request("GET", f"/api/v1/functions/id/{function_id}/valves", f"valves of {function_id}")
        return dict(body) if isinstance(body, dict) else {}

    def set_valves(self, function_id: str, values: Mapping[str, Any]) -> None:
        """Replace a Function's settings."""
        self.request_object(
            "POST",
            f"/api/v1/functions/id/{function_id}/valves/update",
            f"an update of {function_id}'s valves",
            json=dict(values),
        )

    def available_models(self) -> list[str]:
        """Ids of the models this account may use, presets included."""
        body = self.request_object("GET", "/api/models", "the models")
        return [str(row["id"]) for row in body["data"]]

    def base_models(self) -> list[str]:
        """Ids of the models the AI endpoint offers, asked for now."""
        body = self.request_object("GET", "/api/models/base", "the base models")
        return [str(row["id"]) for row in body["data"]]

    def model_records(self) -> list[ModelRecord]:
        """Everything stored about models: presets, and base models with grants of their own."""
        rows = self.request_list("GET", "/api/v1/models/all", "all model records")
        return [model_of(row) for row in rows]

    def create_model(self, model: ModelRecord) -> None:
        """Store a preset (or register a base model) with its grants."""
        self.request_object("POST", "/api/v1/models/create", f"a new model {model.id}", json=model_form(model))

    def update_model(self, model: ModelRecord) -> None:
        """Replace what is stored about a model, its grants included (which take a request of their own)."""
        self.request_object("POST", "/api/v1/models/model/update", f"an update of {model.id}", json=model_form(model))
        self.grant_model(model.id, model.grants)

    def delete_model(self, model_id: str) -> None:
        """Remove a stored model; a base model stays available at the endpoint."""
        self.request("POST", "/api/v1/models/model/delete", f"the end of model {model_id}", json={"id": model_id})

    def grant_model(self, model_id: str, grants: Iterable[Grant]) -> None:
        """Replace who may use a model; registers a base model that is not stored yet."""
        self.request_object(
            "POST",
            "/api/v1/models/model/access/update",
            f"grants of {model_id}",
            json={"id": model_id, "access_grants": grant_forms(grants)},
        )

    def groups(self) -> list[Group]:
        """All groups (for a user: their own)."""
        rows = self.request_list("GET", "/api/v1/groups/", "the groups")
        return [Group(str(row["id"]), str(row["name"])) for row in rows]

    def create_group(self, name: str, *, description: str) -> Group:
        """Make a group; the identity provider's group of the same name fills it at sign-in."""
        row = self.request_object(
            "POST", "/api/v1/groups/create", f"a new group {name}", json={"name": name, "description": description}
        )
        return Group(str(row["id"]), str(row["name"]))

    def delete_group(self, group_id: str) -> None:
        """Remove a group, and with it all that was granted to it; its members stay."""
        self.request("DELETE", f"/api/v1/groups/id/{group_id}/delete", f"the end of group {group_id}")

    def group_members(self, group_id: str) -> list[str]:
        """Ids of the users in a group."""
        rows = self.request_list("POST", f"/api/v1/groups/id/{group_id}/users", f"members of group {group_id}")
        return [str(row["id"]) for row in rows]

    def remove_from_group(self, group_id: str, user_id: str) -> None:
        """Take a user out of a group."""
        self.request(
            "POST",
            f"/api/v1/groups/id/{group_id}/users/remove",
            f"the end of a membership in group {group_id}",
            json={"user_ids": [user_id]},
        )

    def end_sessions(self, user_id: str) -> None:
        """End all of somebody's sessions; they may sign in again, if the identity provider lets them."""
        self.request("POST", f"/api/v1/users/{user_id}/sessions/revoke", f"the end of the sessions of {user_id}")

    def users(self) -> list[User]:
        """Everybody who has signed in."""
        found: list[User] = []
        for page in range(1, 10_000):
            body = self.request_object("GET", "/api/v1/users/", "the users", params={"page": page})
            found += [user_of(row) for row in body["users"]]
            if not body["users"] or len(found) >= int(body["total"]):
                break
        return found

    def delete_user(self, user_id: str) -> None:
        """Remove somebody's account with their chats."""
        self.request("DELETE", f"/api/v1/users/{user_id}", f"the end of user {user_id}")

    def chat(self, chat_id: str) -> dict[str, Any]:
        """One chat as stored: `history.messages` by id."""
        return dict(self.request_object("GET", f"/api/v1/chats/{chat_id}", f"chat {chat_id}")["chat"])

    def request_object(
        self,
        method: str,
        path: str,
        asked: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """A request that is answered with a JSON object.

        Raises:
            OpenWebUIError: Another answer or none.
        """
        body = self.request(method, path, asked, json=json, params=params, files=files)
        if not isinstance(body, dict):
            raise OpenWebUIError(asked, f"expected an object, got {type(body).__name__}")
        return body

    def request_list(
        self, method: str, path: str, asked: str, *, params: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """A request that is answered with a JSON list.

        Raises:
            OpenWebUIError: Another answer or none.
        """
        body = self.request(method, path, asked, params=params)
        if not isinstance(body, list):
            raise OpenWebUIError(asked, f"expected a list, got {type(body).__name__}")
        return body

    def request(
        self,
        method: str,
        path: str,
        asked: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> Any:
        """A request that is answered with JSON; `asked` says in an error what it was for.

        Raises:
            OpenWebUIError: No answer, an error status, or no JSON.
        """
        try:
            answer = self._http.request(method, path, json=json, params=params, files=files)
        except httpx.HTTPError as error:
            refused = not_trusted(self._base_url) if is_refused(error) else None
            told = refused or f"no answer from {self._base_url} ({type(error).__name__})"
            raise OpenWebUIError(asked, told) from error
        # Open WebUI answers a path it does not have with 200 and its page.
        if not answer.headers.get("content-type", "").startswith("application/json"):
            kind = answer.headers.get("content-type", "nothing")
            raise OpenWebUIError(asked, f"{answer.status_code} with {kind} instead of JSON", status=answer.status_code)
        try:
            body = answer.json()
        except ValueError as error:
            raise OpenWebUIError(asked, "an answer that is no JSON", status=answer.status_code) from error
        if not answer.is_success:
            raise OpenWebUIError(asked, f"{answer.status_code} {_detail(body)}", status=answer.status_code)
        return body


def _detail(body: Any) -> str:
    detail = body.get("detail") if isinstance(body, dict) else None
    return str(detail or "without a reason")[:_DETAIL_LENGTH]
