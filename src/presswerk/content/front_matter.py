"""Front matter: what a file says of its article above its text, as Jekyll, Hugo, Docusaurus and Obsidian read it."""

import datetime as dt
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from presswerk.errors import PresswerkError

_YAML = re.compile(r"\s*^---[ \t]*\r?\n(?P<fields>.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\s*^\+\+\+[ \t]*\r?\n(?P<fields>.*?)^\+\+\+[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_JSON_START = re.compile(r"\s*(?=\{\s*[\"}])")
_PLAIN_FIELD = re.compile(r"^([A-Za-z_][\w .-]*):[ \t]+(\S.*?)[ \t]*\r?$", re.MULTILINE)
_MOST_QUOTED = 40
_FIELD = re.compile(r"^[A-Za-z_][\w .-]*:(?:\s|$)", re.MULTILINE)
MAX_LENGTH = 20_000
"""Characters; what is longer is text. PyYAML takes seconds for a megabyte."""

_TARGETS = {"draft": "draft", "publish": "publish", "published": "publish"}
_HAS_COMMA = re.compile("[,，、;]")


class InvalidFrontMatter(PresswerkError):
    """Front matter that cannot be read; the message says where."""


@dataclass(frozen=True)
class FrontMatter:
    """What front matter says; None and empty for what it does not.

    Attributes:
        fields: As written, by lower-case name.
        title: Plain text.
        excerpt: From `excerpt`, `summary` or `description`, in this order.
        slug: From `slug`, else the last part of `permalink` or `url`.
        tags: Each once.
        categories: Each once.
        target: `publish` or `draft`, from `status`; `draft` too for `draft: true` and `published: false`.
        language: From `lang`, `language` or `locale`.
        image: Address of the picture that stands for the article.
    """

    fields: Mapping[str, Any]
    title: str | None = None
    excerpt: str | None = None
    slug: str | None = None
    tags: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None
    target: str | None = None
    language: str | None = None
    image: str | None = None


def split_front_matter(text: str, *, loosely: bool = False) -> tuple[FrontMatter | None, str]:
    """Take front matter off a text: YAML between `---`, TOML between `+++`, or a JSON object.

    Args:
        text: Any.
        loosely: Take `title: Bread: a guide` for what it means, as models write it.

    Returns:
        What it says, None without any, and the text below it.

    Raises:
        InvalidFrontMatter: It begins as front matter and cannot be read as such.
    """
    text = text.removeprefix("\ufeff")
    beginning = text[:MAX_LENGTH]
    if (match := _YAML.match(beginning)) and (not match["fields"].strip() or _FIELD.search(match["fields"])):
        fields = _quoted(match["fields"]) if loosely else match["fields"]
        return _read(_from_yaml(fields)), text[match.end() :]
    if match := _TOML.match(beginning):
        return _read(_from_toml(match["fields"])), text[match.end() :]
    if match := _JSON_START.match(beginning):
        try:
            found, end = json.JSONDecoder().raw_decode(beginning, match.end())
        except (ValueError, RecursionError):
            return None, text
        if isinstance(found, dict) and text[end : end + 1] in {"", "\n", "\r"}:
            return _read(found), text[end:].lstrip("\r\n")
    return None, text


def _from_yaml(source: str) -> Mapping[str, Any]:
    try:
        found = yaml.safe_load(source)
    except (yaml.YAMLError, ValueError) as error:
        raise InvalidFrontMatter(f"the front matter is not valid YAML: {error}") from None
    except RecursionError:
        raise InvalidFrontMatter("the front matter is nested too deeply") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise InvalidFrontMatter("the front matter must be fields such as `title: ...`")
    return found


def _quoted(source: str) -> str:
    """Put quotation marks around the values of lines that are no YAML by themselves."""

    def quote(match: re.Match[str]) -> str:
        try:
            yaml.safe_load(match[0])
        except (yaml.YAMLError, ValueError, RecursionError):
            value = match[2]
            marked = len(value) > 1 and value[0] in "'\"" and value[-1] == value[0]
            return f"{match[1]}: {json.dumps(value[1:-1] if marked else value, ensure_ascii=False)}"
        return match[0]

    return _PLAIN_FIELD.sub(quote, source, count=_MOST_QUOTED)


def _from_toml(source: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise InvalidFrontMatter(f"the front matter is not valid TOML: {error}") from None
    except RecursionError:
        raise InvalidFrontMatter("the front matter is nested too deeply") from None


def _read(found: Mapping[Any, Any]) -> FrontMatter:
    fields = {str(name).lower(): value for name, value in found.items()}
    taxonomies = fields.get("taxonomies")
    if isinstance(taxonomies, Mapping):  # Zola
        fields = {**{str(name).lower(): value for name, value in taxonomies.items()}, **fields}
    return FrontMatter(
        fields=fields,
        title=_text(fields, "title"),
        excerpt=_text(fields, "excerpt", "summary", "description"),
        slug=_last_part(_text(fields, "slug")) or _last_part(_text(fields, "permalink", "url")),
        tags=_tags(fields),
        categories=_terms(fields, "categories", "category"),
        target=_target(fields),
        language=_text(fields, "lang", "language", "locale"),
        image=_image(fields),
    )


def _text(fields: Mapping[str, Any], *names: str) -> str | None:
    for name in names:
        value = fields.get(name)
        if value is None or value == "":
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float | dt.date):
            raise InvalidFrontMatter(f"{name} must be text")
        if text := " ".join(str(value).split()):
            return text
    return None


def _last_part(address: str | None) -> str | None:
    """Return the part of an address that is an article's own; none where it holds a pattern such as `:title`."""
    last = (address or "").split("?")[0].rstrip("/").rpartition("/")[2].removesuffix(".html")
    return last if last and ":" not in last and "{" not in last else None


def _tags(fields: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Read tags; without a comma Jekyll parts them at spaces, and Obsidian writes a `#` before each."""
    for name in ("tags", "tag"):
        value = fields.get(name)
        if isinstance(value, str) and name == "tags" and not _HAS_COMMA.search(value):
            return _once(value.split())
        if value is not None:
            return _terms(fields, name)
    return _terms(fields, "keywords") if isinstance(fields.get("keywords"), list) else None


def _terms(fields: Mapping[str, Any], *names: str) -> tuple[str, ...] | None:
    for name in names:
        value = fields.get(name)
        if value is None:
            continue
        if isinstance(value, str | int):
            return _once(_HAS_COMMA.split(str(value)))
        if isinstance(value, list):
            return _once(_name_of_term(name, each) for each in value if each is not None)
        raise InvalidFrontMatter(f"{name} must be a list, or text with commas")
    return None


def _name_of_term(field: str, value: Any) -> str:
    if isinstance(value, Mapping):  # Docusaurus: {label: ..., permalink: ...}
        value = value.get("label", value.get("name"))
    if isinstance(value, str | int | float | dt.date) and not isinstance(value, bool):
        return str(value)
    raise InvalidFrontMatter(f"{field} must be a list of names")


def _once(names: Iterable[str]) -> tuple[str, ...]:
    once: dict[str, str] = {}
    for name in names:
        if tidied := " ".join(name.split()).removeprefix("#").strip():
            once.setdefault(tidied.casefold(), tidied)
    return tuple(once.values())


def _target(fields: Mapping[str, Any]) -> str | None:
    status = fields.get("status")
    if status is None:
        return "draft" if fields.get("draft") is True or fields.get("published") is False else None
    target = _TARGETS.get(str(status).lower())
    if target is None:
        raise InvalidFrontMatter(f"status must be draft or publish, not {status!r}")
    return target


def _image(fields: Mapping[str, Any]) -> str | None:
    for name in ("image", "cover", "featured_image", "featuredimage", "thumbnail", "banner", "hero_image", "images"):
        value = fields.get(name)
        if isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, Mapping):
            value = next((value[key] for key in ("path", "image", "src", "url", "relative") if key in value), None)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None
