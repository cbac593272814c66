"""What a worker does at each step of a run; everything here may be repeated after a crash."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from presswerk.content import ImageReference, PlacedImage
from presswerk.declaration import Tenant
from presswerk.identity.principal import Principal
from presswerk.messages import Message
from presswerk.publishing.composition import Composition, compose_manuscript, without_images
from presswerk.publishing.conflicts import STATUSES, warnings_of
from presswerk.publishing.errors import Superseded
from presswerk.publishing.fetching import ImageFetcher
from presswerk.publishing.illustrating import ArticleImages, Obtainer
from presswerk.publishing.images import MAX_PIXELS, ImageFile
from presswerk.publishing.model import Delivery, Manuscript, PostReference, Publication, Run, State, Step, Submitter
from presswerk.publishing.reading import HeldContent, Submitted
from presswerk.publishing.records import manuscript_sha256
from presswerk.publishing.runs import RunStore
from presswerk.publishing.sites import Sites
from presswerk.publishing.terms import TermCache
from presswerk.wordpress import (
    ImageRejected,
    PostAuthor,
    PostContent,
    PostImage,
    SitePost,
    SiteRejected,
    StaleRevision,
)
from presswerk.wordpress.placing import placed

_FINAL_MESSAGES = {
    "draft": Message("The draft stands on the site."),
    "publish": Message("The article is published."),
    "private": Message("The article stands on the site, where only its editors see it."),
    "pending": Message("The article stands on the site and waits there for a review."),
    "future": Message("The article stands on the site, which publishes it at the time chosen there."),
}


def final_message(status: str) -> Message:
    """What became of an article whose post has this status on the site."""
    unknown = Message('The article stands on the site, as "%(status)s".', status=status)
    return _FINAL_MESSAGES.get(status, unknown)


class Audit(Protocol):
    """Where acts are recorded; `presswerk.identity.AuditTrail` is one."""

    def record(
        self,
        principal: Principal,
        action: str,
        object_id: str,
        detail: Mapping[str, object] | None = None,
        *,
        tenant: str | None = None,
    ) -> None:
        """Record an act."""
        ...


@dataclass(frozen=True)
class PreparedArticle:
    """What one step leaves to the next; after a crash it is made anew.

    Attributes:
        publication: As it stood when the run began.
        held: What the hub holds of its revision.
        composition: The article; None where it is settled what the site gets, and nothing more is needed or held.
    """

    publication: Publication
    held: HeldContent
    composition: Composition | None

    @property
    def submitted(self) -> Submitted:
        """In whose right it goes to the site."""
        return Submitted(self.publication, self.held.by, self.held.submitted_at)

    @property
    def images(self) -> tuple[ImageReference, ...]:
        """The images that go with it."""
        return () if self.composition is None else self.composition.images


class PublishingSteps:
    """The steps of a run, in the order of `Step`.

    Every method raises `Superseded` when the run must stop and `SiteError` when it cannot go on.
    """

    def __init__(
        self,
        store: RunStore,
        sites: Sites,
        fetcher: ImageFetcher,
        audit: Audit,
        *,
        terms: TermCache,
        check_rights: Callable[[Submitted], None] = lambda _submitted: None,
        most_pixels: Callable[[Tenant], int] = lambda _tenant: MAX_PIXELS,
    ) -> None:
        self._most_pixels = most_pixels
        self._check_rights = check_rights
        self._store = store
        self._sites = sites
        self._terms = terms
        self._fetcher = fetcher
        self._audit = audit

    def prepare(self, run: Run) -> PreparedArticle:
        """Compose the article, unless its author has confirmed a composed one."""
        publication = self._store.enter(run, Step.PREPARE, Message("Turning the text into blocks."))
        held = self._store.held_content(run)
        self._check_rights(PreparedArticle(publication, held, None).submitted)
        settled = held.delivery
        if settled is not None and (held.forgotten or not settled.content.images):
            return PreparedArticle(publication, held, None)
        composition = held.composition or self._composed(publication, held.manuscript)
        if settled is not None:
            return PreparedArticle(publication, held, composition)
        if not composition.content.strip():
            raise SiteRejected(
                Message("nothing is left of the article after cleaning"),
                remedy=Message("write some text and try again"),
            )
        with self._store.together():
            if composition.title != publication.title:
                self._store.set_title(run, composition.title)
            for warning in composition.warnings:
                self._store.warn(run, warning)
            if held.composition is None:
                composition = self._store.keep_composition(run, composition)
        return PreparedArticle(publication, held, composition)

    def deliver(self, run: Run, article: PreparedArticle) -> Publication:
        """Send text and images in one request; its answer is what the site read back.

        Returns:
            The publication with its post.
        """
        self._check_rights(article.submitted)
        publication, manuscript = article.publication, article.held.manuscript
        if article.images:
            self._store.enter(run, Step.ILLUSTRATE, _images_message(len(article.images)))
        images = ArticleImages(self._obtainer(publication, manuscript), article.images)
        delivery = article.held.delivery or self._settle(run, article, images)
        with self._store.together():
            self._store.enter(run, Step.DELIVER, Message("Sending the article to the site."))
            delivery = self._store.keep_delivery(run, delivery)
        try:
            post, delivery = self._send(run, article, delivery, images)
        except StaleRevision:
            if self._store.get(run.publication).run != run:
                raise Superseded("the site already has a newer revision") from None
            raise
        with self._store.together():
            for warning in _warnings_of_answer(run, publication, delivery.content, post):
                self._store.warn(run, warning)
            return self._store.set_post(run, _reference(post), post.site_edits)

    def _send(
        self, run: Run, article: PreparedArticle, delivery: Delivery, images: ArticleImages
    ) -> tuple[SitePost, Delivery]:
        """Send what is settled; without an image that the site refuses it is settled anew, since nothing is written."""
        publication = article.publication
        while True:
            try:
                with self._sites.open(publication.tenant) as site:
                    return site.put_publication(
                        run.publication,
                        delivery.content,
                        images=images.data,
                        on_conflict=publication.on_conflict,
                        if_gone=publication.if_gone,
                    ), delivery
            except ImageRejected as error:
                images.leave_out(error)
                delivery = self._settle(run, article, images)
                self._store.replace_delivery(run, delivery)

    def _settle(self, run: Run, article: PreparedArticle, images: ArticleImages) -> Delivery:
        """What the site will get, with the images that could be had; its author is told of the others."""
        publication, manuscript, composition = article.publication, article.held.manuscript, article.composition
        if composition is None:
            raise SiteRejected(
                Message("the site lacks an image of the article, which is not kept here any more"),
                remedy=Message("send the article again"),
            )
        for message in images.told.values():
            self._store.warn(run, message)
        missing = {image.source for image in composition.images} - images.files.keys()
        if missing:
            # What is not there leaves a link or its text, and may have stood in a gallery: the blocks are others.
            tenant = self._sites.tenant(publication.tenant)
            composition = without_images(composition, manuscript, tenant, missing)
        # Without a word about tags those of the post stay; what somebody saw and confirmed is a word.
        confirmed = article.held.body_sha256 != manuscript_sha256(manuscript)
        named = publication.post is None or manuscript.tags is not None or confirmed
        tags = composition.tags if named else None
        return _delivery(publication, manuscript, composition, images.files, tags)

    def announce(self, run: Run, publication: Publication) -> State:
        """Reach the final state and tell everybody.

        Args:
            run: The run.
            publication: As it was delivered.

        Returns:
            The final state.
        """
        state = State.PUBLISHED if publication.post and publication.post.status == "publish" else State.DRAFTED
        with self._store.together():
            self._audit.record(
                _as_principal(publication),
                f"publication.{state}",
                publication.id,
                {"revision": run.revision, "attempt": run.attempt},
                tenant=publication.tenant,
            )
            status = "draft" if publication.post is None else publication.post.status
            self._store.finish(run, state, final_message(status))
        return state

    def stands(self, run: Run) -> bool:
        """Whether the run has reached its end."""
        publication = self._store.get(run.publication)
        return publication.run == run and publication.state in {State.DRAFTED, State.PUBLISHED}

    def _obtainer(self, publication: Publication, manuscript: Manuscript) -> Obtainer:
        most_pixels = self._most_pixels(self._sites.tenant(publication.tenant))
        return Obtainer(self._fetcher, manuscript, most_pixels)

    def _composed(self, publication: Publication, manuscript: Manuscript) -> Composition:
        tenant = self._sites.tenant(publication.tenant)
        terms = self._terms.of(tenant.id) if manuscript.tags is None else None
        return compose_manuscript(manuscript, tenant, terms)


def _delivery(
    publication: Publication,
    manuscript: Manuscript,
    composition: Composition,
    files: Mapping[str, ImageFile],
    tags: tuple[str, ...] | None,
) -> Delivery:
    creator = publication.creator
    images = tuple(
        _post_image(image, files[image.source], composition.slot(number))
        for number, image in enumerate(composition.images)
    )
    content = PostContent(
        revision=publication.revision,
        title=composition.title,
        content=composition.content,
        excerpt=composition.excerpt,
        slug=composition.slug,
        status=manuscript.target,
        author=PostAuthor(creator.issuer, creator.subject, creator.name, creator.email, creator.role),
        categories=composition.categories,
        tags=tags,
        seo_title=composition.seo_title,
        seo_description=composition.seo_description,
        slug_explicit=manuscript.slug is not None,
        images=images,
        featured_image=None if composition.featured is None else images[composition.featured].sha256,
    )
    return Delivery(content)


def _post_image(reference: ImageReference, file: ImageFile, slot: PlacedImage) -> PostImage:
    return PostImage(
        sha256=file.sha256,
        filename=file.filename,
        media_type=file.media_type,
        alt=reference.alt,
        id_slot=str(slot.attachment_id),
        address_slot=slot.url,
    )


def _warnings_of_answer(run: Run, publication: Publication, sent: PostContent, post: SitePost) -> Iterator[Message]:
    """What is worth a word in what the site read back.

    Raises:
        SiteRejected: It is another revision than was sent.
    """
    if post.revision != run.revision:
        raise SiteRejected(
            Message(
                "the site shows post %(post)s, version %(version)s, and not what was sent",
                post=str(post.post_id),
                version=str(post.revision),
            ),
            remedy=Message("try again; if it stays like this, ask the site's administrator which plugin changes posts"),
        )
    yield from warnings_of(post)
    if placed(sent, post.images).content_sha256 != post.content_sha256:
        yield Message("The site changed the text's markup while saving it; check how the post looks.")
    told = any(edit.difference.field == "status" for edit in post.site_edits)
    if publication.target == "publish" and post.status != "publish" and not told:
        yield Message(
            'The site holds the post as "%(status)s" and not as published.',
            status=STATUSES.get(post.status, post.status),
        )


def _reference(post: SitePost) -> PostReference:
    return PostReference(
        post_id=post.post_id,
        link=post.link,
        preview_link=post.preview_link,
        edit_link=post.edit_link,
        author=post.author_name,
        status=post.status,
    )


def _images_message(count: int) -> Message:
    return Message.counted("Bringing %(num)s image to the site.", "Bringing %(num)s images to the site.", num=count)


def _as_principal(publication: Publication) -> Principal:
    creator: Submitter = publication.creator
    return Principal(
        issuer=creator.issuer,
        subject=creator.subject,
        name=creator.name,
        email=creator.email,
        roles={publication.tenant: creator.role},
    )
