"""An author's Markdown made into an article that a site can take."""

from collections.abc import Mapping, Sequence

from presswerk.content.article import Article, Dialect, ImageReference, PlacedImage
from presswerk.content.blocks import serialize
from presswerk.content.convert import to_blocks
from presswerk.content.flow import Code, Flow, Paragraph, Picture, Pictures, Section
from presswerk.content.from_markdown import read_markdown
from presswerk.content.images import Images
from presswerk.content.inline import prose as without_formulas
from presswerk.content.inline import readable
from presswerk.content.keywords import MAX_KEYWORD_LENGTH, keywords
from presswerk.content.links import settle
from presswerk.content.markdown import tidy
from presswerk.content.shortcodes import as_text
from presswerk.content.slugs import article_slug
from presswerk.content.summary import excerpt as excerpt_of
from presswerk.content.summary import first_sentence, reading_time_minutes, shorten, texts, words

UNTITLED = "Untitled"
MAX_TITLE_LENGTH = 200
SEO_TITLE_LENGTH = 60
SEO_DESCRIPTION_LENGTH = 155


def compose(
    markdown: str,
    *,
    dialect: Dialect = "commonmark",
    language: str | None = None,  # noqa: ARG001 - nothing depends on it yet
    title: str | None = None,
    slug: str | None = None,
    excerpt: str | None = None,
    tags: Sequence[str] | None = None,
    images: Mapping[str, PlacedImage] | None = None,
    attached: Sequence[ImageReference] = (),
) -> Article:
    """Compose an article: the same input always gives the same article.

    Call it first without `images` to learn `Article.images`, then with the images that were placed on the site.

    Args:
        markdown: Text in its dialect; any text is valid, HTML in it is sanitised.
        dialect: `chat` for a message of Open WebUI, read as its author saw it; `commonmark` for files and programs.
        language: Language of the text as a BCP 47 tag, None when unknown.
        title: Plain text; None takes the first heading, which then leaves the content, or else the first sentence.
        slug: Wanted address, made ASCII; None makes it of the title.
        excerpt: Plain text, cut at 55 words; None takes the beginning of the text.
        tags: Wanted tags; None takes keywords from the text.
        images: Placed images by their source as the article names it. None: nothing is placed yet, and every image
            with a web address shows from there. An image missing in a mapping could not be had: it becomes a link to
            its web address, or else its text.
        attached: Images to put below the article; one that the text itself names stays where the text has it.
    """
    book = Images(images)
    reading = read_markdown(markdown, book, dialect)
    flow = reading.flow + _attachments(attached, book)
    chosen_title, flow = _title(flow, title)
    blocks, contents = to_blocks(flow, book)
    settled = settle(serialize(blocks), contents, chosen_title)
    visible = list(texts(flow))
    prose = [text for kind, text in visible if kind not in {Code, Section}]
    paragraphs = [text for kind, text in visible if kind is Paragraph]
    word_count = sum(len(words(text)) for _, text in texts(flow, read=without_formulas))
    summary = excerpt_of([_one_line(excerpt)] if excerpt and excerpt.strip() else paragraphs or prose)
    return Article(
        title=chosen_title,
        slug=article_slug(slug or "", chosen_title),
        content=as_text(settled.content),
        excerpt=summary,
        tags=_tags(tags) if tags is not None else keywords(chosen_title, (each.text for each in contents), prose),
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


def title_of(markdown: str, dialect: Dialect = "commonmark") -> str:
    """Return the title an article would get: its first heading, else its first sentence, else "Untitled"."""
    return _title(read_markdown(markdown, Images(None), dialect).flow, None)[0]


def _title(flow: Flow, wanted: str | None) -> tuple[str, Flow]:
    """Choose the title, and take the heading that says it out of the flow."""
    given = _one_line(wanted or "")
    index = next((i for i, element in enumerate(flow) if isinstance(element, Section) and readable(element.html)), None)
    heading = flow[index] if index is not None else None
    if index is not None and isinstance(heading, Section):
        text = readable(heading.html)
        if not given or given == text:
            return shorten(text, MAX_TITLE_LENGTH), flow[:index] + flow[index + 1 :]
    if given:
        return shorten(given, MAX_TITLE_LENGTH), flow
    prose = (text for _, text in texts(flow) if text.strip())
    return first_sentence(_one_line(next(prose, ""))) or UNTITLED, flow


def _attachments(attached: Sequence[ImageReference], images: Images) -> Flow:
    named = {reference.source for reference in images.references}
    pictures: dict[str, Picture] = {}
    for image in attached:
        if image.source not in named:
            pictures.setdefault(image.source, Picture(image.source, image.alt, image.title))
    return (Pictures(tuple(images.name(picture) for picture in pictures.values())),) if pictures else ()


def _tags(wanted: Sequence[str]) -> tuple[str, ...]:
    """Tidy wanted tags: one line each, none twice whatever its case."""
    tags: dict[str, str] = {}
    for tag in wanted:
        if tidied := _one_line(tag)[:MAX_KEYWORD_LENGTH].strip():
            tags.setdefault(tidied.casefold(), tidied)
    return tuple(tags.values())


def _one_line(text: str) -> str:
    return " ".join(tidy(text).split())
