"""What an article becomes before its images are on the site: tags, featured image, warnings, and the hash of it all."""

import dataclasses
import datetime as dt
import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presswerk.content.slots import MAX_IMAGES
from presswerk.declaration import Role, Tenant
from presswerk.publishing.composition import (
    NO_TERMS,
    Composition,
    compose_manuscript,
    composition_record,
    delivery_sha256,
    read_composition,
    without_images,
)
from presswerk.publishing.model import Attachment, Manuscript, Source, Submitter
from presswerk.publishing.validating import MAX_TERMS
from presswerk.wordpress import SiteTerms

ACME = Tenant(id="acme", name="Acme", language="en-US")
ANNA = Submitter("http://issuer", "anna", "Anna", "anna@example.org", Role.AUTHOR)
TERMS = SiteTerms(("Bread", "Cheese"), ("News",), "News")
PICTURE = Attachment("a.png", "image/png", b"a", "a.png", "A")
OTHER = Attachment("b.png", "image/png", b"b", "b.png", "B")


def composed(markdown: str, terms: SiteTerms | None = TERMS, **fields: Any) -> Composition:
    return compose_manuscript(Manuscript(markdown, **fields), ACME, terms)


def test_tags_are_the_sites_own_and_none_is_made_up() -> None:
    text = "# Bread at home\n\nSourdough, sourdough and sourdough again.\n"
    assert composed(text).tags == ("Bread",)
    assert composed(text, SiteTerms((), (), None)).tags == ()
    assert composed(text, tags=()).tags == ()
    assert composed(text, tags=("Mine",)).tags == ("Mine",)


def test_tags_that_the_text_asks_for_are_proposed_unless_the_site_has_them() -> None:
    text = "Bread needs time.\n\n**Tags:** cheese, Rye, Rye, Sourdough\n"
    found = composed(text, dialect="chat")
    assert (found.tags, found.proposed_tags) == (("Cheese", "Bread"), ("Rye", "Sourdough"))
    assert composed(text, dialect="chat", tags=("Rye",)).proposed_tags == ("cheese", "Sourdough")
    assert composed(text, None, dialect="chat").proposed_tags == ("cheese", "Rye", "Sourdough")


def test_more_tags_than_a_request_may_have_are_not_proposed() -> None:
    found = composed("Bread.\n\n**Tags:** " + ", ".join(f"tag {number}" for number in range(50)), dialect="chat")
    assert len(found.tags) + len(found.proposed_tags) == MAX_TERMS


def test_a_category_is_the_requests_else_the_tenants() -> None:
    declared = ACME.model_copy(update={"category": "Kitchen"})
    assert compose_manuscript(Manuscript("x"), declared, TERMS).categories == ("Kitchen",)
    assert compose_manuscript(Manuscript("x", categories=("News",)), declared, TERMS).categories == ("News",)
    assert composed("x").categories == ()


def test_a_silent_site_is_said_only_to_whoever_wanted_its_tags() -> None:
    assert NO_TERMS in composed("Text.", None).warnings
    assert composed("Text.", None, tags=("Mine",)).warnings == ()
    assert composed("Text.", None).tags == ()


@pytest.mark.parametrize(
    ("text", "picture", "featured"),
    [
        ("![A](a.png)\n\n![B](b.png)", None, "a.png"),
        ("![A](a.png)\n\nText ![B](b.png) in a line.", None, "a.png"),
        ("- x ![B](b.png)\n\n![A](a.png)", None, "b.png"),
        ("# Title ![A](a.png)\n\n![B](b.png)", None, "a.png"),
        ("![A](a.png)\n\n![B](b.png)", "b.png", "b.png"),
        ("![A](a.png)\n\n![B](b.png)", "", None),
        ("Text.", None, "a.png"),
    ],
)
def test_the_featured_image_is_the_first_unless_it_is_said(
    text: str, picture: str | None, featured: str | None
) -> None:
    found = composed(f"{text}\n\nText.", attachments=(PICTURE, OTHER), picture=picture)
    assert (None if found.featured is None else found.images[found.featured].source) == featured
    assert len(found.images) == 2
    assert found.warnings == ()


def test_an_image_in_the_text_itself_is_chosen_by_its_number() -> None:
    text = "![A](a.png)\n\n![B](data:image/png;base64,AAAA)"
    found = composed(text, attachments=(PICTURE,))
    assert [found.reference(number) for number in range(2)] == ["a.png", "image:1"]
    assert composed(text, attachments=(PICTURE,), picture="image:1").featured == 1


