"""What travels between the hub and a site, as values; the wire shapes are in docs/contracts.md."""

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import Literal

from presswerk.declaration import Role

OnConflict = Literal["ask", "keep", "replace", "merge"]
"""What a delivery does about fields that somebody changed on the site since the last one."""

IfGone = Literal["restore", "anew"]
"""What a delivery does about a post that is gone: take it out of the trash, or make a new one."""

Presence = Literal["present", "trash", "deleted", "unknown"]
"""Whether a publication's post is on the site; `unknown` to a site that never got it."""

SiteField = Literal["title", "text", "excerpt", "slug", "status", "tags", "categories", "featured_image", "author"]


@dataclass(frozen=True)
class Connection:
    """Credentials for one site.

    Attributes:
        public_url: The site's address without trailing slash; its host and port are sent as `Host`.
        internal_url: Where the hub reaches the site.
        user_name: The WordPress user the application password belongs to.
        application_password: The secret; never shown in a repr.
        kind: `managed` is the platform's own, `personal` a user's.
    """

    public_url: str
    internal_url: str
    user_name: str
    application_password: str = field(repr=False)
    kind: Literal["managed", "personal"] = "managed"


@dataclass(frozen=True)
class PostAuthor:
    """The person an article is attributed to."""

    issuer: str
    subject: str
    name: str
    email: str | None
    role: Role


@dataclass(frozen=True)
class PostImage:
    """An image of a post, and what stands in the post's content for it until the site has stored it.

    Attributes:
        sha256: Of its bytes, in lower-case hex.
        filename: As it should appear in the media library.
        media_type: Such as `image/png`.
        alt: Alternative text.
        id_slot: A number in place of its attachment's.
        address_slot: An address in place of its own.
    """

    sha256: str
    filename: str
    media_type: str
    alt: str
    id_slot: str
    address_slot: str


@dataclass(frozen=True)
class PostContent:
    """One revision of a publication as the site gets it.

    `tags` None and no `categories` leave those of the post; `slug_explicit` tells a slug that somebody named from one
    made of the title, which changes no address that readers have. `featured_image` is the SHA-256 of one of `images`;
    `featured_media` an attachment, of a revision that was settled before images went along.
    """

    revision: int
    title: str
    content: str
    excerpt: str
    slug: str
    status: Literal["draft", "publish"]
    author: PostAuthor
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] | None = ()
    featured_media: int | None = None
    seo_title: str = ""
    seo_description: str = ""
    slug_explicit: bool = False
    images: tuple[PostImage, ...] = ()
    featured_image: str | None = None

    @property
    def content_sha256(self) -> str:
        """The hash of the content in hex."""
        return hashlib.sha256(self.content.encode()).hexdigest()


@dataclass(frozen=True)
class Difference:
    """A field that is not as delivered, since somebody changed it on the site.

    Attributes:
        field: Which.
        delivered: As delivered: a text, or names of terms. Of the text, the changed paragraphs in excerpts.
        site: As the site has it now. Of the text, what stands there instead: as long as `delivered`, None where a
            paragraph has no counterpart.
        by: Who changed it, as the site names them; None where the site does not know.
        at: When; None where the site does not know.
    """

    field: SiteField
    delivered: str | tuple[str | None, ...] | None
    site: str | tuple[str | None, ...] | None
    by: str | None
    at: dt.datetime | None


@dataclass(frozen=True)
class SiteEdit:
    """A difference that a delivery met, and what became of what stood on the site."""

    difference: Difference
    outcome: Literal["left", "merged", "replaced"]


@dataclass(frozen=True)
class OpenedBy:
    """Somebody who has the post open in the site's editor, and until when they were seen there last."""

    name: str
    at: dt.datetime


@dataclass(frozen=True)
class SiteState:
    """What the site holds of a publication now."""

    presence: Presence
    post: "SitePost | None" = None
    differences: tuple[Difference, ...] = ()
    opened_by: OpenedBy | None = None
    gone_by: str | None = None
    gone_at: dt.datetime | None = None


@dataclass(frozen=True)
class SitePost:
    """The post a publication became, as the site says.

    Attributes:
        content_sha256: Of the stored post content, in lower-case hex.
        outcome: None when only read.
        site_edits: What somebody had changed on the site, and what the delivery made of it.
        opened_by: Who has the post open in the site's editor.
        address_changed: The slugs before and after, where readers have the address.
        images: The images that were delivered with it, in their order.
    """

    publication: str
    post_id: int
    revision: int
    status: str
    author_id: int
    author_login: str
    author_name: str
    content_sha256: str
    link: str
    preview_link: str
    edit_link: str
    outcome: Literal["created", "updated", "unchanged"] | None = None
    site_edits: tuple[SiteEdit, ...] = ()
    opened_by: OpenedBy | None = None
    address_changed: tuple[str, str] | None = None
    images: "tuple[SiteImage, ...]" = ()


@dataclass(frozen=True)
class SiteImage:
    """An attachment in the site's media library; width and height in pixels, None when the site does not know."""

    attachment_id: int
    sha256: str
    url: str
    width: int | None
    height: int | None
    mime_type: str
    created: bool


@dataclass(frozen=True)
class SiteTerms:
    """What articles may use of a site's own words.

    Attributes:
        tags: Most used first, like `categories`.
        default_category: What a post gets that has none.
        shortcodes: The names in brackets that the site would run.
    """

    tags: tuple[str, ...]
    categories: tuple[str, ...]
    default_category: str | None
    shortcodes: tuple[str, ...] = ()
