"""A site with the connector, over HTTP."""

import contextlib
import dataclasses
import datetime as dt
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

import httpx

from presswerk.declaration import Role
from presswerk.wordpress.answers import error_code, reads_no_form
from presswerk.wordpress.errors import ImageRejected, SiteError, SiteRejected
from presswerk.wordpress.model import (
    Connection,
    IfGone,
    OnConflict,
    PostContent,
    PostImage,
    SiteImage,
    SitePost,
    SiteState,
    SiteTerms,
)
from presswerk.wordpress.placing import UploadLimits, form, placed
from presswerk.wordpress.records import read_difference, read_opened_by, read_site_edit
from presswerk.wordpress.site_http import SiteHttp

_NAMESPACE = "/presswerk/v1"
_AS_PUT = {"X-HTTP-Method-Override": "PUT"}
_LIMITS_SECONDS = 600.0
CHECK_ISSUER = "urn:presswerk:check"
"""The issuer of an author who only checks that delivering works; no person is made on the site for it."""


@dataclass(frozen=True)
class SiteStatus:
    """What a site says of itself.

    Attributes:
        connector: Its version.
        wordpress: WordPress's version.
        php: PHP's.
        database: `sqlite` or `mysql`.
        sign_on: `ready`, `not configured` or the problem.
        must_use: Whether no click on the site switches the connector off.
        writable: Whether the database takes changes.
        uploads: How much of its images one request with a publication may bring along.
        installation: The digest of what it was installed by last; empty where nobody noted it, or it lost a part of it.
    """

    connector: str
    wordpress: str
    php: str
    database: str
    sign_on: str
    must_use: bool
    writable: bool
    uploads: UploadLimits
    installation: str = ""


