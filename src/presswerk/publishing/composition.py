"""An article composed once: everything a site will get of it, but for where its images will be on the site."""

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter

from presswerk.content import (
    Article,
    Dialect,
    ImageReference,
    ImageSlots,
    Link,
    PlacedImage,
    compose,
    existing_terms_in,
    fill,
)
from presswerk.content.slots import MAX_IMAGES, slot, text_key
from presswerk.declaration import Tenant
from presswerk.messages import Message
from presswerk.publishing.illustrating import attached_images, can_be_had, left_out
from presswerk.publishing.model import Manuscript, Submitter
from presswerk.publishing.validating import MAX_TERMS
from presswerk.wordpress import SiteTerms

NO_TERMS = Message("The site did not say which tags it has, so none were chosen; add tags yourself or try again.")
_IN_TEXT = "image:"


@dataclass(frozen=True)
class Composition:
    """An article as it is delivered.

    Attributes:
        text_key: What the slots in `content` are known by.
        images: The images that have a slot in `content`, by its number.
        featured: The number of the image that stands for the article, None for none.
        missing: Images that could not be had, by source, and what the author is told of each.
        categories: None of them: those chosen on the site stay, and a new post gets the site's default.
        language: Of the text.
    """

    title: str
    slug: str
    content: str
    excerpt: str
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    proposed_tags: tuple[str, ...]
    seo_title: str
    seo_description: str
    text_key: str
    images: tuple[ImageReference, ...]
    featured: int | None
    missing: Mapping[str, Message]
    dialect: Dialect
    language: str
    links: tuple[Link, ...]
    warnings: tuple[Message, ...]
    left_out: tuple[str, ...]
    word_count: int
    reading_time_minutes: int

    def reference(self, number: int) -> str:
        """What an image is named by when it is chosen: its source, or its number where the text itself holds it."""
        source = self.images[number].source
        return f"{_IN_TEXT}{number}" if source[:5].lower() == "data:" else source

    def slot(self, number: int) -> PlacedImage:
        """What stands in the content for an image."""
        return slot(self.text_key, number)

    def placed(self, images: Sequence[PlacedImage]) -> str:
        """The content with its images, one for each of `images`."""
        return fill(self.content, self.text_key, images)


@dataclass(frozen=True)
class Preview:
    """An article composed and not sent, for one person.

    Attributes:
        sha256: Over all that would be delivered; a confirmation names it.
        manuscript: What it was made of; images that were fetched are among its attachments.
    """

    id: str
    tenant: str
    sha256: str
    manuscript: Manuscript
    composition: Composition
    created_at: dt.datetime
    expires_at: dt.datetime


def compose_manuscript(
    manuscript: Manuscript,
    tenant: Tenant,
    terms: SiteTerms | None,
    missing: Mapping[str, Message] = MappingProxyType({}),
) -> Composition:
    """Compose an article.

    Args:
        manuscript: As handed in.
        tenant: Whose site it is for.
        terms: The site's tags, categories and shortcodes, None while they are not known.
        missing: Images that cannot be had, by source, and what the author is told of each.
    """
    attached = attached_images(manuscript)
    sources = {image.source for image in attached}

    def has_place(source: str) -> bool:
        # A missing image keeps its place: whoever would move up has never been looked for.
        return source not in missing and len(slots) + len(missing) < MAX_IMAGES and can_be_had(source, sources)

    slots = ImageSlots(manuscript.markdown, has_place)
    language = manuscript.language or tenant.language
    article = compose(
        manuscript.markdown,
        dialect=manuscript.read_as,
        title=manuscript.title,
        slug=manuscript.slug,
        excerpt=manuscript.excerpt,
        tags=manuscript.tags or (),
        images=slots,
        attached=attached,
        shortcodes=() if terms is None else terms.shortcodes,
    )
    # An image may stand where no block shows it, as in the heading that became the title: it can still be featured.
    shown = [image.source for image in article.images if image.source in slots]
    elsewhere = [image for image in article.images if image.source not in {*shown, *missing}]
    warnings = [*article.warnings, *missing.values(), *left_out(manuscript, elsewhere)]
    tags = article.tags
    if manuscript.tags is None:
        tags = () if terms is None else _own_tags(article, terms, language)
        warnings += [NO_TERMS] if terms is None else []
    named = {image.source: image for image in article.images}
    first = slots.sources.index(shown[0]) if shown else None
    featured = _chosen(manuscript.picture, slots.sources, first)
    if manuscript.picture and featured is None:
        featured = first
        warnings.append(Message("The image chosen as the featured one is not in the article."))
    return Composition(
        title=article.title,
        slug=article.slug,
        content=article.content,
        excerpt=article.excerpt,
        categories=manuscript.categories or ((tenant.category,) if tenant.category else ()),
        tags=tags,
        proposed_tags=_others(article.proposed_tags, tags)[: MAX_TERMS - len(tags)],
        seo_title=article.seo_title,
        seo_description=article.seo_description,
        text_key=text_key(manuscript.markdown),
        images=tuple(named[source] for source in slots.sources),
        featured=featured,
        missing=dict(missing),
        dialect=manuscript.read_as,
        language=language,
        links=article.links,
        warnings=tuple(warnings),
        left_out=article.left_out,
        word_count=article.word_count,
        reading_time_minutes=article.reading_time_minutes,
    )


