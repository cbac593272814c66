"""Core blocks as WordPress's block editor writes them, byte for byte."""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias

AttributeValue: TypeAlias = str | int | bool

_NONE: Mapping[str, AttributeValue] = MappingProxyType({})
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def block(
    name: str,
    html: str,
    attributes: Mapping[str, AttributeValue] = _NONE,
    inner: Iterable[str] = (),
    after: str = "",
) -> str:
    """Write a core block.

    Args:
        name: Without its namespace, e.g. `list-item`.
        html: HTML before the inner blocks, or all of it when there are none.
        attributes: What stands in the block's comment: only what the HTML itself does not say.
        inner: Inner blocks, between `html` and `after`.
        after: HTML after the inner blocks.
    """
    said = f" {_attributes_json(attributes)}" if attributes else ""
    return f"<!-- wp:{name}{said} -->\n{html}{joined(inner)}{after}\n<!-- /wp:{name} -->"


def joined(blocks: Iterable[str]) -> str:
    """Write blocks that follow each other, as `post_content` has them."""
    return "\n\n".join(blocks)


def _attributes_json(attributes: Mapping[str, AttributeValue]) -> str:
    """Write attributes so that no value can end the comment they stand in.

    The escapes and their order are those of `serializeAttributes` in `@wordpress/blocks`.
    """
    text = _JSON.encode(attributes)
    for plain, escaped in (
        ("\\\\", "\\u005c"),
        ("--", "\\u002d\\u002d"),
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ('\\"', "\\u0022"),
    ):
        text = text.replace(plain, escaped)
    return text
