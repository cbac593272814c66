"""A site without the connector, over core's own REST routes: look up, then create, then detect a twin.

It can do less than the connector: the post belongs to the connection's own user; a post deleted for good is made again;
edits made on the site are kept as WordPress's revisions but not reported; there is no place for SEO texts; and a
process that ends between making a post and looking for a twin leaves the twin as a second post.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, Literal, Self

import httpx

from presswerk.wordpress.client import publication_payload
from presswerk.wordpress.errors import PostGone, RevisionConflict, SiteRejected, StaleRevision
from presswerk.wordpress.marking import Mark, mark_of, marked
from presswerk.wordpress.model import Connection, PostContent, SiteImage, SitePost
from presswerk.wordpress.site_http import SiteHttp

_POSTS = "/wp/v2/posts"
_MEDIA = "/wp/v2/media"
_EVERY_STATUS = "publish,future,draft,pending,private,trash"
_PUBLIC = frozenset({"publish", "future", "private"})
_BY_HAND = frozenset({"private", "pending"})


class CoreClient:
    """Talks to one site like `SiteClient`, without the connector; use as a context manager.

    Args:
        connection: The site and the credentials.
        timeout_seconds: For connecting, and between two pieces of an answer.
        transport: Replaces the network, for tests.
    """

    def __init__(
        self, connection: Connection, *, timeout_seconds: float = 30.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._site = connection.public_url
        self._http = SiteHttp(connection, timeout_seconds=timeout_seconds, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def put_publication(self, publication: str, post: PostContent) -> SitePost:
        """Deliver a revision; repeating it gives the same post.

        Raises:
            StaleRevision: The site holds a newer revision.
            RevisionConflict: The site holds other content under this revision.
            PostGone: The post is in the trash.
            SiteRejected: A field does not suit the site.
        """
        payload = hashlib.sha256(json.dumps(publication_payload(post), sort_keys=True).encode()).hexdigest()
        wanted = Mark(publication, post.revision, payload)
        held = self._find(publication)
        if held is None:
            return self._create(post, wanted)
        known = _mark(held, publication)
        if known.revision > post.revision:
            raise StaleRevision(f"{self._site} already holds revision {known.revision}", remedy="nothing needs doing")
        if known.revision == post.revision:
            if known.payload_sha256 != payload:
                raise RevisionConflict(
                    f"{self._site} holds other content under this revision",
                    remedy="publish the article again as a new revision",
                )
            return self._described(held, publication, "unchanged")
        if post.status == "draft" and held["status"] in _PUBLIC:
            raise SiteRejected(
                f"somebody published this article on {self._site}, and a draft does not take it back",
                remedy="let an editor publish the new version",
            )
        fields = self._fields(post, wanted)
        if held["status"] in _PUBLIC and not post.slug_explicit:
            # Readers have the address.
            del fields["slug"]
        if held["status"] in _BY_HAND:
            # No delivery gives a post this status: somebody did, and it is not raised.
            del fields["status"]
        if post.status == "publish" and held["status"] == "future":
            # With the date it was scheduled for, WordPress would schedule it again.
            fields["date_gmt"] = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%S}"
        saved = self._http.ask("POST", f"{_POSTS}/{held['id']}", params={"context": "edit"}, json=fields)
        return self._described(saved, publication, "updated")

    def get_publication(self, publication: str) -> SitePost | None:
        """Read back the post a publication became; None when the site does not know it.

        Raises:
            PostGone: It is in the trash.
        """
        held = self._find(publication)
        return None if held is None else self._described(held, publication, None)

    def put_media(self, sha256: str, data: bytes, *, filename: str, media_type: str, alt: str) -> SiteImage:
        """Store an image once, known again by its slug; arguments and errors are those of `SiteClient`."""
        slug = f"presswerk-{sha256}"
        found = self._http.ask_list(_MEDIA, slug=slug)
        if found:
            return self._image(found[0], sha256, created=False)
        # A header takes no quote, no line break and nothing beyond Latin-1.
        stem = "".join(letter for letter in PurePath(filename).stem if letter.isascii() and letter.isalnum()) or "image"
        suffix = "".join(letter for letter in PurePath(filename).suffix if letter.isascii() and letter.isalnum())
        made = self._http.ask(
            "POST",
            _MEDIA,
            params={"slug": slug, "alt_text": alt, "generate_sub_sizes": "false"},
            content=data,
            headers={
                "Content-Type": media_type,
                "Content-Disposition": f'attachment; filename="{stem}.{suffix or media_type.rpartition("/")[2]}"',
            },
        )
        return self._image(made, sha256, created=True)

    def make_image_sizes(self, attachment_id: int) -> None:
        """Let the site make an image's thumbnails; safe to repeat."""
        self._http.ask("POST", f"{_MEDIA}/{attachment_id}/post-process", json={"action": "create-image-subsizes"})

    def _find(self, publication: str) -> Mapping[str, Any] | None:
        """The oldest post with the publication's mark."""
        found = self._with_mark(publication)
        present = [held for held in found if held["status"] != "trash"]
        if found and not present:
            raise PostGone(
                f"the post was deleted on {self._site}",
                remedy="restore it from the trash there, or publish the article anew",
            )
        return present[0] if present else None

    def _with_mark(self, publication: str) -> Sequence[Mapping[str, Any]]:
        found = self._http.ask_list(
            _POSTS, search=f'"{publication}"', status=_EVERY_STATUS, context="edit", orderby="id", order="asc"
        )
        try:
            return [held for held in found if mark_of(held["content"]["raw"], publication) is not None]
        except (KeyError, TypeError):
            raise self._http.half_answer() from None

    def _create(self, post: PostContent, mark: Mark) -> SitePost:
        made = self._http.ask("POST", _POSTS, params={"context": "edit"}, json=self._fields(post, mark))
        oldest = self._find(mark.publication)
        if oldest is not None and oldest["id"] != made["id"]:
            # Somebody else made it at the same moment and was first.
            self._http.ask("DELETE", f"{_POSTS}/{made['id']}")
            return self._described(oldest, mark.publication, "unchanged")
        return self._described(made, mark.publication, "created")

    def _fields(self, post: PostContent, mark: Mark) -> dict[str, Any]:
        try:
            content = marked(post.content, mark)
        except ValueError:
            raise SiteRejected(
                "the article does not begin with a block", remedy="write some text and publish again"
            ) from None
        fields: dict[str, Any] = {
            "title": post.title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
            "content": content,
            "excerpt": post.excerpt.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
            "slug": post.slug,
            "status": post.status,
            "featured_media": post.featured_media or 0,
        }
        if post.tags is not None:
            fields["tags"] = [self._term("tags", name) for name in post.tags]
        if post.categories:
            fields["categories"] = [self._term("categories", name) for name in post.categories]
        if post.status == "future" and post.date_gmt is not None:
            fields["date_gmt"] = f"{post.date_gmt.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}"
        return fields

    def _term(self, kind: Literal["tags", "categories"], name: str) -> int:
        answer = self._http.send("POST", f"/wp/v2/{kind}", json={"name": name})
        if answer.status_code == httpx.codes.BAD_REQUEST:
            try:
                return int(answer.json()["data"]["term_id"])  # `term_exists` says which
            except (KeyError, TypeError, ValueError):
                pass  # another refusal, told below
        return int(self._http.checked(answer)["id"])

    def _described(
        self, held: Mapping[str, Any], publication: str, outcome: Literal["created", "updated", "unchanged"] | None
    ) -> SitePost:
        me = self._http.ask("GET", f"/wp/v2/users/{held.get('author')}")
        try:
            return SitePost(
                publication=publication,
                post_id=int(held["id"]),
                revision=_mark(held, publication).revision,
                status=str(held["status"]),
                author_id=int(me["id"]),
                author_login=str(me["slug"]),
                author_name=str(me["name"]),
                content_sha256=hashlib.sha256(held["content"]["raw"].encode()).hexdigest(),
                link=str(held["link"]),
                preview_link=f"{self._site}/?p={held['id']}&preview=true",
                edit_link=f"{self._site}/wp-admin/post.php?post={held['id']}&action=edit",
                outcome=outcome,
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._http.half_answer() from None

    def _image(self, held: Mapping[str, Any], sha256: str, *, created: bool) -> SiteImage:
        try:
            details = held["media_details"]
            return SiteImage(
                attachment_id=int(held["id"]),
                sha256=sha256,
                url=str(held["source_url"]),
                width=details.get("width"),
                height=details.get("height"),
                mime_type=str(held["mime_type"]),
                created=created,
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._http.half_answer() from None


def _mark(held: Mapping[str, Any], publication: str) -> Mark:
    mark = mark_of(held["content"]["raw"], publication)
    return mark or Mark(publication, 0, "")
