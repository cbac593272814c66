"""The mark by which a post on a site without the connector is known again: it lives in a block's own metadata."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_OPENING = re.compile(r"<!-- wp:(?P<name>[a-z][a-z0-9/-]*) (?P<attributes>\{.*?\} )?(?P<end>/?-->)", re.DOTALL)

# As WordPress's own serializer writes attributes, so that nothing in them ends the comment or is taken for HTML.
# A backslash comes first: the second half of an escaped one must not be taken for the start of an escaped quote.
_ESCAPES = (
    ("\\\\", "\\u005c"),
    ('\\"', "\\u0022"),
    ("--", "\\u002d\\u002d"),
    ("<", "\\u003c"),
    (">", "\\u003e"),
    ("&", "\\u0026"),
)


@dataclass(frozen=True)
class Mark:
    """Which publication a post is, which revision it holds, and the SHA-256 of what was sent for it."""

    publication: str
    revision: int
    payload_sha256: str


def marked(content: str, mark: Mark) -> str:
    """Block markup with the mark in the metadata of its first block, where no reader sees it and editors keep it.

    Args:
        content: Block markup that begins with a block.
        mark: The mark.

    Raises:
        ValueError: It does not begin with a block.
    """
    opening = _OPENING.match(content)
    if opening is None:
        raise ValueError("the content does not begin with a block")
    attributes = json.loads(opening["attributes"] or "{}")
    metadata = attributes.get("metadata")
    attributes["metadata"] = {
        **(metadata if isinstance(metadata, dict) else {}),
        "presswerk": {"publication": mark.publication, "revision": mark.revision, "payload": mark.payload_sha256},
    }
    return f"<!-- wp:{opening['name']} {_serialized(attributes)} {opening['end']}{content[opening.end() :]}"


def mark_of(content: str, publication: str) -> Mark | None:
    """A publication's mark, wherever in the content an editor moved its block; None when there is none."""
    for opening in _OPENING.finditer(content):
        mark = _read(opening["attributes"] or "{}")
        if mark is not None and mark.publication == publication:
            return mark
    return None


def _read(attributes: str) -> Mark | None:
    try:
        held = json.loads(attributes)["metadata"]["presswerk"]
        return Mark(str(held["publication"]), int(held["revision"]), str(held["payload"]))
    except (KeyError, TypeError, ValueError):
        return None


def _serialized(attributes: Mapping[str, Any]) -> str:
    text = json.dumps(attributes, ensure_ascii=False, separators=(",", ":"))
    for found, escaped in _ESCAPES:
        text = text.replace(found, escaped)
    return text
