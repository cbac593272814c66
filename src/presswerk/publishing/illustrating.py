"""From the images an article names to files that a site takes."""

import concurrent.futures
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from presswerk.content import ImageReference
from presswerk.content.slots import MAX_IMAGES
from presswerk.messages import Message
from presswerk.publishing.fetching import ImageFetcher
from presswerk.publishing.fitting import Fitter, made_smaller, too_large
from presswerk.publishing.images import MAX_PIXELS, ImageFile, ImageUnavailable, read_data_address, read_image
from presswerk.publishing.model import Attachment, Manuscript
from presswerk.wordpress import ImageRejected, SiteRejected

MAX_FETCHED_BYTES = 25 * 1024 * 1024
"""Of all images that one preview fetches."""
FETCH_SECONDS = 25.0
"""How long a preview waits for all its images."""

_FITTER = Fitter()
_UNNAMED = "attachment:"
_FETCHES_AT_ONCE = 4


def can_be_had(source: str, attached: Iterable[str]) -> bool:
    """Whether an image may be there at all: it came along, stands in the text, or has a web address."""
    return is_at_hand(source, attached) or source[:8].lower().startswith(("http://", "https://"))


def is_at_hand(source: str, attached: Iterable[str]) -> bool:
    """Whether an image is there without asking anybody: it came along, or stands in the text."""
    return source in attached or source[:5].lower() == "data:"


def image_at_hand(source: str, attached: Mapping[str, Attachment]) -> ImageFile:
    """An image that is there without asking anybody, as it came.

    Raises:
        ImageUnavailable: It is no image a site takes.
    """
    attachment = attached.get(source)
    return read_data_address(source) if attachment is None else read_image(attachment.data, attachment.filename)


@dataclass(frozen=True)
class Obtained:
    """Images by source, and sentences for the author: about each that could not be had, and each made smaller."""

    images: Mapping[str, ImageFile]
    problems: Mapping[str, Message]
    notes: Mapping[str, Message]


class Obtainer:
    """Gets the images of one manuscript.

    Args:
        fetcher: For those with a web address.
        manuscript: Whose attachments come first.
        most_pixels: What the site takes; larger images are made smaller.

    Attributes:
        notes: By source, what the author is told of images that were made smaller.
    """

    def __init__(self, fetcher: ImageFetcher, manuscript: Manuscript, most_pixels: int = MAX_PIXELS) -> None:
        self._fetcher = fetcher
        self._most_pixels = most_pixels
        self._attached = attachments_by_source(manuscript)
        self.notes: dict[str, Message] = {}

    def obtain(self, reference: ImageReference) -> ImageFile:
        """Get an image.

        Raises:
            ImageUnavailable: It cannot be had.
        """
        image = self._found(reference)
        if reference.source[:5].lower() == "data:" and image.pixels.area > self._most_pixels:
            # It stands in the text, so it would be made smaller again each time it is looked at.
            raise too_large(image.pixels, self._most_pixels)
        fitting = _FITTER.fit(image, self._most_pixels)
        if fitting is not image:
            self.notes[reference.source] = Message(
                "The image %(name)s was made smaller: %(reason)s.",
                name=_name(reference, self._attached),
                reason=made_smaller(image.pixels, fitting.pixels, self._most_pixels),
            )
        return fitting

    def _found(self, reference: ImageReference) -> ImageFile:
        if is_at_hand(reference.source, self._attached):
            return image_at_hand(reference.source, self._attached)
        return self._fetcher.fetch(reference.source)

    def obtain_all(self, references: Sequence[ImageReference], timeout_seconds: float = FETCH_SECONDS) -> Obtained:
        """Get all images, several at once, and all within a time and an amount."""
        images: dict[str, ImageFile] = {}
        problems: dict[str, Message] = {}
        budget = _Budget(MAX_FETCHED_BYTES)
        pool = concurrent.futures.ThreadPoolExecutor(_FETCHES_AT_ONCE, thread_name_prefix="preview-images")
        asked = {pool.submit(self._within, budget, reference): reference for reference in references}
        try:
            done, late = concurrent.futures.wait(asked, timeout_seconds)
        finally:
            # What still runs ends by the fetcher's own deadline.
            pool.shutdown(wait=False, cancel_futures=True)
        for future in done:
            reference = asked[future]
            try:
                images[reference.source] = future.result()
            except ImageUnavailable as error:
                problems[reference.source] = self.problem(reference, error)
        for future in late:
            problems[asked[future].source] = self.problem(asked[future], ImageUnavailable(Message("it took too long")))
        return Obtained(images, problems, {source: self.notes[source] for source in images if source in self.notes})

    def problem(self, reference: ImageReference, error: ImageUnavailable | SiteRejected) -> Message:
        """What the author is told of an image that cannot be had, or that the site refused."""
        return _problem(reference, self._attached, error)

    def _within(self, budget: "_Budget", reference: ImageReference) -> ImageFile:
        image = self.obtain(reference)
        if not is_at_hand(reference.source, self._attached):
            budget.take(len(image.data))
        return image


