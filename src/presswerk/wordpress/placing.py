"""A publication with its images on the way to a site: which go along with it, and how a site without that gets them."""

import dataclasses
import html
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from presswerk.wordpress.model import PostContent, PostImage, SiteImage

_FORM_BYTES = 64 * 1024
"""Of a form beside text and images."""
_FILE_BYTES = 1024


@dataclass(frozen=True)
class UploadLimits:
    """How much of its images one request with a publication may bring along; `files` 0 for a site that reads none."""

    files: int = 0
    file_bytes: int = 0
    request_bytes: int = 0

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "UploadLimits":
        """What a site's status says of it; nothing on a site whose connector does not know of it."""
        said = body.get("images")
        if not isinstance(said, dict):
            return cls()
        return cls(*(int(said.get(name) or 0) for name in ("files", "file_bytes", "request_bytes")))

    def going_along(
        self, images: Iterable[PostImage], data: Mapping[str, bytes], text_bytes: int
    ) -> dict[str, PostImage]:
        """Which images fit into a request beside a text, by their hash, each once."""
        left = self.request_bytes - text_bytes - _FORM_BYTES
        chosen: dict[str, PostImage] = {}
        for image in images:
            size = len(data[image.sha256]) if image.sha256 in data else self.file_bytes + 1
            if image.sha256 in chosen or size > self.file_bytes or size + _FILE_BYTES > left:
                continue
            if len(chosen) == self.files:
                break
            chosen[image.sha256] = image
            left -= size + _FILE_BYTES
        return chosen


def form(payload: Mapping[str, Any], images: Mapping[str, PostImage], data: Mapping[str, bytes]) -> dict[str, Any]:
    """A publication as a form that brings images along, in httpx's terms."""
    files = {f"image-{sha256}": (image.filename, data[sha256], image.media_type) for sha256, image in images.items()}
    return {"data": {"publication": json.dumps(payload, ensure_ascii=False)}, "files": files}


def placed(post: PostContent, images: Sequence[SiteImage]) -> PostContent:
    """A post with its images where they are on the site, one for each of `post.images`."""
    content = post.content
    for image, stored in zip(post.images, images, strict=True):
        content = content.replace(image.id_slot, str(stored.attachment_id))
        content = content.replace(image.address_slot, html.escape(stored.url, quote=False).replace('"', "&quot;"))
    featured = {image.sha256: stored.attachment_id for image, stored in zip(post.images, images, strict=True)}
    return dataclasses.replace(
        post,
        content=content,
        images=(),
        featured_image=None,
        featured_media=post.featured_media if post.featured_image is None else featured[post.featured_image],
    )
