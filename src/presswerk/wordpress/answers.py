"""What a site's answer means: JSON, or which error."""

import html
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx

from presswerk.wordpress.errors import (
    AlreadyPublished,
    ConnectorMissing,
    EditedOnSite,
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

BY_ITSELF = "it is tried again by itself"
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
        raise SiteUnavailable(f"{site} answered {answer.status_code} but no JSON{_page(answer)}", remedy=BY_ITSELF)
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
    """What a page says that came in place of JSON, so that somebody recognises who made it."""
    text = answer.content[:_MAX_NOISE].decode("utf-8", "replace")
    if "<" not in text:
        return ""
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    shown = re.sub(
        r"<(style|script)\b.*?</\1>|<[^>]*>", " ", title[1] if title else text, flags=re.IGNORECASE | re.DOTALL
    )
    words = " ".join("".join(each if each.isprintable() else " " for each in html.unescape(shown)).split())
    return f', but a page that says "{words[:_MAX_SHOWN]}"' if words else ""


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
            f"{site} answered {status}{_told(message)}", remedy=BY_ITSELF, retry_after_seconds=_retry_after(answer)
        )
    if urlsplit(answer.headers.get("Location", "")).path.endswith(_INSTALLATION):
        # What WordPress does while its database does not tell it that it is installed, as when one is being changed.
        return SiteUnavailable(f"{site} does not find its own content in its database", remedy=BY_ITSELF)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and not _is_about_credentials(code):
        return SiteBlocked(
            f"something on {site} refused the request before the connector saw it ({status}{_told(message)}"
            f"{_page(answer)})",
            remedy="ask the site's administrator which plugin closes the REST API, and let presswerk/v1 through",
        )
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return SiteRefusedCredentials(
            f"{site} refused the connection's credentials{_told(message)}",
            remedy="ask an operator to renew the site's connection",
        )
    return _explained(status, code, data, site) or SiteRejected(
        f"{site} refused it{_told(_with_fields(message, data))}", remedy="mend that and publish again"
    )


def _is_about_credentials(code: str) -> bool:
    return code in _CREDENTIAL_CODES or code.startswith("presswerk_")


def _explained(status: int, code: str, data: Mapping[str, Any], site: str) -> SiteError | None:
    """The error for an answer that says more than that something is wrong."""
    error: SiteError | None = None
    if code == "rest_no_route" or (status == HTTPStatus.NOT_FOUND and not code):
        error = ConnectorMissing(
            f"the Presswerk connector does not answer on {site}",
            remedy="ask an operator to run `presswerk up`, which links it into the site",
        )
    elif status == HTTPStatus.GONE:
        error = _gone(data, site)
    elif code == "presswerk_conflict":
        error = _conflict(data, site)
    elif code == "presswerk_already_published":
        error = AlreadyPublished(
            f"somebody published this article on {site}, and a draft does not take it back",
            remedy="let an editor publish the new version, or take the article back on the site first",
        )
    elif code == "presswerk_stale_revision":
        current = data.get("current_revision", "newer")
        error = StaleRevision(f"{site} already holds revision {current}", remedy="nothing needs doing")
    elif code == "presswerk_revision_conflict":
        error = RevisionConflict(
            f"{site} holds other content under this revision", remedy="publish the article again as a new revision"
        )
    elif HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        error = SiteRejected(
            f"{site} sends the delivery elsewhere ({status})", remedy="set the site's address to what it redirects to"
        )
    return error


def error_code(answer: httpx.Response) -> str:
    """WordPress's code of an error; empty where there is none."""
    return _error_body(answer)[0]


def _gone(data: Mapping[str, Any], site: str) -> PostGone:
    by = f"{data['by']}" if isinstance(data.get("by"), str) else "somebody"
    if data.get("presence") == "trash":
        return PostGone(
            f"{by} put the post into the trash on {site}",
            remedy="have it restored and updated, or publish the article anew",
            presence="trash",
        )
    return PostGone(f"{by} deleted the post on {site} for good", remedy="publish the article anew", presence="deleted")


def _conflict(data: Mapping[str, Any], site: str) -> SiteError:
    try:
        differences = tuple(read_difference(each) for each in data["differences"])
        opened_by = read_opened_by(data.get("opened_by"))
    except (KeyError, TypeError, ValueError):
        return SiteUnavailable(f"{site} answered incompletely", remedy=BY_ITSELF)
    if differences:
        reason = f"somebody changed the article on {site} since it was delivered"
    else:
        reason = f"{'somebody' if opened_by is None else opened_by.name} has the article open in the editor on {site}"
    return EditedOnSite(
        reason,
        remedy="decide whether to keep what is on the site, to replace it, or to merge both",
        differences=differences,
        opened_by=opened_by,
    )


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
