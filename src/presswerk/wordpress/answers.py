"""What a site's answer means: JSON, or which error."""

import html
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx

from presswerk.messages import Message, Value
from presswerk.wordpress.errors import (
    AlreadyPublished,
    ConnectorMissing,
    EditedOnSite,
    ImageRejected,
    PostGone,
    RevisionConflict,
    SiteBlocked,
    SiteError,
    SiteRefusedCredentials,
    SiteRejected,
    SiteUnavailable,
    StaleRevision,
)
from presswerk.wordpress.records import read_difference, read_opened_by

BY_ITSELF = Message("it is tried again by itself")
_MAX_NOISE = 64 * 1024
_MAX_BEGINNINGS = 200
_MAX_SHOWN = 100
_BEGINNING = re.compile(r"[{\[]")
# What WordPress itself and the connector say when a password is wrong or its user may not do this; any other refusal is
# somebody else's.
_CREDENTIAL_CODES = frozenset(
    {
        "application_passwords_disabled",
        "application_passwords_disabled_for_user",
        "incorrect_password",
        "invalid_email",
        "invalid_username",
        "rest_cannot_create",
        "rest_cannot_edit",
        "rest_cannot_read",
        "rest_cannot_view",
        "rest_forbidden",
        "rest_forbidden_context",
        "rest_not_logged_in",
    }
)
_TRANSIENT = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


def json_object(answer: httpx.Response, site: str) -> Mapping[str, Any]:
    """The JSON object of a good answer, also where a plugin printed something before it.

    Raises:
        SiteUnavailable: It is no JSON object: a maintenance page, or an answer cut short.
    """
    body = _read(answer)
    if not isinstance(body, dict):
        raise SiteUnavailable(
            Message("%(site)s answered %(status)s but no JSON%(details)s", **_what(answer, site)),
            remedy=BY_ITSELF,
        )
    return body


def _read(answer: httpx.Response) -> object:
    """The JSON value of an answer, None when it has none.

    Plugins print warnings, byte order marks and comments before and after it, which may have brackets of their own: the
    longest object or list is the answer.
    """
    text = answer.content.decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    found: object = None
    longest = at = 0
    for _ in range(_MAX_BEGINNINGS):
        beginning = _BEGINNING.search(text, at, at + _MAX_NOISE)
        if beginning is None:
            break
        try:
            value, at = decoder.raw_decode(text, beginning.start())
        except (ValueError, RecursionError):
            at = beginning.end()
            continue
        if at - beginning.start() > longest:
            found, longest = value, at - beginning.start()
    return found


def _page(answer: httpx.Response) -> str:
    """What a page says that came in place of JSON, so that somebody recognises who made it; empty where none came."""
    text = answer.content[:_MAX_NOISE].decode("utf-8", "replace")
    if "<" not in text:
        return ""
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    shown = re.sub(
        r"<(style|script)\b.*?</\1>|<[^>]*>", " ", title[1] if title else text, flags=re.IGNORECASE | re.DOTALL
    )
    words = " ".join("".join(each if each.isprintable() else " " for each in html.unescape(shown)).split())
    return words[:_MAX_SHOWN]


def _what(answer: httpx.Response, site: str, message: str = "") -> dict[str, Value]:
    """Who answered what: values for a message, `details` what the site itself said, in its own language."""
    page = _page(answer)
    told: Value = Message(', but a page that says "%(text)s"', text=page) if page else _told(message)
    return {"site": site, "status": str(answer.status_code), "details": told}


_INSTALLATION = "/wp-admin/install.php"


def refusal(answer: httpx.Response, site: str) -> SiteError:
    """The error an answer that is no success stands for.

    Args:
        answer: With a status of 300 or more.
        site: The site's public address, for the message.
    """
    status, code, message, data = answer.status_code, *_error_body(answer)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRANSIENT:
        return SiteUnavailable(
            Message("%(site)s answered %(status)s%(details)s", site=site, status=str(status), details=_told(message)),
            remedy=BY_ITSELF,
            retry_after_seconds=_retry_after(answer),
        )
    if urlsplit(answer.headers.get("Location", "")).path.endswith(_INSTALLATION):
        # What WordPress does while its database does not tell it that it is installed, as when one is being changed.
        reason = Message("%(site)s does not find its own content in its database", site=site)
        return SiteUnavailable(reason, remedy=BY_ITSELF)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and not _is_about_credentials(code):
        return SiteBlocked(
            Message(
                "something on %(site)s refused the request before the connector saw it (%(status)s%(details)s)",
                **_what(answer, site, message),
            ),
            remedy=Message(
                "ask the site's administrator which plugin closes the REST API, and let presswerk/v1 through"
            ),
        )
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return SiteRefusedCredentials(
            Message("%(site)s refused the connection's credentials%(details)s", site=site, details=_told(message)),
            remedy=Message("ask an operator to renew the site's connection"),
        )
    error = _explained(status, code, data, site)
    if error is None:
        reason = Message("%(site)s refused it%(details)s", site=site, details=_told(_with_fields(message, data)))
        remedy, image = Message("fix this and publish again"), data.get("image")
        if isinstance(image, str):
            error = ImageRejected(reason, remedy=remedy, sha256=image)
        else:
            error = SiteRejected(reason, remedy=remedy)
    return error