class SiteClient:
    """Talks to one site as its connection's user; use as a context manager.

    Every method may raise `SiteUnavailable`, `SiteRefusedCredentials` and `ConnectorMissing`; others are named.

    Args:
        connection: The site and the credentials.
        timeout_seconds: For connecting, and between two pieces of an answer.
        transport: Replaces the network, for tests.
    """

    def __init__(
        self, connection: Connection, *, timeout_seconds: float = 30.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._http = SiteHttp(connection, timeout_seconds=timeout_seconds, transport=transport)
        self._limits: tuple[float, UploadLimits] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def status(self) -> SiteStatus:
        """Ask the connector how it is."""
        body = self._http.ask("GET", f"{_NAMESPACE}/status")
        return SiteStatus(
            **{name: str(body.get(name, "")) for name in ("connector", "wordpress", "php", "database", "sign_on")},
            must_use=body.get("must_use") is True,
            writable=body.get("writable") is True,
            uploads=UploadLimits.read(body),
            installation=str(body.get("installation", "")),
        )

    def terms(self) -> SiteTerms:
        """Which tags and categories the site has, at most the 2,000 most used of each, and which shortcodes."""
        body = self._http.ask("GET", f"{_NAMESPACE}/terms")
        try:
            tags, categories = (tuple(str(term["name"]) for term in body[kind]) for kind in ("tags", "categories"))
            default = body["default_category"]
            shortcodes = tuple(map(str, body["shortcodes"]))
        except (KeyError, TypeError):
            raise self._http.half_answer() from None
        return SiteTerms(tags, categories, None if default is None else str(default), shortcodes)

    def put_publication(
        self,
        publication: str,
        post: PostContent,
        *,
        images: Mapping[str, bytes] = MappingProxyType({}),
        on_conflict: OnConflict = "keep",
        if_gone: IfGone | None = None,
    ) -> SitePost:
        """Deliver a revision with its images in one request; repeating it is safe and gives the same post.

        Images that do not fit into the request go before it, one by one.

        Args:
            publication: Its UUID.
            post: The revision.
            images: The bytes of its images by their hash; the site holds those that are not here.
            on_conflict: What to do about fields that somebody changed on the site.
            if_gone: What to do when the post is in the trash or deleted; None: refuse.

        Raises:
            StaleRevision: The site holds a newer revision.
            RevisionConflict: The site holds other content under this revision.
            EditedOnSite: Somebody changed what this would change, and is to be asked.
            AlreadyPublished: Somebody published the post, and this is a draft.
            PostGone: Somebody deleted the post.
            ImageRejected: The site does not take an image; nothing is written of the publication.
            SiteRejected: A field does not suit the site.
        """
        route = f"{_NAMESPACE}/publications/{publication}"
        decisions = {"on_conflict": on_conflict, "if_gone": if_gone}
        if not post.images:
            return self._post(self._http.ask("PUT", route, json={**publication_payload(post), **decisions}))
        payload = {**publication_payload(post), **decisions}
        limits = self._upload_limits()
        if limits.files:
            along = limits.going_along(post.images, images, len(json.dumps(payload).encode()))
            for image in post.images:
                if image.sha256 in images and image.sha256 not in along:
                    self._put_image(image, images[image.sha256])
            # PHP reads files from a POST only.
            answer = self._http.send("POST", route, headers=_AS_PUT, **form(payload, along, images))
            if answer.is_success or not reads_no_form(answer):
                return self._post(self._http.checked(answer))
        return self._put_apart(route, post, images, decisions)

    def _upload_limits(self) -> UploadLimits:
        """What the site takes along with a publication, asked now and then: its connector may be replaced."""
        asked_at, limits = self._limits or (0.0, UploadLimits())
        if self._limits is None or time.monotonic() - asked_at > _LIMITS_SECONDS:
            limits = self.status().uploads
            self._limits = time.monotonic(), limits
        return limits

    def _put_apart(
        self, route: str, post: PostContent, images: Mapping[str, bytes], decisions: Mapping[str, str | None]
    ) -> SitePost:
        """Deliver to a connector that reads no form: images first, then a post that names their attachments."""
        self._limits = time.monotonic(), UploadLimits()
        stored = {image.sha256: self._put_image(image, images.get(image.sha256, b"")) for image in post.images}
        in_order = tuple(stored[image.sha256] for image in post.images)
        payload = {**publication_payload(placed(post, in_order)), **decisions}
        made = self._post(self._http.ask("PUT", route, json=payload))
        for image in stored.values():
            with contextlib.suppress(SiteError):
                # The article stands with or without them.
                self.make_image_sizes(image.attachment_id)
        return dataclasses.replace(made, images=in_order)

    def _put_image(self, image: PostImage, data: bytes) -> SiteImage:
        try:
            return self.put_media(
                image.sha256, data, filename=image.filename, media_type=image.media_type, alt=image.alt
            )
        except SiteRejected as error:
            raise ImageRejected(error.reason, remedy=error.advice, sha256=image.sha256) from None

    def get_publication(self, publication: str) -> SitePost | None:
        """Read back the post a publication became; None when the site does not know it."""
        answer = self._read(f"/publications/{publication}")
        return None if answer is None else self._post(answer)

    def get_site_state(self, publication: str) -> SiteState:
        """What the site holds of a publication now, and what somebody changed of it."""
        body = self._read(f"/publications/{publication}/site")
        if body is None:
            return SiteState("unknown")
        try:
            presence = body["presence"]
            if presence not in {"present", "trash", "deleted"}:
                raise self._http.half_answer()
            gone = body.get("gone") or {}
            at = gone.get("at")
            return SiteState(
                presence=presence,
                post=None if body["post"] is None else self._post(body["post"]),
                differences=tuple(read_difference(each) for each in body["differences"]),
                opened_by=read_opened_by(body["opened_by"]),
                gone_by=gone.get("by"),
                gone_at=None if at is None else dt.datetime.fromisoformat(at),
            )
        except (KeyError, TypeError, ValueError):
            raise self._http.half_answer() from None

    def _read(self, path: str) -> Mapping[str, Any] | None:
        """What the site holds now, past any cache on the way: many keep the answers of GET for a while."""
        answer = self._http.send(
            "GET",
            f"{_NAMESPACE}{path}",
            params={"at": uuid.uuid4().hex},
            headers={"Cache-Control": "no-cache", "Pragma": "no-cache"},
        )
        if answer.status_code == httpx.codes.NOT_FOUND and error_code(answer) == "presswerk_unknown_publication":
            return None
        return self._http.checked(answer)

    def withdraw_check(self, publication: str) -> None:
        """Remove the draft a check has delivered (`CHECK_ISSUER`), without a trace; safe to repeat.

        Raises:
            SiteRejected: It is an article, which nobody removes this way.
        """
        answer = self._http.send("DELETE", f"{_NAMESPACE}/publications/{publication}")
        if not answer.is_success:
            self._http.checked(answer)

    def end_person(self, issuer: str, subject: str, role: Role | None, *, signed_out: bool = False) -> bool:
        """End a person's sessions and application passwords on the site, and leave them `role` there, or none.

        Their articles stay theirs; to repeat it is safe.

        Args:
            issuer: Who, with `subject`.
            role: What is left to them.
            signed_out: They only signed out at the provider: the role stays as it is, and the passwords pause until
                they sign on again.

        Returns:
            Whether the site knows the person.
        """
        body = {"issuer": issuer, "subject": subject, "role": role, "signed_out": signed_out}
        return bool(self._http.ask("POST", f"{_NAMESPACE}/people/end", json=body).get("known"))

    def put_media(self, sha256: str, data: bytes, *, filename: str, media_type: str, alt: str) -> SiteImage:
        """Store an image under its content's hash; the same image is stored once.

        Args:
            sha256: Of `data`, lower-case hex.
            data: The image.
            filename: As it should appear in the media library.
            media_type: Such as `image/png`.
            alt: Alternative text.

        Raises:
            SiteRejected: The site does not take such a file.
        """
        body = self._http.ask(
            "PUT",
            f"{_NAMESPACE}/media/{sha256}",
            params={"filename": filename, "alt": alt},
            content=data,
            headers={"Content-Type": media_type},
        )
        try:
            return _image(body)
        except (KeyError, TypeError, ValueError):
            raise self._http.half_answer() from None

    def make_image_sizes(self, attachment_id: int) -> None:
        """Let a site whose connector makes none make an image's smaller sizes; safe to repeat.

        Raises:
            SiteRejected: There is no such attachment.
        """
        self._http.ask("POST", f"/wp/v2/media/{attachment_id}/post-process", json={"action": "create-image-subsizes"})

    def _post(self, body: Mapping[str, Any]) -> SitePost:
        try:
            author = body["author"]
            moved = body.get("address_changed")
            return SitePost(
                publication=str(body["uuid"]),
                post_id=int(body["post_id"]),
                revision=int(body["revision"]),
                status=str(body["status"]),
                author_id=int(author["id"]),
                author_login=str(author["login"]),
                author_name=str(author["name"]),
                content_sha256=str(body["content_sha256"]),
                link=str(body["link"]),
                preview_link=str(body["preview_link"]),
                edit_link=str(body["edit_link"]),
                outcome=body.get("outcome"),
                site_edits=tuple(read_site_edit(each) for each in body.get("site_edits", ())),
                opened_by=read_opened_by(body.get("opened_by")),
                address_changed=None if moved is None else (str(moved["from"]), str(moved["to"])),
                images=tuple(map(_image, body.get("images", ()))),
            )
        except (KeyError, TypeError, ValueError):
            raise self._http.half_answer() from None


def _image(body: Mapping[str, Any]) -> SiteImage:
    return SiteImage(
        attachment_id=int(body["attachment_id"]),
        sha256=str(body["sha256"]),
        url=str(body["url"]),
        width=None if body.get("width") is None else int(body["width"]),
        height=None if body.get("height") is None else int(body["height"]),
        mime_type=str(body["mime_type"]),
        created=bool(body["created"]),
    )


def publication_payload(post: PostContent) -> dict[str, Any]:
    """The body of a PUT, as docs/contracts.md describes it."""
    payload: dict[str, Any] = {
        "revision": post.revision,
        "title": post.title,
        "content": post.content,
        "excerpt": post.excerpt,
        "slug": post.slug,
        "status": post.status,
        "author": {
            "issuer": post.author.issuer,
            "subject": post.author.subject,
            "name": post.author.name,
            "email": post.author.email,
            "role": post.author.role.value,
        },
        "categories": list(post.categories),
        "tags": None if post.tags is None else list(post.tags),
        "featured_media": post.featured_media,
        "seo": {"title": post.seo_title, "description": post.seo_description},
    }
    # Only where they are: a delivery settled before there were such fields is repeated to the letter.
    if post.slug_explicit:
        payload["slug_explicit"] = True
    if post.images:
        payload["images"] = [
            {
                "sha256": image.sha256,
                "filename": image.filename,
                "alt": image.alt,
                "id": image.id_slot,
                "address": image.address_slot,
            }
            for image in post.images
        ]
        payload["featured_image"] = post.featured_image
    return payload
