"""What an article becomes: Markdown to WordPress blocks, excerpt, terms, contents, SEO. Pure."""

from presswerk.content.article import Article, ContentsEntry, Dialect, ImageReference, LeadsTo, Link, PlacedImage
from presswerk.content.compose import compose, title_of
from presswerk.content.slots import ImageSlots, fill
from presswerk.content.terms import existing_terms_in

__all__ = [
    "Article",
    "ContentsEntry",
    "Dialect",
    "ImageReference",
    "ImageSlots",
    "LeadsTo",
    "Link",
    "PlacedImage",
    "compose",
    "existing_terms_in",
    "fill",
    "title_of",
]
