"""Previews: looking at an article as it would be delivered, and changing it, before it is confirmed."""

import datetime as dt
from typing import Any, Literal

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from presswerk.content import Dialect, LeadsTo
from presswerk.publishing import Preview, PreviewChanged
from presswerk.publishing.previews import shown_content
from presswerk.web.admission import Admission
from presswerk.web.api.dependencies import Caller, CurrentHub, hub, signed_in_router
from presswerk.web.api.shapes import (
    Input,
    Line,
    Moment,
    Output,
    ProblemOutput,
    PublicationInput,
    Reference,
    SourceOutput,
    Terms,
    Text,
)
from presswerk.web.hub import Hub
from presswerk.web.languages import Language, language_of
from presswerk.web.problems import problem

router = signed_in_router("Previews")


class LinkOutput(Output):
    """A link of an article."""

    text: str
    address: str
    leads_to: LeadsTo


class PictureOutput(Output):
    """An image of an article; `reference` is what `picture` names it by."""

    reference: str
    sha256: str
    alt: str
    filename: str
    media_type: str
    bytes: int
    featured: bool
    address: str


class PreviewOutput(Output):
    """An article as it would be delivered."""

    id: str
    tenant: str
    sha256: str = Field(description="Over all that would be delivered; a confirmation names it.")
    page: str = Field(description="Where its author looks at it and changes it in a browser.")
    created_at: dt.datetime
    expires_at: dt.datetime
    dialect: Dialect
    language: str
    title: str
    slug: str
    excerpt: str
    target: Literal["draft", "publish"]
    scheduled_for: dt.datetime | None
    content: str = Field(description="Block markup; its images are at their `address`.")
    tags: list[str] = Field(description="As delivered.")
    proposed_tags: list[str] = Field(description="Tags the text itself asks for; delivered only when chosen.")
    categories: list[str] = Field(description="As delivered; none: those chosen on the site stay.")
    default_category: str | None = Field(description="What a new post gets without categories; null when unknown.")
    links: list[LinkOutput]
    pictures: list[PictureOutput]
    warnings: list[str]
    left_out: list[str] = Field(description="Debris of a chat that is no part of the article.")
    word_count: int
    reading_time_minutes: int
    source: SourceOutput


class PreviewChange(Input):
    """Fields of a preview to change; what is absent stays, null is what the article has by itself."""

    title: Line | None = None
    slug: Line | None = None
    excerpt: Text | None = None
    tags: Terms | None = None
    categories: Terms = Field(default=[])
    picture: Reference | None = None
    target: Literal["draft", "publish"] = "draft"
    scheduled_for: Moment | None = None

    def changes(self) -> dict[str, Any]:
        """The fields that were sent."""
        values = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


class PreviewChangedOutput(ProblemOutput):
    """The preview is another one by now; `preview` is it as it is, null when there is none any more."""

    preview: PreviewOutput | None


PREVIEW_CHANGED: dict[int | str, dict[str, Any]] = {
    409: {"model": PreviewChangedOutput, "description": "It is not possible now, or the preview has changed"}
}


@router.post("/previews", status_code=201)
async def make(
    *,
    body: PublicationInput,
    caller: Caller,
    hub: CurrentHub,
    language: Language,
    request: Request,
    response: Response,
) -> PreviewOutput:
    """Compose an article and show what would be delivered; nothing is sent."""
    previews = hub.previews
    draft = await run_in_threadpool(lambda: previews.begin(caller, body.tenant, body.manuscript()))
    if draft.waits_for_others:
        await request.state.heavy_turn.aclose()
        admission: Admission = request.app.state.admission
        obtained = await admission.fetch(caller, lambda: previews.obtain(draft))
    else:
        obtained = await run_in_threadpool(previews.obtain, draft)
    shown = await run_in_threadpool(lambda: _shown(previews.complete(caller, draft, obtained), hub, language))
    response.headers["Location"] = _address(shown.id)
    return shown


@router.get("/previews/{preview_id}")
def get(preview_id: str, caller: Caller, hub: CurrentHub, language: Language) -> PreviewOutput:
    """Look at a preview of mine."""
    return _shown(hub.previews.get(caller, preview_id), hub, language)


@router.patch("/previews/{preview_id}", responses=PREVIEW_CHANGED)
def change(preview_id: str, body: PreviewChange, caller: Caller, hub: CurrentHub, language: Language) -> PreviewOutput:
    """Change fields of a preview of mine; it has another sha256 afterwards."""
    return _shown(hub.previews.change(caller, preview_id, body.changes()), hub, language)


@router.get(
    "/previews/{preview_id}/pictures/{sha256}",
    response_class=Response,
    responses={200: {"content": {"image/*": {}}, "description": "The image"}},
)
def picture(preview_id: str, sha256: str, caller: Caller, hub: CurrentHub) -> Response:
    """An image of a preview of mine."""
    image = hub.previews.image(caller, preview_id, sha256)
    return Response(image.data, media_type=image.media_type, headers={"Cache-Control": "private, no-store"})


def preview_changed(request: Request, error: Exception) -> JSONResponse:
    """The problem of a confirmation that is out of date."""
    if not isinstance(error, PreviewChanged):
        raise error
    shown = None if error.current is None else _shown(error.current, hub(request), language_of(request))
    members = {"preview": None if shown is None else shown.model_dump(mode="json")}
    return problem(request, 409, "preview-changed", "The preview has changed", error.message, members=members)


def _address(preview_id: str) -> str:
    return f"/api/v1/previews/{preview_id}"


def _shown(preview: Preview, hub: Hub, language: str) -> PreviewOutput:
    service = hub.previews
    manuscript, composition = preview.manuscript, preview.composition
    images = service.images(preview)
    places = f"{_address(preview.id)}/pictures"
    return PreviewOutput(
        id=preview.id,
        tenant=preview.tenant,
        sha256=preview.sha256,
        page=f"{hub.settings.public_url}/previews/{preview.id}",
        created_at=preview.created_at,
        expires_at=preview.expires_at,
        dialect=composition.dialect,
        language=composition.language,
        title=composition.title,
        slug=composition.slug,
        excerpt=composition.excerpt,
        target=manuscript.target,
        scheduled_for=manuscript.scheduled_for,
        content=shown_content(preview, images, lambda image: f"{places}/{image.sha256}"),
        tags=list(composition.tags),
        proposed_tags=list(composition.proposed_tags),
        categories=list(composition.categories),
        default_category=service.default_category(preview),
        links=[LinkOutput.model_validate(link) for link in composition.links],
        pictures=[
            PictureOutput(
                reference=composition.reference(number),
                sha256=image.sha256,
                alt=reference.alt,
                filename=image.filename,
                media_type=image.media_type,
                bytes=len(image.data),
                featured=number == composition.featured,
                address=f"{places}/{image.sha256}",
            )
            for number, (reference, image) in enumerate(zip(composition.images, images, strict=True))
        ],
        warnings=[warning.worded(language) for warning in composition.warnings],
        left_out=list(composition.left_out),
        word_count=composition.word_count,
        reading_time_minutes=composition.reading_time_minutes,
        source=SourceOutput.model_validate(manuscript.source),
    )
