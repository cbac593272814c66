"""A publication's life as values: its states, its steps, and which state may follow which."""

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from presswerk.content import Dialect
from presswerk.declaration import Role
from presswerk.messages import Message
from presswerk.wordpress.model import Difference, IfGone, OnConflict, OpenedBy, PostContent, Presence, SiteEdit

Target = Literal["draft", "publish"]
EventKind = Literal["state", "step", "warning"]
FailureCode = Literal["conflict", "gone", "already-published", "owner-left", "owner-unseen"]


class State(enum.StrEnum):
    """Where a publication stands."""

    ACCEPTED = "accepted"  # stored; a worker takes it as soon as one is free
    SCHEDULED = "scheduled"  # stored; waits for the time its author chose
    RUNNING = "running"  # a worker has begun, or waits to try the site again
    HELD = "held"  # stopped, because whoever handed it in may not any more; an editor takes it over
    DRAFTED = "drafted"  # stands on the site as a draft
    PUBLISHED = "published"  # stands on the site for everybody
    FAILED = "failed"  # given up; `Failure` says at which step, why, and what to do
    CANCELLED = "cancelled"  # stopped by a person before the site got it

    @property
    def final(self) -> bool:
        """Whether nothing more happens by itself."""
        return self in _FINAL


_FINAL = frozenset({State.HELD, State.DRAFTED, State.PUBLISHED, State.FAILED, State.CANCELLED})

_FROM_WAITING = frozenset({State.ACCEPTED, State.SCHEDULED, State.RUNNING, State.HELD, State.FAILED, State.CANCELLED})

FOLLOWERS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.ACCEPTED: _FROM_WAITING,
        State.SCHEDULED: _FROM_WAITING,
        State.RUNNING: frozenset(State),
        State.HELD: frozenset({State.ACCEPTED, State.SCHEDULED, State.CANCELLED}),
        # A final state ends only by a person: a new revision, or another try.
        State.DRAFTED: frozenset({State.ACCEPTED, State.SCHEDULED}),
        State.PUBLISHED: frozenset({State.ACCEPTED, State.SCHEDULED}),
        State.FAILED: frozenset({State.ACCEPTED, State.SCHEDULED}),
        State.CANCELLED: frozenset({State.ACCEPTED, State.SCHEDULED}),
    }
)
"""Which state may follow which; the store refuses every other change."""


def predecessors(state: State) -> frozenset[State]:
    """The states that `state` may follow."""
    return frozenset(before for before, after in FOLLOWERS.items() if state in after)


class Step(enum.StrEnum):
    """What a worker does for one revision, in this order."""

    PREPARE = "prepare"  # Markdown becomes an article; its images are found
    ILLUSTRATE = "illustrate"  # its images are fetched, where it has any
    DELIVER = "deliver"  # one request brings text and images, and answers with what the site read back
    CONFIRM = "confirm"  # what earlier versions did apart: the post was read back
    ANNOUNCE = "announce"  # the final state, for stream, audit trail and metrics


@dataclass(frozen=True)
class Failure:
    """Why a publication stands still.

    Attributes:
        step: Where it happened.
        reason: One clause for an author.
        remedy: What to do about it.
        retryable: Whether trying the same again may help.
        code: What happened, for programs; None where `reason` is all there is to say.
        differences: With `conflict`: what somebody changed on the site.
        opened_by: With `conflict`: who has the post open in the editor there.
        presence: With `gone`: whether the post is in the trash or deleted for good.
    """

    step: Step
    reason: Message
    remedy: Message
    retryable: bool
    code: FailureCode | None = None
    differences: tuple[Difference, ...] = ()
    opened_by: OpenedBy | None = None
    presence: Presence | None = None


@dataclass(frozen=True)
class Submitter:
    """Somebody as known when they acted; keyed by (issuer, subject)."""

    issuer: str
    subject: str
    name: str
    email: str | None
    role: Role


@dataclass(frozen=True)
class Attachment:
    """A file sent along; `reference` is the address the Markdown uses for it, None when the text does not name it."""

    filename: str
    media_type: str
    data: bytes = field(repr=False)
    reference: str | None = None
    alt: str = ""


