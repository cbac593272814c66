"""What a worker does at each step of a run; everything here may be repeated after a crash."""

from collections.abc import Callable, Mapping
from typing import Protocol

from presswerk.content import PlacedImage
from presswerk.declaration import Tenant
from presswerk.identity.principal import Principal
from presswerk.messages import Message
from presswerk.publishing.composition import Composition, compose_manuscript, without_images
from presswerk.publishing.conflicts import STATUSES, warnings_of
from presswerk.publishing.errors import Superseded
from presswerk.publishing.fetching import ImageFetcher
from presswerk.publishing.illustrating import Illustrator, Obtainer
from presswerk.publishing.images import MAX_PIXELS
from presswerk.publishing.model import Delivery, Manuscript, PostReference, Publication, Run, State, Step, Submitter
from presswerk.publishing.records import manuscript_sha256
from presswerk.publishing.runs import RunStore
from presswerk.publishing.sites import Sites
from presswerk.publishing.terms import TermCache
from presswerk.wordpress import (
    PostAuthor,
    PostContent,
    PostGone,
    SitePost,
    SiteRejected,
    SiteUnavailable,
    StaleRevision,
)
from presswerk.wordpress.answers import BY_ITSELF

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
        check_rights: Callable[[Run], None] = lambda _run: None,
        most_pixels: Callable[[Tenant], int] = lambda _tenant: MAX_PIXELS,
    ) -> None:
        self._most_pixels = most_pixels
        self._check_rights = check_rights
        self._store = store
        self._sites = sites
        self._terms = terms
        self._fetcher = fetcher
        self._audit = audit

    def prepare(self, run: Run) -> None:
        """Compose the article, unless its author has confirmed a composed one."""
        self._store.enter(run, Step.PREPARE, Message("Turning the text into blocks."))
        self._check_rights(run)
        if self._store.delivery(run) is not None:
            return
        composition = self._composition(run)
        if not composition.content.strip():
            raise SiteRejected(
                Message("nothing is left of the article after cleaning"),
                remedy=Message("write some text and try again"),
            )
        self._store.set_title(run, composition.title)
        for warning in composition.warnings:
            self._store.warn(run, warning)

    def illustrate(self, run: Run) -> None:
        """Bring the article's images to the site and settle what the site will get."""
        if settled := self._store.delivery(run):
            self._store.enter(run, Step.ILLUSTRATE, _images_message(len(settled.attachment_ids)))
            return
        composition = self._composition(run)
        self._store.enter(run, Step.ILLUSTRATE, _images_message(len(composition.images)))
        publication, manuscript = self._store.get(run.publication), self._store.manuscript(run)
        placed: dict[str, PlacedImage] = {}
        if composition.images:
            most_pixels = self._most_pixels(self._sites.tenant(publication.tenant))
            obtainer = Obtainer(self._fetcher, manuscript, most_pixels)
            illustrator = Illustrator(obtainer, lambda message: self._store.warn(run, message))
            with self._sites.open(publication.tenant) as site:
                placed = illustrator.place(composition.images, site)
        missing = {image.source for image in composition.images} - placed.keys()
        if missing:
            # What is not there leaves a link or its text, and may have stood in a gallery: the blocks are others.
            tenant = self._sites.tenant(publication.tenant)
            composition = without_images(composition, manuscript, tenant, missing)
        # Without a word about tags those of the post stay; what somebody saw and confirmed is a word.
        confirmed = self._store.body_sha256(run) != manuscript_sha256(manuscript)
        named = publication.post is None or manuscript.tags is not None or confirmed
        tags = composition.tags if named else None
        self._store.keep_delivery(run, _delivery(publication, manuscript, composition, placed, tags))

    def deliver(self, run: Run) -> None:
        """Make or update the post."""
        self._store.enter(run, Step.DELIVER, Message("Sending the article to the site."))
        self._check_rights(run)
        publication = self._store.get(run.publication)
        delivery = self._store.delivery(run)
        if delivery is None:
            raise RuntimeError(f"{run} reached delivery without content")
        try:
            with self._sites.open(publication.tenant) as site:
                post = site.put_publication(
                    run.publication,
                    delivery.content,
                    on_conflict=publication.on_conflict,
                    if_gone=publication.if_gone,
                )
        except StaleRevision:
            if self._store.get(run.publication).run != run:
                raise Superseded("the site already has a newer revision") from None
            raise
        for warning in warnings_of(post):
            self._store.warn(run, warning)
        self._store.set_post(run, _reference(post), post.site_edits)

    def confirm(self, run: Run) -> None:
        """Read the post back; a changed text is worth a word, another post or revision is a failure."""
        self._store.enter(run, Step.CONFIRM, Message("Reading the article back."))
        publication = self._store.get(run.publication)
        with self._sites.open(publication.tenant) as site:
            found = site.get_publication(run.publication)
        if found is None:
            raise PostGone(
                Message("the post is no longer on the site"),
                remedy=Message("publish the article anew"),
                presence="deleted",
            )
        if found.revision > run.revision:
            raise Superseded("the site already has a newer revision")
        same_post = publication.post is not None and found.post_id == publication.post.post_id
        if same_post and found.revision < run.revision:
            # It was delivered: a cache on the way does not know yet.
            raise SiteUnavailable(Message("the site still shows an older version"), remedy=BY_ITSELF)
        if publication.post is None or (found.post_id, found.revision) != (publication.post.post_id, run.revision):
            raise SiteRejected(
                Message(
                    "the site shows post %(post)s, version %(version)s, and not what was sent",
                    post=str(found.post_id),
                    version=str(found.revision),
                ),
                remedy=Message(
                    "try again; if it stays like this, ask the site's administrator which plugin changes posts"
                ),
            )
        delivery = self._store.delivery(run)
        if delivery is not None and delivery.content_sha256 != found.content_sha256:
            self._store.warn(
                run, Message("The site changed the text's markup while saving it; check how the post looks.")
            )
        told = any(edit.difference.field == "status" for edit in publication.site_edits)
        if publication.target == "publish" and found.status != "publish" and not told:
            self._store.warn(
                run,
                Message(
                    'The site holds the post as "%(status)s" and not as published.',
                    status=STATUSES.get(found.status, found.status),
                ),
            )
        self._store.set_post(run, _reference(found))

    def announce(self, run: Run) -> State:
        """Reach the final state and tell everybody.

        Returns:
            The final state.
        """
        publication = self._store.get(run.publication)
        state = State.PUBLISHED if publication.post and publication.post.status == "publish" else State.DRAFTED
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

    def make_image_sizes(self, run: Run) -> None:
        """Let the site make smaller sizes of the images; the article stands with or without them."""
        publication = self._store.get(run.publication)
        delivery = self._store.delivery(run)
        if delivery is None or not delivery.attachment_ids:
            return
        with self._sites.open(publication.tenant) as site:
            for attachment in delivery.attachment_ids:
                site.make_image_sizes(attachment)

    def _composition(self, run: Run) -> Composition:
        """The run's article, composed when it first is asked for, or by whoever confirmed it."""
        if composition := self._store.composition(run):
            return composition
        tenant = self._sites.tenant(self._store.get(run.publication).tenant)
        manuscript = self._store.manuscript(run)
        terms = self._terms.of(tenant.id) if manuscript.tags is None else None
        composed = compose_manuscript(manuscript, tenant, terms)
        return self._store.keep_composition(run, composed)


def _delivery(
    publication: Publication,
    manuscript: Manuscript,
    composition: Composition,
    placed: Mapping[str, PlacedImage],
    tags: tuple[str, ...] | None,
) -> Delivery:
    creator = publication.creator
    images = [placed[image.source] for image in composition.images]
    content = PostContent(
        revision=publication.revision,
        title=composition.title,
        content=composition.placed(images),
        excerpt=composition.excerpt,
        slug=composition.slug,
        status=manuscript.target,
        author=PostAuthor(creator.issuer, creator.subject, creator.name, creator.email, creator.role),
        categories=composition.categories,
        tags=tags,
        featured_media=None if composition.featured is None else images[composition.featured].attachment_id,
        seo_title=composition.seo_title,
        seo_description=composition.seo_description,
        slug_explicit=manuscript.slug is not None,
    )
    return Delivery(content, tuple(dict.fromkeys(image.attachment_id for image in images)))


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
    if not count:
        return Message("There are no images to bring.")
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
