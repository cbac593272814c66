"""What an article becomes: Markdown to WordPress blocks, excerpt, terms, contents, SEO. Pure."""

from presswerk.content.article import Article, Heading, ImageReference, PlacedImage
from presswerk.content.compose import compose, title_of

__all__ = ["Article", "Heading", "ImageReference", "PlacedImage", "compose", "title_of"]