@dataclass(frozen=True)
class Source:
    """Where an article came from."""

    kind: Literal["chat", "cli", "api", "mcp"] = "api"
    chat_id: str | None = None
    message_id: str | None = None


@dataclass(frozen=True)
class Manuscript:
    """One version of an article as its author hands it in.

    `on_conflict` is about the handing in and not about the article: two manuscripts that differ in nothing else are
    equal (`manuscript_sha256`). None: as `source` makes it usual.

    Attributes:
        dialect: How the Markdown is read; None: as its source writes it (`read_as`).
        tags: None: those of the site's tags that the text names.
        picture: What its featured image is named by (`Composition.reference`); None for its first image, "" for none.
    """

    markdown: str
    target: Target = "draft"
    title: str | None = None
    slug: str | None = None
    excerpt: str | None = None
    scheduled_for: dt.datetime | None = None
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] | None = None
    language: str | None = None
    attachments: tuple[Attachment, ...] = ()
    source: Source = Source()
    dialect: Dialect | None = None
    picture: str | None = None
    on_conflict: OnConflict | None = None

    @property
    def read_as(self) -> Dialect:
        """The dialect its Markdown is read in."""
        return self.dialect or ("chat" if self.source.kind == "chat" else "commonmark")

    @property
    def resolves_conflicts(self) -> OnConflict:
        """What is done about changes made on the site: somebody in the chat can be asked, a program cannot."""
        return self.on_conflict or ("ask" if self.source.kind == "chat" else "keep")


@dataclass(frozen=True)
class Confirmation:
    """A preview that its owner wants published; `on_conflict` None: as the preview was asked for."""

    preview: str
    sha256: str
    on_conflict: OnConflict | None = None

    @property
    def key(self) -> str:
        """An idempotency key; with its spaces no caller's own key is equal."""
        return f"preview {self.preview[:36]} {self.sha256}"


@dataclass(frozen=True)
class Delivery:
    """What a site gets for one revision, settled once: every repeat sends the same.

    Attributes:
        content: The post.
    """

    content: PostContent


@dataclass(frozen=True)
class PostReference:
    """The post a publication became."""

    post_id: int
    link: str
    preview_link: str
    edit_link: str
    author: str
    status: str


@dataclass(frozen=True)
class Run:
    """One attempt of a worker at one revision; every change a worker makes is conditional on it being the newest."""

    publication: str
    revision: int
    attempt: int


@dataclass(frozen=True)
class Publication:
    """One article on its way to a site.

    Attributes:
        attempt: Number of the newest run at this revision, over all tries.
        tries: Automatic tries since a person last acted on it.
        due_at: Not before this time: the author's schedule, or the next automatic try.
        accepted_at: When a person last acted on it; automatic tries end a fixed time after it.
        post: As last delivered, of whichever revision that was; None again when it is gone from the site.
        on_conflict: What the newest run does about changes made on the site.
        if_gone: What the newest run does about a post that is gone; None: it fails.
        site_edits: What somebody had changed on the site when the newest revision was delivered, and what became of it.
    """

    id: str
    tenant: str
    revision: int
    attempt: int
    tries: int
    state: State
    step: Step | None
    title: str
    target: Target
    creator: Submitter
    source: Source
    created_at: dt.datetime
    updated_at: dt.datetime
    accepted_at: dt.datetime
    due_at: dt.datetime | None = None
    post: PostReference | None = None
    failure: Failure | None = None
    warnings: tuple[Message, ...] = ()
    on_conflict: OnConflict = "keep"
    if_gone: IfGone | None = None
    site_edits: tuple[SiteEdit, ...] = ()

    @property
    def run(self) -> Run:
        """The newest run."""
        return Run(self.id, self.revision, self.attempt)


@dataclass(frozen=True)
class Event:
    """Something that happened to a publication; `sequence` counts from 1 within it, `message` is for an author."""

    publication: str
    sequence: int
    kind: EventKind
    revision: int
    state: State
    step: Step | None
    message: Message
    at: dt.datetime
    post: PostReference | None = None
