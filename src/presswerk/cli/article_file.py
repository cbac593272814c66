"""An article in a Markdown file: its front matter, its text, and the local images it names."""

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from presswerk.content import ImageReference, compose
from presswerk.content.front_matter import FrontMatter, InvalidFrontMatter, split_front_matter
from presswerk.errors import MISUSED, PresswerkError
from presswerk.publishing.images import ImageUnavailable, read_image
from presswerk.publishing.validating import MAX_ATTACHMENTS

_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_PUBLIC = ("static", "public", "assets", "source")
"""Folders whose content Hugo, Jekyll, Docusaurus, Hexo and others put at the root of a site."""
_ROOT_MARKS = (
    *(".git", "hugo.toml", "hugo.yaml", "hugo.json", "config.toml", "_config.yml", "_config.yaml", ".obsidian"),
    *("docusaurus.config.js", "docusaurus.config.ts", "mkdocs.yml", "package.json", "astro.config.mjs", "zola.toml"),
)
_MOST_LEVELS = 8


class UnusableArticle(PresswerkError):
    """The file cannot be sent; the message names the place and what to do."""

    exit_status = MISUSED


@dataclass(frozen=True)
class ArticleFile:
    """A file read: the body of a publication without its tenant, and sentences about what was left out."""

    body: dict[str, Any]
    notes: tuple[str, ...]


def read_article(path: Path, allowed: Sequence[Path] = ()) -> ArticleFile:
    """Read a file.

    Images are looked for beside the article and, as generators of sites do, in the public folders above it. A file of
    any other place, or that is no image by its first bytes, is not sent: an article does not choose what leaves a
    machine. An image that is missing is left out.

    Args:
        path: A Markdown file; its front matter may give title, tags, categories, slug, excerpt, status, language
            and image.
        allowed: Files and folders that may be sent wherever they are, whatever they hold.

    Raises:
        UnusableArticle: It cannot be read, or something in it is not what it should be.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableArticle(f"{path}: cannot be read as UTF-8 text ({error.__class__.__name__})") from None
    try:
        found, markdown = split_front_matter(text)
    except InvalidFrontMatter as error:
        raise UnusableArticle(f"{path}: {error}") from None
    notes: list[str] = []
    fields = _fields(found, notes) if found else {}
    markdown = _with_image(markdown, found.image if found else None)
    attachments = _attachments(compose(markdown).images, _ImagePlaces(path, allowed), notes)
    body = {**fields, "markdown": markdown, "attachments": attachments, "source": {"kind": "cli"}}
    return ArticleFile(body, tuple(notes))


def _fields(found: FrontMatter, notes: list[str]) -> dict[str, Any]:
    language = found.language
    if language and not _LANGUAGE.fullmatch(language):
        notes.append(f"The language {language!r} of the front matter is no language tag such as en or de-AT; left out.")
        language = None
    fields = {
        "title": found.title,
        "slug": found.slug,
        "excerpt": found.excerpt,
        "tags": list(found.tags) if found.tags is not None else None,
        "categories": list(found.categories) if found.categories is not None else None,
        "target": found.target,
        "language": _language_tag(language) if language else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _language_tag(language: str) -> str:
    primary, *rest = re.split("[-_]", language)
    return "-".join((primary.lower(), *rest))


def _with_image(markdown: str, image: str | None) -> str:
    """Put the picture that stands for an article above its text, which makes it the featured image."""
    if image is None or any(named.source == image for named in compose(markdown).images):
        return markdown
    address = image.replace("<", "%3C").replace(">", "%3E")
    return f"![](<{address}>)\n\n{markdown}"


class _ImagePlaces:
    """Where an article's images may lie."""

    def __init__(self, path: Path, allowed: Sequence[Path]) -> None:
        self._folder = path.parent.resolve()
        self._allowed = [each.expanduser().resolve() for each in allowed]
        self._above, self._root = _above(self._folder)
        inside = [folder / name for folder in self._above for name in _PUBLIC]
        # A public folder that is a link to some other place is none.
        self._public = [each for each in inside if each.resolve() == each]

    def find(self, source: str) -> Path | None:
        """Return the file that an image's address means, links followed; None when it is not there."""
        files = [place.resolve() for place in self._candidates(source) if place.is_file()]
        return next((file for file in files if self.may_be_sent(file)), files[0] if files else None)

    def may_be_sent(self, file: Path, *, whatever: bool = False) -> bool:
        """Tell whether a file may leave the machine; `whatever`: also when it is no image."""
        if any(file.is_relative_to(each) for each in self._allowed):
            return True
        return not whatever and any(
            file.is_relative_to(each) and not any(part.startswith(".") for part in file.relative_to(each).parts)
            for each in (self._folder, *self._public, *([self._root] if self._root else []))
        )

    def looked_in(self) -> str:
        top = self._above[-1]
        return f"{self._folder}" if top == self._folder else f"{self._folder} and the public folders up to {top}"

    def _candidates(self, source: str) -> Iterator[Path]:
        address = unquote(re.split("[?#]", source, maxsplit=1)[0])
        relative = address.lstrip("/")
        if "\0" in address or not relative:
            return
        if address.startswith("/"):
            yield from (folder / relative for folder in self._above)
            yield from (each for each in [Path(address)] if self.may_be_sent(each.resolve(), whatever=True))
        else:
            yield self._folder / relative
        yield from (folder / relative for folder in self._public)


def _above(folder: Path) -> tuple[list[Path], Path | None]:
    """Return a folder and those above it up to the root of its site or repository, and that root if it shows one."""
    found: list[Path] = []
    for each in (folder, *folder.parents)[:_MOST_LEVELS]:
        if found and (each == Path.home() or each in Path.home().parents or each.parent == each):
            break
        found.append(each)
        if any((each / mark).exists() for mark in _ROOT_MARKS):
            return found, each
    return found, None


class _NotSent(PresswerkError):
    """A local image does not go along; the message is a clause."""


def _attachments(images: Sequence[ImageReference], places: _ImagePlaces, notes: list[str]) -> list[dict[str, str]]:
    """Read local images, and note those that are left out."""
    read = []
    for image in images:
        if _ELSEWHERE.match(image.source):
            continue
        try:
            read.append(_attachment(image, places))
        except (ImageUnavailable, _NotSent) as problem:
            notes.append(f"The image {image.source} is left out: {problem}.")
    if len(read) > MAX_ATTACHMENTS:
        notes.append(f"Only the first {MAX_ATTACHMENTS} images are sent; {len(read)} were found.")
    return read[:MAX_ATTACHMENTS]


def _attachment(image: ImageReference, places: _ImagePlaces) -> dict[str, str]:
    file = places.find(image.source)
    if file is None:
        raise _NotSent(f"it is not there; looked in {places.looked_in()}")
    if not places.may_be_sent(file):
        raise _NotSent(f"{file} is outside of the article's folder; --allow {file.parent} sends it")
    try:
        data = file.read_bytes()
    except OSError as error:
        raise _NotSent(f"{file} cannot be read ({error.__class__.__name__})") from None
    try:
        media_type = read_image(data, file.name).media_type
    except ImageUnavailable:
        if not places.may_be_sent(file, whatever=True):
            raise
        media_type = "application/octet-stream"
    return {
        "reference": image.source,
        "filename": file.name,
        "media_type": media_type,
        "alt": image.alt,
        "data": base64.b64encode(data).decode(),
    }
