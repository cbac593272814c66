"""What API requests and answers look like; docs/contracts.md is their specification."""

import base64
import binascii
import datetime as dt
from typing import Annotated, Any, Literal, Self

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

from presswerk.content import Dialect, LeadsTo
from presswerk.publishing import Attachment, Event, Manuscript, Publication, Source, State, Step
from presswerk.publishing.model import Confirmation, FailureCode
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
from presswerk.spec import Role, Tenant, TenantId
from presswerk.tenants import InvitationState, Origin, Phase
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


class PreviewChange(Input):
    """Fields of a preview to change; what is absent stays, null is what the article has by itself."""

    title: Line | None = None
    slug: Line | None = None
    excerpt: Text | None = None
    tags: Terms | None = None
    categories: Terms = []
    picture: Reference | None = None
    target: Literal["draft", "publish"] = "draft"
    scheduled_for: Moment | None = None

    def changes(self) -> dict[str, Any]:
        """The fields that were sent."""
        values = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


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
    def of(cls, publication: Publication) -> Self:
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
            failure=None if publication.failure is None else FailureOutput.model_validate(publication.failure),
            warnings=list(publication.warnings),
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
    def of(cls, event: Event) -> Self:
        """Show an event."""
        return cls.model_validate(event)

    def text(self) -> str:
        """As JSON, without `post` when there is none."""
        return self.model_dump_json(exclude={"post"} if self.post is None else None)


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


class MembershipOutput(Output):
    """A role in a tenant."""

    tenant: str
    role: Role


class MeOutput(Output):
    """The caller."""

    issuer: str
    subject: str
    name: str
    operator: bool
    memberships: list[MembershipOutput]


class SiteOutput(Output):
    """A site the caller may write for."""

    tenant: str
    name: str
    url: str
    role: Role
    may: list[Literal["draft", "publish", "schedule"]]


class SiteList(Output):
    """The caller's sites by tenant id."""

    items: list[SiteOutput]


class ApiKeyInput(Input):
    """A key to make."""

    tenant: Word
    role: Role
    label: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
    expires_at: Moment | Literal["never"] | None = Field(
        None, description="90 days from now when left out; `never` for a key that has no end."
    )


class ApiKeyOutput(Output):
    """A key without its secret; one whose owner left the tenant works no more."""

    id: str
    tenant: str
    role: Role
    label: str
    created_by: PersonOutput
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None
    last_used_at: dt.datetime | None
    owner_left: bool

    @classmethod
    def fields_of(cls, key: Any, *, owner_left: bool = False) -> dict[str, Any]:
        """What is shown of a key."""
        names = ("id", "tenant", "role", "label", "created_at", "expires_at", "revoked_at", "last_used_at")
        by = PersonOutput(issuer=key.owner_issuer, subject=key.owner_subject, name=key.owner_name)
        return {"created_by": by, "owner_left": owner_left, **{name: getattr(key, name) for name in names}}


class NewApiKeyOutput(ApiKeyOutput):
    """A key just made: the only time its secret is shown."""

    secret: str


class ApiKeyList(Output):
    """Keys, newest first, revoked ones too."""

    items: list[ApiKeyOutput]


class TenantOutput(Output):
    """A tenant as declared, and how it is; `problem` says why it is not as wanted."""

    tenant: Tenant
    declared_in: Origin
    phase: Phase
    problem: str | None
    url: str | None
    remove_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime


class TenantList(Output):
    """Tenants by id."""

    items: list[TenantOutput]


class TenantChanges(Tenant):
    """The fields of a tenant to change; what is not sent stays as it is."""

    id: TenantId = ""
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] = ""


class MemberInput(Input):
    """A person's role in a tenant; names and address make an account for somebody new, or change them."""

    role: Role
    given_name: Annotated[str, StringConstraints(max_length=100)] = ""
    family_name: Annotated[str, StringConstraints(max_length=100)] = ""
    email: Annotated[str, StringConstraints(max_length=254)] = ""


class MemberOutput(Output):
    """A person's role in a tenant; an address that is not the tenant's to know is null."""

    user_name: str
    given_name: str
    family_name: str
    email: str | None
    role: Role


class MemberList(Output):
    """A tenant's members by name."""

    items: list[MemberOutput]


class PutMemberOutput(MemberList):
    """The members after a change; of an account just made, this once, the first password."""

    first_password: str | None


class InvitationInput(Input):
    """An invitation to make; `email` says where its link is sent, and nothing about who may accept it."""

    role: Role
    email: Annotated[str, StringConstraints(max_length=254)] | None = None


class InvitationOutput(Output):
    """An invitation without its link."""

    id: str
    tenant: str
    role: Role
    email: str | None
    state: InvitationState
    invited_by: PersonOutput
    accepted_by: PersonOutput | None
    created_at: dt.datetime
    expires_at: dt.datetime


class NewInvitationOutput(InvitationOutput):
    """An invitation just made: the only time its link is shown."""

    link: str


class InvitationList(Output):
    """A tenant's invitations, newest first."""

    items: list[InvitationOutput]


class ProblemOutput(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: list[dict[Literal["field", "message"], str]] | None = None
