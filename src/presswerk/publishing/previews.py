"""Previews: articles composed and not sent, which their author looks at, changes and confirms."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from presswerk.content import PlacedImage
from presswerk.declaration import Role, Tenant
from presswerk.identity.principal import Principal
from presswerk.messages import Message
from presswerk.publishing.composition import (
    Composition,
    Preview,
    compose_manuscript,
    delivery_sha256,
)
from presswerk.publishing.errors import FieldError, InvalidManuscript, NotFound, PreviewChanged
from presswerk.publishing.fetching import ImageFetcher
from presswerk.publishing.illustrating import Obtained, Obtainer, attachments_by_source, image_at_hand, is_at_hand
from presswerk.publishing.images import MAX_PIXELS, ImageFile
from presswerk.publishing.model import Attachment, Manuscript
from presswerk.publishing.permission import identity_of, person_of, require_target, require_writable
from presswerk.publishing.preview_store import NO_SUCH_PREVIEW, PreviewStore
from presswerk.publishing.terms import TermCache
from presswerk.publishing.validating import check_manuscript
from presswerk.tenants import TenantRegistry
from presswerk.wordpress import SiteTerms

CHANGEABLE = frozenset({"title", "slug", "excerpt", "tags", "categories", "picture", "target", "scheduled_for"})
"""The fields of a manuscript that change without its text being sent again."""

_GONE = Message("There is no such preview any more; make a new one and confirm that.")


@dataclass(frozen=True)
class Draft:
    """An article composed, before its images are there."""

    tenant: str
    manuscript: Manuscript
    composition: Composition

    @property
    def waits_for_others(self) -> bool:
        """Whether an image has to be fetched from elsewhere."""
        at_hand = attachments_by_source(self.manuscript)
        return any(not is_at_hand(image.source, at_hand) for image in self.composition.images)


class PreviewService:
    """Previews as their authors see them; everybody sees only their own, operators too.

    Args:
        store: Previews.
        tenants: Whose sites there are.
        terms: What tags those sites have.
        fetcher: Gets images that have a web address.
        most_bytes: That previews for a tenant may take.
        most_pixels: Of an image, for a tenant's site.
    """

    def __init__(
        self,
        store: PreviewStore,
        tenants: TenantRegistry,
        terms: TermCache,
        fetcher: ImageFetcher,
        *,
        most_bytes: Callable[[Tenant], int],
        most_pixels: Callable[[Tenant], int] = lambda _tenant: MAX_PIXELS,
    ) -> None:
        self._most_bytes = most_bytes
        self._most_pixels = most_pixels
        self._store = store
        self._tenants = tenants
        self._terms = terms
        self._fetcher = fetcher

    def make(self, principal: Principal, tenant: str, manuscript: Manuscript) -> Preview:
        """Compose an article, get its images, and keep both for a day.

        Raises:
            NotFound: The caller is not of the tenant.
            Forbidden: The caller's role is too low.
            SiteSuspended: The tenant takes no publications.
            InvalidManuscript: Fields are wrong, or nothing is left of the text.
        """
        draft = self.begin(principal, tenant, manuscript)
        return self.complete(principal, draft, self.obtain(draft))

    def begin(self, principal: Principal, tenant: str, manuscript: Manuscript) -> Draft:
        """The first part of `make`: check and compose."""
        require_writable(self._tenants, principal, tenant)
        require_target(principal, tenant, manuscript)
        check_manuscript(manuscript)
        return Draft(tenant, manuscript, self._compose(tenant, manuscript))

    def obtain(self, draft: Draft) -> Obtained:
        """The second part of `make`: get the images, which may wait for servers elsewhere."""
        most_pixels = self._most_pixels(self._tenants.declared(draft.tenant))
        return Obtainer(self._fetcher, draft.manuscript, most_pixels).obtain_all(draft.composition.images)

    def complete(self, principal: Principal, draft: Draft, obtained: Obtained) -> Preview:
        """The last part of `make`: keep article and images."""
        tenant, composition = draft.tenant, draft.composition
        if obtained.problems:
            composition = self._compose(tenant, draft.manuscript, obtained.problems)
        composition = dataclasses.replace(composition, warnings=(*composition.warnings, *obtained.notes.values()))
        manuscript = _with_images(draft.manuscript, composition, obtained.images)
        sha256 = _sha256(principal, tenant, manuscript, composition)
        most_bytes = self._most_bytes(self._tenants.declared(tenant))
        owner = identity_of(principal)
        return self._store.add(owner, tenant, sha256, manuscript, composition, most_of_tenant=most_bytes)

    def get(self, principal: Principal, preview_id: str) -> Preview:
        """Look at a preview.

        Raises:
            NotFound: There is none, it has expired, it is somebody else's, or the caller has left its tenant.
        """
        preview = self._store.get(identity_of(principal), preview_id)
        if not principal.may(Role.AUTHOR, preview.tenant):
            raise NotFound(NO_SUCH_PREVIEW)
        return preview

    def image(self, principal: Principal, preview_id: str, sha256: str) -> ImageFile:
        """An image of a preview, by its hash in hex.

        Raises:
            NotFound: There is no such preview for the caller, or it has no such image.
        """
        preview = self.get(principal, preview_id)
        for image in self.images(preview):
            if image.sha256 == sha256:
                return image
        raise NotFound(Message("The preview has no such image."))

    def images(self, preview: Preview) -> tuple[ImageFile, ...]:
        """The images of a preview, by the numbers of their places in it."""
        return _images(preview.manuscript, preview.composition)

    def terms(self, preview: Preview) -> SiteTerms | None:
        """The tags and categories of the site it is for; None while the site does not tell."""
        return self._terms.of(preview.tenant)

    def default_category(self, preview: Preview) -> str | None:
        """The category a new post gets when the preview has none; None while the site does not tell."""
        terms = self.terms(preview)
        return None if terms is None else terms.default_category

    def change(self, principal: Principal, preview_id: str, changes: Mapping[str, Any]) -> Preview:
        """Compose a preview anew with some fields of its manuscript changed.

        Args:
            principal: Whose preview it is.
            preview_id: Which.
            changes: New values of `CHANGEABLE` fields.

        Raises:
            NotFound: As `get`.
            Forbidden: The caller's role is too low.
            SiteSuspended: The tenant takes no publications.
            InvalidManuscript: Fields are wrong.
            PreviewChanged: Another change came in between.
        """
        preview = self.get(principal, preview_id)
        if unknown := changes.keys() - CHANGEABLE:
            raise InvalidManuscript(*(FieldError(name, Message("cannot be changed here")) for name in sorted(unknown)))
        manuscript = dataclasses.replace(preview.manuscript, **changes)
        require_writable(self._tenants, principal, preview.tenant)
        require_target(principal, preview.tenant, manuscript)
        # Its attachments were checked when they came; images that were fetched since count for none of the limits.
        check_manuscript(dataclasses.replace(manuscript, attachments=()))
        composition = self._compose(preview.tenant, manuscript, preview.composition.missing)
        changed = self._hashed(principal, dataclasses.replace(preview, manuscript=manuscript, composition=composition))
        if not self._store.replace(changed, preview.sha256):
            raise PreviewChanged(
                Message("Another change came in between; look at it again."), self._kept(principal, preview_id)
            )
        return changed

    def confirmed(self, principal: Principal, preview_id: str, sha256: str) -> Preview:
        """The preview that somebody confirms by its hash.

        Raises:
            PreviewChanged: It is another one by now, or there is none.
        """
        try:
            preview = self.get(principal, preview_id)
        except NotFound:
            raise PreviewChanged(_GONE, None) from None
        current = self._hashed(principal, preview)
        if current.sha256 != preview.sha256:
            # Who delivers it counts too, and the caller's name or role is another one now.
            self._store.replace(current, preview.sha256)
        if current.sha256 != sha256:
            raise PreviewChanged(Message("The preview has changed since; look at it again and confirm that."), current)
        return current

    def _kept(self, principal: Principal, preview_id: str) -> Preview | None:
        try:
            return self._store.get(identity_of(principal), preview_id)
        except NotFound:
            return None

    def _compose(
        self, tenant: str, manuscript: Manuscript, missing: Mapping[str, Message] | None = None
    ) -> Composition:
        declared = self._tenants.declared(tenant)
        terms = self._terms.of(tenant) if manuscript.tags is None else None
        composition = compose_manuscript(manuscript, declared, terms, missing or {})
        if not composition.content.strip():
            raise InvalidManuscript(
                FieldError("markdown", Message("Nothing is left of the article after cleaning. Write some text."))
            )
        return composition

    def _hashed(self, principal: Principal, preview: Preview) -> Preview:
        sha256 = _sha256(principal, preview.tenant, preview.manuscript, preview.composition)
        return dataclasses.replace(preview, sha256=sha256)


def shown_content(preview: Preview, images: tuple[ImageFile, ...], address: Callable[[ImageFile], str]) -> str:
    """The content of a preview, its images at an address each."""
    return preview.composition.placed(
        [PlacedImage(number, address(image)) for number, image in enumerate(images, start=1)]
    )


def _with_images(manuscript: Manuscript, composition: Composition, images: Mapping[str, ImageFile]) -> Manuscript:
    """Keep images as they were fetched and made to fit, so that what is delivered is what was seen."""
    attached = attachments_by_source(manuscript)
    fetched = tuple(
        Attachment(image.filename, image.media_type, image.data, reference.source, reference.alt)
        for reference in composition.images
        if not is_at_hand(reference.source, attached)
        for image in (images[reference.source],)
    )
    fitted = tuple(
        dataclasses.replace(file, data=images[source].data) if source in images else file
        for source, file in attached.items()
    )
    return dataclasses.replace(manuscript, attachments=fitted + fetched)


def _images(manuscript: Manuscript, composition: Composition) -> tuple[ImageFile, ...]:
    """The images of an article as they were kept: what its site takes by now is asked when they go there."""
    attached = attachments_by_source(manuscript)
    return tuple(image_at_hand(reference.source, attached) for reference in composition.images)


def _sha256(principal: Principal, tenant: str, manuscript: Manuscript, composition: Composition) -> str:
    hashes = [image.sha256 for image in _images(manuscript, composition)]
    return delivery_sha256(tenant, person_of(principal, tenant), manuscript, composition, hashes)