def test_a_featured_image_that_is_none_of_the_articles_is_said() -> None:
    found = composed("![A](a.png)", attachments=(PICTURE,), picture="c.png")
    assert found.featured == 0
    assert len(found.warnings) == 1


def test_an_image_with_neither_file_nor_web_address_is_said_and_gets_no_place() -> None:
    found = composed("![Loaf](/images/loaf.png)\n\nText.")
    assert found.images == ()
    assert "/images/loaf.png" in str(found.warnings[0])
    assert "Loaf" in found.content


def test_only_what_images_need_changes_without_them() -> None:
    manuscript = Manuscript("# T\n\n![A](a.png)\n\n![B](b.png)\n\nBread.", attachments=(PICTURE, OTHER))
    first = compose_manuscript(manuscript, ACME, TERMS)
    second = without_images(first, manuscript, ACME, ["a.png"])
    assert [image.source for image in second.images] == ["b.png"]
    assert (second.tags, second.warnings) == (first.tags, first.warnings)
    assert "wp:gallery" not in second.content


def test_a_composition_comes_back_as_it_was_stored() -> None:
    found = composed("# T\n\n![A](a.png) [x](https://example.org)\n\nBread.", None, attachments=(PICTURE,))
    assert read_composition(composition_record(found)) == found


def test_a_dialect_is_the_sources_unless_it_is_said() -> None:
    chat = Source("chat", "c", "m")
    assert composed("x", source=chat).dialect == "chat"
    assert composed("x").dialect == "commonmark"
    assert composed("x", dialect="chat").dialect == "chat"


_WHOLE = Manuscript("# Bread\n\n![A](a.png)\n\n![B](b.png)\n\nText.", target="publish", attachments=(PICTURE, OTHER))
_CHANGES: list[dict[str, Any]] = [
    {"markdown": "# Bread\n\n![A](a.png)\n\n![B](b.png)\n\nTexts."},
    {"target": "draft"},
    {"title": "Other"},
    {"slug": "other"},
    {"excerpt": "Other."},
    {"scheduled_for": dt.datetime(2030, 1, 1, tzinfo=dt.UTC)},
    {"categories": ("Other",)},
    {"tags": ("Other",)},
    {"picture": "b.png"},
    {"picture": ""},
    {"attachments": (PICTURE, dataclasses.replace(OTHER, filename="c.png", reference="c.png"))},
]


def _sha256(
    manuscript: Manuscript, by: Submitter = ANNA, tenant: str = "acme", images: tuple[str, ...] = ("a", "b")
) -> str:
    found = compose_manuscript(manuscript, ACME, TERMS)
    return delivery_sha256(
        tenant, by, manuscript, found, images[: len(found.images)] + ("c",) * (len(found.images) - 2)
    )


@pytest.mark.parametrize("change", _CHANGES, ids=lambda change: str(*change))
def test_the_hash_covers_every_field(change: dict[str, Any]) -> None:
    assert _sha256(dataclasses.replace(_WHOLE, **change)) != _sha256(_WHOLE)


def test_the_hash_covers_author_tenant_terms_and_the_bytes_of_images() -> None:
    whole = _sha256(_WHOLE)
    assert _sha256(_WHOLE, dataclasses.replace(ANNA, role=Role.EDITOR)) != whole
    assert _sha256(_WHOLE, tenant="beta") != whole
    assert _sha256(_WHOLE, images=("a", "other")) != whole
    found = compose_manuscript(_WHOLE, ACME, SiteTerms((), (), None))
    assert delivery_sha256("acme", ANNA, _WHOLE, found, ("a", "b")) != whole


def test_the_hash_is_the_same_for_the_same_article() -> None:
    assert _sha256(_WHOLE) == _sha256(dataclasses.replace(_WHOLE))


@given(
    st.lists(st.integers(1, 5), min_size=MAX_IMAGES, max_size=MAX_IMAGES + 5),
    st.sets(st.integers(0, MAX_IMAGES - 1), min_size=1, max_size=10),
)
@settings(max_examples=25, deadline=None)
def test_no_further_image_takes_the_place_of_one_that_is_missing(together: list[int], numbers: set[int]) -> None:
    numbered = itertools.count()
    paragraphs = (" ".join(f"![x](https://e.org/{next(numbered)}.png)" for _ in range(size)) for size in together)
    manuscript = Manuscript("\n\n".join(("# Many", *paragraphs)))
    whole = compose_manuscript(manuscript, ACME, None)
    missing = {whole.images[number].source for number in numbers}

    left = without_images(whole, manuscript, ACME, missing)

    assert [image.source for image in left.images] == [
        image.source for image in whole.images if image.source not in missing
    ]
