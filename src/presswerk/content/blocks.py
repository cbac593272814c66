"""WordPress's block tree and its serialisation, byte for byte as the block editor writes it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

AttributeValue: TypeAlias = str | int | bool


@dataclass(frozen=True)
class Block:
    """A core block.

    Attributes:
        name: Without its namespace, e.g. `list-item`.
        before: HTML before the inner blocks, or all of it when there are none.
        attributes: What stands in the block's comment: only what the HTML itself does not say.
        inner: Inner blocks, between `before` and `after`.
        after: HTML after the inner blocks.
    """

    name: str
    before: str
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    inner: tuple["Block", ...] = ()
    after: str = ""


def serialize(blocks: tuple[Block, ...]) -> str:
    """Write blocks as `post_content`."""
    return "\n\n".join(_serialize_one(block) for block in blocks)


def _serialize_one(block: Block) -> str:
    attributes = f" {_attributes_json(block.attributes)}" if block.attributes else ""
    html = f"{block.before}{serialize(block.inner)}{block.after}"
    return f"<!-- wp:{block.name}{attributes} -->\n{html}\n<!-- /wp:{block.name} -->"


def _attributes_json(attributes: Mapping[str, AttributeValue]) -> str:
    """Write attributes so that no value can end the comment they stand in.

    The escapes and their order are those of `serializeAttributes` in `@wordpress/blocks`.
    """
    text = json.dumps(dict(attributes), ensure_ascii=False, separators=(",", ":"))
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