def without_images(
    composition: Composition, manuscript: Manuscript, tenant: Tenant, missing: Iterable[str]
) -> Composition:
    """Compose an article again for want of images; whatever else was composed or chosen stays."""
    again = compose_manuscript(
        manuscript, tenant, None, {**composition.missing, **dict.fromkeys(missing, Message.verbatim(""))}
    )
    return dataclasses.replace(composition, content=again.content, images=again.images, featured=again.featured)


def delivery_sha256(
    tenant: str, by: Submitter, manuscript: Manuscript, composition: Composition, images: Sequence[str]
) -> str:
    """A hash in hex over all that a site would get, and from whom.

    Args:
        tenant: Whose site it is.
        by: Who would be its author.
        manuscript: Says where to and when.
        composition: The article.
        images: The SHA-256 of each of its images, in hex.
    """
    scheduled = manuscript.scheduled_for
    whole = {
        "tenant": tenant,
        "author": dataclasses.asdict(by),
        "target": manuscript.target,
        "scheduled_for": None if scheduled is None else scheduled.astimezone(dt.UTC).isoformat(),
        "title": composition.title,
        "slug": composition.slug,
        "content": composition.content,
        "excerpt": composition.excerpt,
        "categories": composition.categories,
        "tags": composition.tags,
        "seo": [composition.seo_title, composition.seo_description],
        "images": [[image.alt, image.title, sha256] for image, sha256 in zip(composition.images, images, strict=True)],
        "featured": composition.featured,
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


_RECORD = TypeAdapter(Composition)


def composition_record(composition: Composition) -> dict[str, Any]:
    """A composition as stored."""
    record: dict[str, Any] = _RECORD.dump_python(composition, mode="json")
    return record


def read_composition(record: Any) -> Composition:
    """Undo `composition_record`."""
    return _RECORD.validate_python(record)


def _own_tags(article: Article, terms: SiteTerms, language: str) -> tuple[str, ...]:
    """The site's own tags that an article asks for or names, as the site writes them."""
    if not terms.tags:
        return ()
    own = {name.casefold(): name for name in reversed(terms.tags)}
    asked_for = (own[tag.casefold()] for tag in article.proposed_tags if tag.casefold() in own)
    return tuple(dict.fromkeys((*asked_for, *existing_terms_in(article, terms.tags, language))))[:MAX_TERMS]


def _others(tags: Iterable[str], than: Iterable[str]) -> tuple[str, ...]:
    known = {tag.casefold() for tag in than}
    return tuple(tag for tag in tags if tag.casefold() not in known)


def _chosen(picture: str | None, sources: Sequence[str], first: int | None) -> int | None:
    """The number of the image that a manuscript chooses, None for none."""
    if picture is None:
        return first
    names = {source: number for number, source in enumerate(sources)}
    names |= {f"{_IN_TEXT}{number}": number for number in range(len(sources))}
    return names.get(picture)
