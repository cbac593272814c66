"""What API requests and answers look like; docs/contracts.md is their specification."""

import base64
import binascii
import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    field_validator,
)

from presswerk.content import Dialect
from presswerk.publishing import Attachment, Event, Manuscript, Publication, Source, State, Step
from presswerk.publishing.model import Confirmation, Failure, FailureCode
from presswerk.publishing.validating import (
    LANGUAGE,
    MAX_ATTACHMENT_BYTES,
    MAX_ATTACHMENTS,
    MAX_EXCERPT_LENGTH,
    MAX_LINE_LENGTH,
    MAX_MARKDOWN_BYTES,
    MAX_REFERENCE_LENGTH,
    MAX_TERM_LENGTH,
    MAX_TERMS,
    MAX_WORD_LENGTH,
)
from presswerk.wordpress.model import IfGone, OnConflict, Presence, SiteEdit, SiteField

# A bound on every string and list stands here, before anything looks at what is in them: see `test_bounds.py`.
Word = Annotated[str, StringConstraints(max_length=MAX_WORD_LENGTH)]
Line = Annotated[str, StringConstraints(max_length=MAX_LINE_LENGTH)]
Reference = Annotated[str, StringConstraints(max_length=MAX_REFERENCE_LENGTH)]
Text = Annotated[str, StringConstraints(max_length=MAX_EXCERPT_LENGTH)]
Markdown = Annotated[str, StringConstraints(max_length=MAX_MARKDOWN_BYTES)]
Terms = Annotated[list[Annotated[str, StringConstraints(max_length=MAX_TERM_LENGTH)]], Field(max_length=MAX_TERMS)]


def _in_utc(moment: dt.datetime) -> dt.datetime:
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:
        raise ValueError("must be a time between the years 1 and 9999 in UTC, too") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
_MAX_BASE64_LENGTH = (MAX_ATTACHMENT_BYTES + 2) // 3 * 4


class Input(BaseModel):
    """A request's body; a field we do not know is an error, not a surprise later."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class AttachmentInput(Input):
    """A file sent along; `data` is base64."""

    filename: Line
    data: bytes = Field(json_schema_extra={"format": "byte", "maxLength": _MAX_BASE64_LENGTH})
    media_type: Word = "application/octet-stream"
    reference: Reference | None = None
    alt: Text = ""

    @field_validator("data", mode="before")
    @classmethod
    def _decode(cls, value: object) -> bytes:
        if not isinstance(value, str):
            raise ValueError("must be a string of base64")
        if len(value) > _MAX_BASE64_LENGTH:
            raise ValueError(f"must be at most {MAX_ATTACHMENT_BYTES // 1024 // 1024} MiB; make the image smaller")
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("is not valid base64") from None


class SourceInput(Input):
    """Where an article came from."""

    kind: Literal["chat", "cli", "api", "mcp"] = "api"
    chat_id: Word | None = None
    message_id: Word | None = None


class PublicationInput(Input):
    """An article to publish."""

    tenant: Word
    markdown: Markdown
    target: Literal["draft", "publish"] = "draft"
    title: Line | None = None
    slug: Line | None = None
    excerpt: Text | None = None
    scheduled_for: Moment | None = None
    categories: Terms = []
    tags: Terms | None = None
    language: Annotated[str, StringConstraints(max_length=35, pattern=LANGUAGE)] | None = None
    attachments: Annotated[list[AttachmentInput], Field(max_length=MAX_ATTACHMENTS)] = []
    source: SourceInput = SourceInput()
    dialect: Dialect | None = Field(
        default=None,
        description="How the Markdown is read: as Open WebUI shows a message, or as CommonMark with GitHub's"
        " extensions. Null: chat for source.kind chat, else commonmark.",
    )
    picture: Reference | None = Field(
        default=None, description='Source of the featured image. Null: the first image of the article; "": none.'
    )
    on_conflict: OnConflict | None = Field(
        default=None,
        description="What to do about fields that somebody changed on the site; null: ask from the chat, else keep.",
    )

    def manuscript(self) -> Manuscript:
        """The article as the publishing room takes it."""
        return Manuscript(
            markdown=self.markdown,
            target=self.target,
            title=self.title,
            slug=self.slug,
            excerpt=self.excerpt,
            scheduled_for=self.scheduled_for,
            categories=tuple(self.categories),
            tags=None if self.tags is None else tuple(self.tags),
            language=self.language,
            attachments=tuple(Attachment(**dict(each)) for each in self.attachments),
            source=Source(**dict(self.source)),
            dialect=self.dialect,
            picture=self.picture,
            on_conflict=self.on_conflict,
        )


class RetryInput(Input):
    """How to try again."""

    on_conflict: OnConflict | None = Field(default=None, description="null: as before")
    if_gone: IfGone | None = Field(
        default=None, description="For a post in the trash or deleted: restore it, or make a new one; null: fail."
    )


class ConfirmationInput(Input):
    """A preview to publish as it is."""

    preview: Word = Field(description="Its id.")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", max_length=64, description="Of what its author saw.")
    on_conflict: OnConflict | None = Field(default=None, description="null: as the preview was asked for")

    def confirmation(self) -> Confirmation:
        """As the publishing room takes it."""
        return Confirmation(**dict(self))


def _kind(body: object) -> str:
    # Bodies come here twice: as they were sent, and as the model that was made of them.
    named = isinstance(body, dict) and "preview" in body
    return PREVIEW_TAG if named or isinstance(body, ConfirmationInput) else ARTICLE_TAG


ARTICLE_TAG, PREVIEW_TAG = "#article", "#preview"
PublicationRequest = Annotated[
    Annotated[PublicationInput, Tag(ARTICLE_TAG)] | Annotated[ConfirmationInput, Tag(PREVIEW_TAG)], Discriminator(_kind)
]
"""What becomes a publication: an article, or a preview of one."""


class Output(BaseModel):
    """An answer's body."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class PersonOutput(Output):
    """Somebody."""

    issuer: str
    subject: str
    name: str