class _Budget:
    """So many bytes, for several threads."""

    def __init__(self, left: int) -> None:
        self._left = left
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Use some of it.

        Raises:
            ImageUnavailable: There is not so much left.
        """
        with self._lock:
            if size > self._left:
                raise ImageUnavailable(Message("the article's images are too large together; use smaller ones"))
            self._left -= size


class ArticleImages:
    """The images of one article on their way to its site; one that cannot be had does not stop the article.

    Attributes:
        files: By source, those that can be had.
        told: By source, what the author is told of the others, and of those that were made smaller.
    """

    def __init__(self, obtainer: Obtainer, references: Sequence[ImageReference]) -> None:
        self._obtainer = obtainer
        self._references = references
        self.files: dict[str, ImageFile] = {}
        self.told: dict[str, Message] = {}
        for reference in references:
            try:
                self.files[reference.source] = obtainer.obtain(reference)
            except ImageUnavailable as error:
                self.told[reference.source] = obtainer.problem(reference, error)
        self.told |= obtainer.notes

    @property
    def data(self) -> dict[str, bytes]:
        """The bytes of those that can be had, by their hash."""
        return {file.sha256: file.data for file in self.files.values()}

    def leave_out(self, error: ImageRejected) -> None:
        """Go without an image that the site refused; one that it lacked, and that is not here, is told already."""
        for reference in self._references:
            file = self.files.get(reference.source)
            if file is not None and file.sha256 == error.sha256:
                del self.files[reference.source]
                self.told[reference.source] = self._obtainer.problem(reference, error)


def left_out(manuscript: Manuscript, references: Sequence[ImageReference]) -> tuple[Message, ...]:
    """What the author is told of images that an article names and has no place for."""
    attached = attachments_by_source(manuscript)
    nowhere = [image for image in references if not can_be_had(image.source, attached)]
    reason = ImageUnavailable(Message("it did not come along, and only http and https addresses can be fetched"))
    beyond = Message("Only the first %(most)s images were brought to the site.", most=MAX_IMAGES)
    return (
        *(_problem(image, attached, reason) for image in nowhere),
        *([beyond] if len(nowhere) < len(references) else []),
    )


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


def _problem(
    reference: ImageReference, attached: Mapping[str, Attachment], error: ImageUnavailable | SiteRejected
) -> Message:
    name = _name(reference, attached)
    if isinstance(error, SiteRejected):
        return Message("The site did not take the image %(name)s: %(reason)s.", name=name, reason=error.reason)
    return Message("The image %(name)s was left out: %(reason)s.", name=name, reason=error.message)


def _name(reference: ImageReference, attached: Mapping[str, Attachment]) -> Message:
    if attachment := attached.get(reference.source):
        return Message('"%(name)s"', name=attachment.filename)
    if reference.source[:5].lower() == "data:":
        return Message('"%(name)s"', name=reference.alt) if reference.alt else Message("inside the text")
    return Message('"%(name)s"', name=reference.source[:200])
