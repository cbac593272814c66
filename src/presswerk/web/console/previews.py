"""The page of a preview: an article as it would be delivered, what can be changed of it, and what sends it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from starlette.responses import Response

from presswerk.declaration import Role, Tenant
from presswerk.identity import Principal
from presswerk.messages import Message
from presswerk.publishing import FieldError, InvalidManuscript, Preview, PreviewChanged, Publication, State
from presswerk.publishing.model import Confirmation
from presswerk.publishing.previews import shown_content
from presswerk.web.api.dependencies import Caller, CurrentHub
from presswerk.web.api.previews import picture
from presswerk.web.console.article import readable
from presswerk.web.console.rendering import render, see_other
from presswerk.web.console.visitor import Form, OwnForm, page_router
from presswerk.web.hub import Hub

router = page_router()

ACTS = ("save", "draft", "publish", "schedule")
_MOST_TERMS_OFFERED = 60
_LOCAL_TIME = "%Y-%m-%dT%H:%M"
_NO_PICTURE = ""


@dataclass(frozen=True)
class _Notice:
    """What stands above the form: `code` is one of the template's sentences."""

    code: str
    errors: Sequence[FieldError] = ()


@router.get("/previews/{preview_id}")
def show(request: Request, preview_id: str, visitor: Caller, hub: CurrentHub, saved: bool = False) -> Response:
    """Show the article, and the form for what can be changed."""
    preview = hub.previews.get(visitor, preview_id)
    return _page(request, hub, visitor, preview, _Notice("saved") if saved else None)


router.get("/previews/{preview_id}/pictures/{sha256}")(picture)


@router.post("/previews/{preview_id}")
def act(request: Request, preview_id: str, visitor: Caller, hub: CurrentHub, form: OwnForm) -> Response:
    """Save changes, or send the article with them; what the author has not seen is shown first."""
    preview = hub.previews.get(visitor, preview_id)
    if preview.sha256 != form.text("sha256"):
        return _page(request, hub, visitor, preview, _Notice("changed"), status=409)
    tenant = hub.tenants.get(preview.tenant).tenant
    try:
        changed = _changed(hub, visitor, preview, form, tenant)
        if form.text("act") not in ACTS[1:]:
            return see_other(f"/previews/{preview.id}?saved=true")
        if not _as_typed(changed, form):
            return _page(request, hub, visitor, changed, _Notice("adjusted"), status=409)
        return see_other(f"/publications/{_send(hub, visitor, changed, form).id}")
    except InvalidManuscript as error:
        return _page(request, hub, visitor, preview, _Notice("invalid", error.errors), form=form, status=422)
    except PreviewChanged as error:
        return _page(request, hub, visitor, error.current or preview, _Notice("changed"), status=409)


def _changed(hub: Hub, visitor: Principal, preview: Preview, form: Form, tenant: Tenant) -> Preview:
    """The preview with what was typed, composed anew if anything is different."""
    typed = _typed(form, preview, tenant)
    now = {name: getattr(preview.manuscript, name) for name in typed}
    different = {name: value for name, value in typed.items() if value != now[name]}
    return hub.previews.change(visitor, preview.id, different) if different else preview


def _typed(form: Form, preview: Preview, tenant: Tenant) -> dict[str, Any]:
    """What the form says of a manuscript; an untouched field stays as the manuscript has it."""
    shown = _values(preview, tenant)
    typed: dict[str, Any] = {
        name: _line(form, name) or None for name in ("title", "slug", "excerpt") if _line(form, name) != shown[name]
    }
    for name, more in (("tags", "more_tags"), ("categories", "more_categories")):
        chosen = tuple(dict.fromkeys([*form.texts(name), *_listed(form.text(more))]))
        if chosen != tuple(shown[name]):
            typed[name] = chosen
    if form.text("picture") != shown["picture"]:
        typed["picture"] = form.text("picture")
    act = form.text("act")
    if act in ACTS[1:]:
        typed["target"] = "draft" if act == "draft" else "publish"
        typed["scheduled_for"] = typed_moment(form.text("time"), tenant) if act == "schedule" else None
    return typed


def _send(hub: Hub, visitor: Principal, preview: Preview, form: Form) -> Publication:
    confirmation = Confirmation(preview.id, preview.sha256)
    former = next((each for each in _formers(hub, visitor, preview) if each.id == form.text("instead")), None)
    if former is not None:
        return hub.publications.revise_to_preview(visitor, former.id, confirmation)
    return hub.publications.accept_preview(visitor, confirmation)