class PostOutput(Output):
    """The post on the site."""

    post_id: int
    link: str
    preview_link: str
    edit_link: str
    author: str
    status: str


class DifferenceOutput(Output):
    """A field that somebody changed on the site; of the text, excerpts of the changed paragraphs, pair by pair."""

    field: SiteField
    delivered: str | list[str | None] | None
    site: str | list[str | None] | None
    by: str | None
    at: dt.datetime | None


class SiteEditOutput(DifferenceOutput):
    """A difference the newest delivery met, and what became of what stood on the site."""

    outcome: Literal["left", "merged", "replaced"]

    @classmethod
    def of(cls, edit: SiteEdit) -> Self:
        """Show it."""
        return cls(**dict(DifferenceOutput.model_validate(edit.difference)), outcome=edit.outcome)


class OpenedByOutput(Output):
    """Somebody who has the post open in the site's editor, and when they were seen there last."""

    name: str
    at: dt.datetime


class FailureOutput(Output):
    """Why a publication failed; `conflict` has `differences` and `opened_by`, `gone` has `presence`."""

    step: Step
    reason: str
    remedy: str
    retryable: bool
    code: FailureCode | None
    differences: list[DifferenceOutput]
    opened_by: OpenedByOutput | None
    presence: Presence | None

    @classmethod
    def of(cls, failure: Failure, language: str) -> Self:
        """Show a failure."""
        worded = {"reason": failure.reason.worded(language), "remedy": failure.remedy.worded(language)}
        return cls.model_validate({**vars(failure), **worded})


class SitePostOutput(Output):
    """The post as the site has it now."""

    post_id: int
    revision: int
    status: str
    author: str = Field(validation_alias="author_name")
    link: str
    preview_link: str
    edit_link: str


class SiteStateOutput(Output):
    """What the site holds of a publication now; `post` is null when it is in the trash, deleted, or never got there."""

    presence: Presence
    post: SitePostOutput | None
    opened_by: OpenedByOutput | None
    differences: list[DifferenceOutput]
    gone_by: str | None
    gone_at: dt.datetime | None


class SourceOutput(Output):
    """Where an article came from."""

    kind: str
    chat_id: str | None
    message_id: str | None


class LinksOutput(Output):
    """Where to go on."""

    self: str
    events: str


class PublicationOutput(Output):
    """A publication."""

    id: str
    tenant: str
    revision: int
    state: State
    step: Step | None
    title: str
    target: Literal["draft", "publish"]
    created_at: dt.datetime
    updated_at: dt.datetime
    due_at: dt.datetime | None = Field(description="Not before this time: as scheduled, or the next automatic try.")
    created_by: PersonOutput
    source: SourceOutput
    post: PostOutput | None
    failure: FailureOutput | None
    warnings: list[str]
    on_conflict: OnConflict
    site_edits: list[SiteEditOutput]
    links: LinksOutput

    @classmethod
    def of(cls, publication: Publication, language: str) -> Self:
        """Show a publication."""
        address = f"/api/v1/publications/{publication.id}"
        return cls(
            id=publication.id,
            tenant=publication.tenant,
            revision=publication.revision,
            state=publication.state,
            step=publication.step,
            title=publication.title,
            target=publication.target,
            created_at=publication.created_at,
            updated_at=publication.updated_at,
            due_at=publication.due_at,
            created_by=PersonOutput.model_validate(publication.creator),
            source=SourceOutput.model_validate(publication.source),
            post=None if publication.post is None else PostOutput.model_validate(publication.post),
            failure=None if publication.failure is None else FailureOutput.of(publication.failure, language),
            warnings=[warning.worded(language) for warning in publication.warnings],
            on_conflict=publication.on_conflict,
            site_edits=[SiteEditOutput.of(edit) for edit in publication.site_edits],
            links=LinksOutput(self=address, events=f"{address}/events"),
        )


class PublicationPage(Output):
    """Publications, newest first; `next_cursor` is null at the end."""

    items: list[PublicationOutput]
    next_cursor: str | None


class EventOutput(Output):
    """The data of one event in a stream; `post` only where the post has just been made or updated."""

    publication: str
    revision: int
    state: State
    step: Step | None
    message: str
    at: dt.datetime
    post: PostOutput | None = None

    @classmethod
    def of(cls, event: Event, language: str) -> Self:
        """Show an event."""
        return cls.model_validate({**vars(event), "message": event.message.worded(language)})

    def text(self) -> str:
        """As JSON, without `post` when there is none."""
        return self.model_dump_json(exclude={"post"} if self.post is None else None)


class ProblemOutput(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: list[dict[Literal["field", "message"], str]] | None = None
