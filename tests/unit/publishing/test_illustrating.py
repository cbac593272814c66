"""Getting all the images of a preview: within a time and an amount, and each that is missing with its reason."""

import threading

import pytest

from presswerk.content import ImageReference
from presswerk.messages import Message
from presswerk.publishing import illustrating
from presswerk.publishing.fetching import ImageFetcher
from presswerk.publishing.illustrating import Obtainer, left_out
from presswerk.publishing.images import ImageFile, ImageUnavailable
from presswerk.publishing.model import Attachment, Manuscript
from presswerk.publishing.pixels import Pixels
from tests.support.press import PNG
from tests.support.waiting import PATIENCE_SECONDS


class Fetcher(ImageFetcher):
    """Serves what a test gives it: bytes, an error, or nothing until the test is over."""

    def __init__(self, images: dict[str, bytes | None]) -> None:
        super().__init__()
        self.images = images
        self.over = threading.Event()
        self.asked: list[str] = []

    def fetch(self, address: str) -> ImageFile:
        """Get an image."""
        self.asked.append(address)
        found = self.images.get(address, b"")
        if found is None:
            self.over.wait(PATIENCE_SECONDS)
        if not found:
            raise ImageUnavailable(Message("its server answered 404"))
        return ImageFile(found, "image/png", "x.png", Pixels(1, 1))


def references(*sources: str) -> list[ImageReference]:
    return [ImageReference(source, "alt", "") for source in sources]


def test_attached_and_inline_images_are_not_fetched() -> None:
    fetcher = Fetcher({})
    manuscript = Manuscript("x", attachments=(Attachment("a.png", "image/png", PNG, "https://a.example/a.png"),))
    got = Obtainer(fetcher, manuscript).obtain_all(references("https://a.example/a.png", "data:image/png;base64,AAAA"))
    assert fetcher.asked == []
    assert got.images["https://a.example/a.png"].data == PNG
    assert list(got.problems) == ["data:image/png;base64,AAAA"]


def test_a_server_that_hangs_costs_the_time_allowed_and_only_its_own_image() -> None:
    fetcher = Fetcher({"https://a.example/slow.png": None, "https://a.example/good.png": PNG})
    got = Obtainer(fetcher, Manuscript("x")).obtain_all(
        references("https://a.example/slow.png", "https://a.example/good.png", "https://a.example/gone.png"), 2.0
    )
    # What hangs does so until here.
    fetcher.over.set()
    assert list(got.images) == ["https://a.example/good.png"]
    assert "took too long" in str(got.problems["https://a.example/slow.png"])
    assert "404" in str(got.problems["https://a.example/gone.png"])


def test_all_images_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(illustrating, "MAX_FETCHED_BYTES", 3 * len(PNG))
    sources = [f"https://a.example/{number}.png" for number in range(5)]
    got = Obtainer(Fetcher(dict.fromkeys(sources, PNG)), Manuscript("x")).obtain_all(references(*sources))
    assert len(got.images) == 3
    assert all("too large together" in str(problem) for problem in got.problems.values())


def test_what_has_no_place_is_said_by_its_reason() -> None:
    manuscript = Manuscript("x", attachments=(Attachment("a.png", "image/png", PNG, "a.png"),))
    told = left_out(manuscript, references("/img/x.png", "a.png", "https://a.example/y.png"))
    assert len(told) == 2
    assert "/img/x.png" in str(told[0])
    assert str(told[1]).startswith("Only the first 40 images")
