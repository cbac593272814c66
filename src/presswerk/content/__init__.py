"""What an article becomes: Markdown to WordPress blocks, excerpt, terms, contents, SEO. Pure."""

from presswerk.content.article import Article, Dialect, Heading, ImageReference, Link, PlacedImage
from presswerk.content.compose import compose, title_of

__all__ = ["Article", "Dialect", "Heading", "ImageReference", "Link", "PlacedImage", "compose", "title_of"]