def _is_about_credentials(code: str) -> bool:
    return code in _CREDENTIAL_CODES or code.startswith("presswerk_")


def _explained(status: int, code: str, data: Mapping[str, Any], site: str) -> SiteError | None:
    """The error for an answer that says more than that something is wrong."""
    error: SiteError | None = None
    if code == "rest_no_route" or (status == HTTPStatus.NOT_FOUND and not code):
        error = ConnectorMissing(
            Message("the Presswerk connector does not answer on %(site)s", site=site),
            remedy=Message("ask an operator to run `presswerk up`, which links it into the site"),
        )
    elif status == HTTPStatus.GONE:
        error = _gone(data, site)
    elif code == "presswerk_conflict":
        error = _conflict(data, site)
    elif code == "presswerk_already_published":
        error = AlreadyPublished(
            _published(str(data.get("post_status")), site),
            remedy=Message("let an editor publish the new version, or take the article back on the site first"),
        )
    elif code == "presswerk_stale_revision":
        reason = Message(
            "%(site)s already holds revision %(revision)s", site=site, revision=str(data.get("current_revision", "?"))
        )
        error = StaleRevision(reason, remedy=Message("nothing needs doing"))
    elif code == "presswerk_revision_conflict":
        error = RevisionConflict(
            Message("%(site)s holds other content under this version", site=site),
            remedy=Message("publish the article again as a new version"),
        )
    elif HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        error = SiteRejected(
            Message("%(site)s sends the delivery elsewhere (%(status)s)", site=site, status=str(int(status))),
            remedy=Message("ask an operator to set the site's address to what it redirects to"),
        )
    return error


def _published(status: str, site: str) -> Message:
    if status == "private":
        return Message("somebody made this article private on %(site)s, and a draft does not change it", site=site)
    if status == "future":
        return Message("somebody scheduled this article on %(site)s, and a draft does not take it back", site=site)
    return Message("somebody published this article on %(site)s, and a draft does not take it back", site=site)


def error_code(answer: httpx.Response) -> str:
    """WordPress's code of an error; empty where there is none."""
    return _error_body(answer)[0]


def reads_no_form(answer: httpx.Response) -> bool:
    """Whether a connector says that it reads no publication from a form, as those before version 0.3 did."""
    params = _error_body(answer)[2].get("params")
    return isinstance(params, dict) and "body" in params


def _gone(data: Mapping[str, Any], site: str) -> PostGone:
    by = data["by"] if isinstance(data.get("by"), str) else Message("somebody")
    if data.get("presence") == "trash":
        return PostGone(
            Message("%(by)s put the post into the trash on %(site)s", by=by, site=site),
            remedy=Message("have it restored and updated, or publish the article anew"),
            presence="trash",
        )
    return PostGone(
        Message("%(by)s deleted the post on %(site)s for good", by=by, site=site),
        remedy=Message("publish the article anew"),
        presence="deleted",
    )


def _conflict(data: Mapping[str, Any], site: str) -> SiteError:
    try:
        differences = tuple(read_difference(each) for each in data["differences"])
        opened_by = read_opened_by(data.get("opened_by"))
    except (KeyError, TypeError, ValueError):
        return half_answer(site)
    if differences:
        reason = Message("somebody changed the article on %(site)s since it was delivered", site=site)
    else:
        name = Message("somebody") if opened_by is None else opened_by.name
        reason = Message("%(name)s has the article open in the editor on %(site)s", name=name, site=site)
    return EditedOnSite(
        reason,
        remedy=Message("decide whether to keep what is on the site, to replace it, or to merge both"),
        differences=differences,
        opened_by=opened_by,
    )


def half_answer(site: str) -> SiteUnavailable:
    """The error for an answer that lacks what it should have."""
    return SiteUnavailable(Message("%(site)s answered incompletely", site=site), remedy=BY_ITSELF)


def _error_body(answer: httpx.Response) -> tuple[str, str, Mapping[str, Any]]:
    body = _read(answer)
    if not isinstance(body, dict):
        return "", "", {}
    data = body.get("data")
    return str(body.get("code", "")), str(body.get("message", ""))[:300], data if isinstance(data, dict) else {}


def _with_fields(message: str, data: Mapping[str, Any]) -> str:
    params = data.get("params")
    if not isinstance(params, dict):
        return message
    return "; ".join(f"{name}: {str(told)[:200]}" for name, told in params.items()) or message


def _told(message: str) -> str:
    return f": {message}" if message else ""


def _retry_after(answer: httpx.Response) -> float | None:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else None
