"""Publications: handing in, revising, looking, trying again, cancelling, and following along."""

import base64
import binascii
import re
from typing import Annotated

from fastapi import Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from presswerk.messages import Message
from presswerk.publishing import FieldError, InvalidManuscript, Publication, State
from presswerk.web.api.dependencies import Caller, CurrentHub, signed_in_router
from presswerk.web.api.previews import PREVIEW_CHANGED
from presswerk.web.api.shapes import (
    ConfirmationInput,
    PublicationOutput,
    PublicationPage,
    PublicationRequest,
    RetryInput,
    SiteStateOutput,
)
from presswerk.web.languages import Language

router = signed_in_router("Publications")

_ID = re.compile(r"[0-9a-f-]{36}")
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)]


@router.post("/publications", status_code=202, responses=PREVIEW_CHANGED)
def accept(
    *,
    body: PublicationRequest,
    caller: Caller,
    hub: CurrentHub,
    language: Language,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> PublicationOutput:
    """Hand in an article, or confirm the preview of one; it goes to the site in the background."""
    if isinstance(body, ConfirmationInput):
        publication = hub.publications.accept_preview(caller, body.confirmation(), idempotency_key)
    else:
        publication = hub.publications.accept(caller, body.tenant, body.manuscript(), idempotency_key)
    return _shown(publication, response, language)


@router.put("/publications/{publication_id}", status_code=202, responses=PREVIEW_CHANGED)
def revise(
    *,
    publication_id: str,
    body: PublicationRequest,
    caller: Caller,
    hub: CurrentHub,
    language: Language,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> PublicationOutput:
    """Hand in a newer version of an article, or confirm the preview of one; it updates the same post."""
    if isinstance(body, ConfirmationInput):
        publication = hub.publications.revise_to_preview(caller, publication_id, body.confirmation(), idempotency_key)
    else:
        publication = hub.publications.revise(caller, publication_id, body.tenant, body.manuscript(), idempotency_key)
    return _shown(publication, response, language)


@router.get("/publications")
def page(
    *,
    caller: Caller,
    hub: CurrentHub,
    language: Language,
    tenant: Annotated[str | None, Query(max_length=100)] = None,
    state: State | None = None,
    source: Annotated[
        str | None, Query(max_length=255, description="chat:<chat_id> or chat:<chat_id>:<message_id>")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> PublicationPage:
    """List publications of my tenants, newest first."""
    if source is not None and not source.isprintable():
        raise InvalidManuscript(FieldError("source", Message("must be chat:<chat_id> or chat:<chat_id>:<message_id>")))
    found = hub.publications.page(
        caller, tenant=tenant, state=state, source=source, before=_read_cursor(cursor), limit=limit
    )
    return PublicationPage(
        items=[PublicationOutput.of(publication, language) for publication in found.items],
        next_cursor=None if found.next_before is None else _cursor(found.next_before),
    )


@router.get("/publications/{publication_id}")
def get(publication_id: str, caller: Caller, hub: CurrentHub, language: Language) -> PublicationOutput:
    """Look at a publication."""
    return PublicationOutput.of(hub.publications.get(caller, publication_id), language)


@router.get("/publications/{publication_id}/site")
def site_state(publication_id: str, caller: Caller, hub: CurrentHub) -> SiteStateOutput:
    """Ask the site what it holds now, and what somebody changed there since it was delivered."""
    return SiteStateOutput.model_validate(hub.publications.site_state(caller, publication_id))


@router.get(
    "/publications/{publication_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Server-sent events"}},
)
def events(
    *,
    request: Request,
    publication_id: str,
    caller: Caller,
    hub: CurrentHub,
    language: Language,
    last_event_id: Annotated[int, Header(alias="Last-Event-ID", ge=0, le=2**31 - 1)] = 0,
) -> Response:
    """Follow a publication until it reaches a final state."""
    publication = hub.publications.get(caller, publication_id)
    authorization = request.headers.get("authorization")
    return hub.streams.stream(
        caller, publication, last_event_id, lambda: hub.authenticator.authenticate(authorization), language
    )


@router.post("/publications/{publication_id}/retry", status_code=202)
def retry(
    *,
    publication_id: str,
    caller: Caller,
    hub: CurrentHub,
    language: Language,
    response: Response,
    body: RetryInput | None = None,
) -> PublicationOutput:
    """Try a failed publication again."""
    how = body or RetryInput()
    again = hub.publications.retry(caller, publication_id, on_conflict=how.on_conflict, if_gone=how.if_gone)
    return _shown(again, response, language)


@router.post("/publications/{publication_id}/take-over", status_code=202)
def take_over(
    publication_id: str, caller: Caller, hub: CurrentHub, language: Language, response: Response
) -> PublicationOutput:
    """Let a held publication go on in my right, at its scheduled time or now; its author stays its author."""
    return _shown(hub.publications.take_over(caller, publication_id), response, language)


@router.post("/publications/{publication_id}/cancel", status_code=202)
def cancel(
    publication_id: str, caller: Caller, hub: CurrentHub, language: Language, response: Response
) -> PublicationOutput:
    """Stop a publication before the site gets it."""
    return _shown(hub.publications.cancel(caller, publication_id), response, language)


def _shown(publication: Publication, response: Response, language: str) -> PublicationOutput:
    shown = PublicationOutput.of(publication, language)
    response.headers["Location"] = shown.links.self
    return shown


def _cursor(before: str) -> str:
    return base64.urlsafe_b64encode(before.encode()).decode().rstrip("=")


def _read_cursor(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    try:
        before = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        before = ""
    if not _ID.fullmatch(before):
        raise InvalidManuscript(FieldError("cursor", Message("is not one this API gave; start again without it")))
    return before
