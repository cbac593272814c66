"""An author finds on the site what the chat showed, and finds it again after the editor saved it."""

from collections.abc import Iterator

import pytest

from presswerk.content import compose
from tests.unit.content.messages import SHAPES, languages, messages
from tests.validation.chat import differing, lines_in_the_chat, lines_on_the_site
from tests.validation.wordpress import Case, Verdict, running_validator

pytestmark = pytest.mark.integration

TITLE = "A title that no message has"


@pytest.fixture(scope="module")
def published() -> dict[str, str]:
    return {name: compose(text, dialect="chat", title=TITLE).content for name, text in messages().items()}


@pytest.fixture(scope="module")
def saved(published: dict[str, str]) -> Iterator[dict[str, Verdict]]:
    with running_validator() as validator:
        yield validator.validate(Case(name, content) for name, content in published.items())


def test_the_corpus_is_two_hundred_messages_in_twelve_languages() -> None:
    assert len(languages()) >= 12
    assert len(messages()) == len(languages()) * len(SHAPES) >= 200


def test_the_site_shows_line_by_line_what_the_chat_shows(published: dict[str, str]) -> None:
    shown = lines_in_the_chat(messages())

    assert differing(shown, {name: lines_on_the_site(content) for name, content in published.items()}) == {}


def test_the_editor_finds_valid_blocks_only(saved: dict[str, Verdict]) -> None:
    assert {name: verdict.problems for name, verdict in saved.items() if verdict.problems} == {}
    assert not {name for verdict in saved.values() for name in verdict.blocks} & {"core/freeform", "core/missing"}


def test_the_site_shows_the_same_after_an_editor_saved_it(published: dict[str, str], saved: dict[str, Verdict]) -> None:
    shown = {name: lines_on_the_site(content) for name, content in published.items()}

    assert differing(shown, {name: lines_on_the_site(verdict.serialized) for name, verdict in saved.items()}) == {}
    assert differing(shown, {name: lines_on_the_site(verdict.retyped) for name, verdict in saved.items()}) == {}
