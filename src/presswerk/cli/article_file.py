"""An article in a Markdown file: its front matter, its text, and the local images it names."""

import base64
import datetime as dt
import mimetypes
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from presswerk.content import ImageReference, compose

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_TARGETS = {"draft": "draft", "publish": "publish", "published": "publish"}


class UnusableArticle(Exception):
    """The file cannot be sent; the message names the place and what to do."""


def read_article(path: Path) -> dict[str, Any]:
    """Read a file as the body of a publication, without its tenant.

    Args:
        path: A Markdown file; its front matter may give title, tags, categories, slug, excerpt and status.

    Raises:
        UnusableArticle: It cannot be read, or something in it is not what it should be.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableArticle(f"{path}: cannot be read as UTF-8 text ({error.__class__.__name__})") from None
    match = _FRONT_MATTER.match(text)
    markdown = text[match.end() :] if match else text
    fields = _fields(path, match["yaml"]) if match else {}
    return {**fields, "markdown": markdown, "attachments": _attachments(path, markdown), "source": {"kind": "cli"}}


def _fields(path: Path, front_matter: str) -> dict[str, Any]:
    try:
        found = yaml.safe_load(front_matter) or {}
    except yaml.YAMLError as error:
        raise UnusableArticle(f"{path}: the front matter is not valid YAML: {error}") from None
    if not isinstance(found, dict):
        raise UnusableArticle(f"{path}: the front matter must be fields such as `title: ...`")
    fields: dict[str, Any] = {}
    for name in ("title", "slug", "excerpt"):
        if found.get(name) is not None:
            fields[name] = _text(path, name, found[name])
    for name in ("tags", "categories"):
        if found.get(name) is not None:
            fields[name] = _texts(path, name, found[name])
    if found.get("status") is not None:
        fields["target"] = _target(path, found)
    return fields


def _text(path: Path, name: str, value: object) -> str:
    if isinstance(value, str | int | float | dt.date) and not isinstance(value, bool):
        return str(value)
    raise UnusableArticle(f"{path}: {name} must be text")


def _texts(path: Path, name: str, value: object) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list):
        return [_text(path, name, each) for each in value]
    raise UnusableArticle(f"{path}: {name} must be a list, or text with commas")


def _target(path: Path, found: Mapping[str, object]) -> str:
    target = _TARGETS.get(str(found["status"]).lower())
    if target is None:
        raise UnusableArticle(f"{path}: status must be draft or publish, not {found['status']!r}")
    return target


def _attachments(path: Path, markdown: str) -> list[dict[str, str]]:
    named = compose(markdown).images
    return [_attachment(path, image) for image in named if not _ELSEWHERE.match(image.source)]


def _attachment(path: Path, image: ImageReference) -> dict[str, str]:
    file = path.parent / unquote(image.source)
    try:
        data = file.read_bytes()
    except OSError:
        raise UnusableArticle(f"{path}: the image {image.source} is not there; looked for {file}") from None
    return {
        "reference": image.source,
        "filename": file.name,
        "media_type": mimetypes.guess_type(file.name)[0] or "application/octet-stream",
        "alt": image.alt,
        "data": base64.b64encode(data).decode(),
    }