def _as_typed(preview: Preview, form: Form) -> bool:
    """Whether what would be delivered is what its author typed: a slug, say, may come out otherwise."""
    composition = preview.composition
    given = {name: text for name in ("title", "slug", "excerpt") if (text := _line(form, name))}
    return all(getattr(composition, name) == text for name, text in given.items())


def _page(
    request: Request,
    hub: Hub,
    visitor: Principal,
    preview: Preview,
    notice: _Notice | None = None,
    *,
    form: Form | None = None,
    status: int = 200,
) -> Response:
    tenant = hub.tenants.get(preview.tenant).tenant
    images = hub.previews.images(preview)
    pictures = f"/previews/{preview.id}/pictures"
    values = _values(preview, tenant)
    offered = _offered(hub, preview, values)
    if form is not None:
        values = {**values, **_filled(form)}
    context = {
        "preview": preview,
        "composition": preview.composition,
        "tenant": tenant,
        "content": readable(shown_content(preview, images, lambda image: f"{pictures}/{image.sha256}")),
        "pictures": [
            {
                "reference": preview.composition.reference(number),
                "alt": preview.composition.images[number].alt,
                "address": f"{pictures}/{image.sha256}",
            }
            for number, image in enumerate(images)
        ],
        "values": values,
        "offered": offered,
        "formers": _formers(hub, visitor, preview),
        "may_publish": visitor.may(Role.EDITOR, preview.tenant),
        "notice": notice,
        "errors": {} if notice is None else {error.field.split(".")[0]: error.message for error in notice.errors},
    }
    return render(request, "preview.html", context, status=status)


def _values(preview: Preview, tenant: Tenant) -> dict[str, Any]:
    """What the form shows of a preview."""
    composition, scheduled_for = preview.composition, preview.manuscript.scheduled_for
    featured = composition.featured
    return {
        "title": composition.title,
        "slug": composition.slug,
        "excerpt": composition.excerpt,
        "tags": list(composition.tags),
        "categories": list(composition.categories),
        "more_tags": "",
        "more_categories": "",
        "picture": _NO_PICTURE if featured is None else composition.reference(featured),
        "time": ""
        if scheduled_for is None
        else f"{scheduled_for.astimezone(ZoneInfo(tenant.time_zone)):{_LOCAL_TIME}}",
        "instead": None,
    }


def _filled(form: Form) -> dict[str, Any]:
    texts = ("title", "slug", "excerpt", "more_tags", "more_categories", "picture", "time", "instead")
    lists = ("tags", "categories")
    return {**{name: form.text(name) for name in texts}, **{name: form.texts(name) for name in lists}}


def _offered(hub: Hub, preview: Preview, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Terms to choose from: the chosen ones first, then what the text itself asks for, then the site's most used."""
    terms = hub.previews.terms(preview)
    tags = [*values["tags"], *preview.composition.proposed_tags, *(terms.tags[:_MOST_TERMS_OFFERED] if terms else ())]
    categories = [*values["categories"], *(terms.categories[:_MOST_TERMS_OFFERED] if terms else ())]
    return {"tags": list(dict.fromkeys(tags)), "categories": list(dict.fromkeys(categories))}


def _formers(hub: Hub, visitor: Principal, preview: Preview) -> tuple[Publication, ...]:
    """What became of the same message of the chat before: it can be updated instead."""
    source = preview.manuscript.source
    if source.kind != "chat" or source.chat_id is None or source.message_id is None:
        return ()
    address = f"chat:{source.chat_id}:{source.message_id}"
    found = hub.publications.page(visitor, tenant=preview.tenant, source=address, limit=3)
    return tuple(each for each in found.items if each.state is not State.CANCELLED)


def _line(form: Form, name: str) -> str:
    """A text as it was typed; browsers send line ends of their own."""
    return form.text(name).replace("\r\n", "\n").strip()


def _listed(text: str) -> list[str]:
    return [word for part in text.replace("\n", ",").split(",") if (word := " ".join(part.split()))]


def typed_moment(text: str, tenant: Tenant) -> dt.datetime:
    """A time as the tenant's clock shows it."""
    try:
        return dt.datetime.strptime(text, _LOCAL_TIME).replace(tzinfo=ZoneInfo(tenant.time_zone)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise InvalidManuscript(FieldError("scheduled_for", Message("choose a date and a time"))) from None
