"""The page of a publication: how it is, where its post is, and what can be done about what stands in its way."""

from typing import Any, get_args

from fastapi import Request
from starlette.responses import Response

from presswerk.declaration import Role
from presswerk.identity import Principal
from presswerk.messages import Message
from presswerk.publishing import NotPossibleNow, Publication, State
from presswerk.publishing.conflicts import STATUSES
from presswerk.publishing.steps import final_message
from presswerk.web.api.dependencies import Caller, CurrentHub
from presswerk.web.console.rendering import render, see_other
from presswerk.web.console.visitor import Form, OwnForm, page_router
from presswerk.web.hub import Hub
from presswerk.wordpress.model import IfGone, OnConflict

router = page_router()

_LOOK_AGAIN_SECONDS = 4
_UNDER_WAY = frozenset({State.ACCEPTED, State.RUNNING})
_LATER = frozenset({State.SCHEDULED})


@router.get("/publications/{publication_id}")
def show(request: Request, publication_id: str, visitor: Caller, hub: CurrentHub) -> Response:
    """Show how it is."""
    return _page(request, hub, visitor, hub.publications.get(visitor, publication_id))


@router.post("/publications/{publication_id}")
def act(request: Request, publication_id: str, visitor: Caller, hub: CurrentHub, form: OwnForm) -> Response:
    """Try it again, stop it, or take it over."""
    publication = hub.publications.get(visitor, publication_id)
    try:
        _act(hub, visitor, publication, form)
    except NotPossibleNow as error:
        later = hub.publications.get(visitor, publication_id)
        return _page(request, hub, visitor, later, refusal=error.message, status=409)
    return see_other(f"/publications/{publication.id}")


def _act(hub: Hub, visitor: Principal, publication: Publication, form: Form) -> None:
    match form.text("act"):
        case "retry":
            on_conflict, if_gone = form.text("on_conflict"), form.text("if_gone")
            hub.publications.retry(
                visitor,
                publication.id,
                on_conflict=_one_of(OnConflict, on_conflict),
                if_gone=_one_of(IfGone, if_gone),
            )
        case "cancel":
            hub.publications.cancel(visitor, publication.id)
        case "take-over":
            hub.publications.take_over(visitor, publication.id)
        case _:
            raise NotPossibleNow(Message("There is no such act; use the page's buttons."))


def _one_of(choices: Any, text: str) -> Any:
    return text if text in get_args(choices) else None


def _page(
    request: Request,
    hub: Hub,
    visitor: Principal,
    publication: Publication,
    *,
    refusal: Message | None = None,
    status: int = 200,
) -> Response:
    registered = hub.tenants.get(publication.tenant)
    author = visitor.is_person(publication.creator.issuer, publication.creator.subject)
    may_act = author or visitor.operator or visitor.may(Role.EDITOR, publication.tenant)
    context = {
        "publication": publication,
        "tenant": registered.tenant,
        "site": registered.public_url,
        "may_act": may_act,
        "may_edit": visitor.may(Role.EDITOR, publication.tenant),
        "may_cancel": may_act and publication.state in {*_UNDER_WAY, *_LATER, State.HELD},
        "refusal": refusal,
        "statuses": STATUSES,
        "stands": None if publication.post is None else final_message(publication.post.status),
    }
    refresh = {"Refresh": str(_LOOK_AGAIN_SECONDS)} if publication.state in _UNDER_WAY and refusal is None else {}
    return render(request, "publication.html", context, status=status, headers=refresh)
