"""An author's Markdown made into an article that a site can take."""

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from threading import Lock

from presswerk.content.article import Article, Dialect, ImageReference, PlacedImage
from presswerk.content.convert import to_blocks
from presswerk.content.debris import read_message
from presswerk.content.flow import Code, Flow, Gallery, Heading, Image, Paragraph
from presswerk.content.from_markdown import Reading, read_document
from presswerk.content.images import Images
from presswerk.content.inline import prose as without_formulas
from presswerk.content.inline import prose_with_formulas
from presswerk.content.links import settle
from presswerk.content.markdown import read, tidy
from presswerk.content.particulars import Particulars
from presswerk.content.shortcodes import as_text
from presswerk.content.slugs import article_slug
from presswerk.content.summary import EXCERPT_WORDS, reading_time_minutes, shorten, texts, without_title
from presswerk.content.summary import excerpt as excerpt_of
from presswerk.content.titles import choose_title
from presswerk.content.words import count_words

MAX_TAG_LENGTH = 40
SEO_TITLE_LENGTH = 60
SEO_DESCRIPTION_LENGTH = 155


class _Collector:
    """Python's collector of garbage, which rests while articles are composed.

    A long article is hundreds of thousands of tokens that live until it is done and hold no cycles. The collector would
    walk through them again and again: for 0.8 MB that is two thirds of the time, and more than ten times that of 80 kB.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._articles = 0
        self._was_enabled = True

    @contextmanager
    def rests(self) -> Iterator[None]:
        """Let it rest until the last article that is composed meanwhile, in any thread, is done."""
        with self._lock:
            if not self._articles:
                self._was_enabled = gc.isenabled()
                gc.disable()
            self._articles += 1
        try:
            yield
        finally:
            with self._lock:
                self._articles -= 1
                if not self._articles and self._was_enabled:
                    gc.enable()


_COLLECTOR = _Collector()


@_COLLECTOR.rests()
def compose(
    markdown: str,
    *,
    dialect: Dialect = "commonmark",
    title: str | None = None,
    slug: str | None = None,
    excerpt: str | None = None,
    tags: Sequence[str] | None = None,
    images: Mapping[str, PlacedImage] | None = None,
    attached: Sequence[ImageReference] = (),
    shortcodes: Collection[str] = (),
) -> Article:
    """Compose an article: the same input always gives the same article.

    Call it first without `images` to learn `Article.images`, then with the images that were placed on the site.

    Args:
        markdown: Text in its dialect; any text is valid, HTML in it is sanitised.
        dialect: `chat` for a message of Open WebUI, read as its author saw it; `commonmark` for files and programs.
        title: Plain text; None takes what the text has as one: `choose_title` says which.
        slug: Wanted address; None takes what the text says, or makes it of the title.
        excerpt: Plain text, cut at 55 words; None takes what the text says, or its beginning.
        tags: Wanted tags; None gives none: `existing_terms_in` says which of a site's own an article names.
        images: Placed images by their source as the article names it. None: nothing is placed yet, and every image
            with a web address shows from there. An image missing in a mapping could not be had: it becomes a link to
            its web address, or else its text.
        attached: Images to put below the article; one that the text itself names stays where the text has it.
        shortcodes: Names that the site's plugins register: what looks like one in the text is shown and does not run.
    """
    book = Images(images)
    reading, said = _read(markdown, book, dialect)
    flow = reading.flow + _attachments(attached, book)
    chosen_title, flow = choose_title(flow, _one_line(title or ""), _one_line(said.title or ""))
    content, contents = to_blocks(flow, book)
    settled = settle(content, contents, chosen_title)
    visible = [(kind, text) for kind, text in texts(flow, read=without_formulas) if text.strip()]
    prose = [text for kind, text in visible if kind not in {Code, Heading}]
    word_count = count_words("\n".join(text for _, text in visible))
    wanted_excerpt = _one_line(excerpt or "") or _one_line(said.excerpt or "")
    summary = excerpt_of([wanted_excerpt] if wanted_excerpt else without_title(_beginning(flow) or prose, chosen_title))
    return Article(
        title=chosen_title,
        slug=article_slug(slug or "", said.slug or "", chosen_title),
        content=as_text(settled.content, shortcodes),
        excerpt=summary,
        tags=_tags(tags or ()),
        proposed_tags=_tags(said.tags),
        text="\n".join(prose),
        images=book.references,
        contents=contents,
        word_count=word_count,
        reading_time_minutes=reading_time_minutes(word_count),
        seo_title=shorten(chosen_title, SEO_TITLE_LENGTH),
        seo_description=shorten(summary or chosen_title, SEO_DESCRIPTION_LENGTH),
        links=settled.links,
        warnings=(*reading.warnings, *settled.warnings),
        left_out=reading.left_out,
    )


@_COLLECTOR.rests()
def title_of(markdown: str, dialect: Dialect = "commonmark") -> str:
    """Return the title an article would get."""
    reading, said = _read(markdown, Images(None), dialect)
    return choose_title(reading.flow, "", _one_line(said.title or ""))[0]


def _read(markdown: str, images: Images, dialect: Dialect) -> tuple[Reading, Particulars]:
    if dialect == "commonmark":
        return read_document(read(markdown, dialect), images, dialect), Particulars()
    message = read_message(markdown)
    reading = read_document(message.document, images, message.dialect)
    return replace(reading, left_out=message.left_out), message.particulars


def _attachments(attached: Sequence[ImageReference], images: Images) -> Flow:
    named = {reference.source for reference in images.references}
    pictures: dict[str, Image] = {}
    for image in attached:
        if image.source not in named:
            pictures.setdefault(image.source, Image(image.source, image.alt, image.title))
    return (Gallery(tuple(images.name(picture) for picture in pictures.values())),) if pictures else ()


def _beginning(flow: Flow) -> list[str]:
    """Return what an excerpt is made of: the first paragraphs, as many as it may need, with their formulas."""
    shown = (text for kind, text in texts(flow, read=prose_with_formulas) if kind is Paragraph and text.strip())
    return list(islice(shown, EXCERPT_WORDS + 1))


def _tags(wanted: Sequence[str]) -> tuple[str, ...]:
    """Tidy wanted tags: one line each, none twice whatever its case."""
    tags: dict[str, str] = {}
    for tag in wanted:
        if tidied := _one_line(tag)[:MAX_TAG_LENGTH].strip():
            tags.setdefault(tidied.casefold(), tidied)
    return tuple(tags.values())


def _one_line(text: str) -> str:
    return " ".join(tidy(text).split())
