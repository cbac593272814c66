"""From the images an article names to images on the site."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from presswerk.content import ImageReference, PlacedImage
from presswerk.publishing.fetching import ImageFetcher
from presswerk.publishing.images import Image, ImageUnavailable, read_data_address, read_image
from presswerk.publishing.model import Attachment, Manuscript
from presswerk.publishing.retrying import sentence
from presswerk.wordpress import SiteClient, SiteRejected

MAX_IMAGES = 40
_UNNAMED = "attachment:"


@dataclass(frozen=True)
class Illustrator:
    """Brings images to a site; one that cannot be had is told to the author and does not stop the article."""

    fetcher: ImageFetcher
    warn: Callable[[str], None]

    def place(
        self, references: Iterable[ImageReference], manuscript: Manuscript, site: SiteClient
    ) -> dict[str, PlacedImage]:
        """Bring images to the site.

        Returns:
            Where each went, by its source; those that could not be had are missing.

        Raises:
            SiteError: The site fails at something other than the image itself.
        """
        attached = attachments_by_source(manuscript)
        placed: dict[str, PlacedImage] = {}
        for count, reference in enumerate(references):
            if count >= MAX_IMAGES:
                self.warn(f"Only the first {MAX_IMAGES} images were brought to the site.")
                break
            try:
                image = self._obtain(reference, attached)
                placed[reference.source] = _put(image, reference, site)
            except ImageUnavailable as error:
                self.warn(f"The image {_name(reference, attached)} was left out: {error}.")
            except SiteRejected as error:
                self.warn(f"The site did not take the image {_name(reference, attached)}: {sentence(error.reason)}")
        return placed

    def _obtain(self, reference: ImageReference, attached: dict[str, Attachment]) -> Image:
        if attachment := attached.get(reference.source):
            return read_image(attachment.data, attachment.filename)
        if reference.source[:5].lower() == "data:":
            return read_data_address(reference.source)
        return self.fetcher.fetch(reference.source)


def attachments_by_source(manuscript: Manuscript) -> dict[str, Attachment]:
    """Attachments by the address the article uses for them; one without gets an address of ours."""
    return {
        attachment.reference or f"{_UNNAMED}{place}": attachment
        for place, attachment in enumerate(manuscript.attachments)
    }


def attached_images(manuscript: Manuscript) -> tuple[ImageReference, ...]:
    """The attachments as images, for those the text does not name."""
    return tuple(
        ImageReference(source, attachment.alt, "") for source, attachment in attachments_by_source(manuscript).items()
    )


def _put(image: Image, reference: ImageReference, site: SiteClient) -> PlacedImage:
    stored = site.put_media(
        image.sha256, image.data, filename=image.filename, media_type=image.media_type, alt=reference.alt
    )
    return PlacedImage(stored.attachment_id, stored.url, stored.width, stored.height)


def _name(reference: ImageReference, attached: dict[str, Attachment]) -> str:
    if attachment := attached.get(reference.source):
        return f'"{attachment.filename}"'
    if reference.source[:5].lower() == "data:":
        return f'"{reference.alt}"' if reference.alt else "inside the text"
    return f'"{reference.source[:200]}"'
