"""An author finds on the site what the chat showed, and finds it again after the editor saved it."""

import itertools
from collections.abc import Iterator

import pytest

from presswerk.content import compose
from presswerk.openwebui.functions.publish import PublishableSite, Words, footer
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


def test_the_footer_shows_names_and_notes_as_they_are() -> None:
    """Whatever Markdown, Open WebUI's formulas, mentions and citations, or an address would make of them elsewhere."""
    pieces = (
        "[Update] News", "a (b) c", "$5 and $6", "$x^2$", "$$a$$", "https://example.org/a", "www.example.org", "a@b.de",
        "1. First", "2) Second", "- item", "+ item", "# Head", "a\\(b\\)", "\\[x\\]", "\\begin{x}", "\\ce{H2O}",
        "a\\\\b", "~~gone~~", "<@U:1|x>", "#tag @name", "---", "a | b", "&amp;", "`code`", "[1]", "[^1]", "![i](x)",
        "[a](b)", "***", "____", "<u>x</u>", ":::note", "“Zitat”", "标题", "עברית", "हिन्दी",
    )  # fmt: skip
    names = [*pieces, *(f"{one} {other}" for one, other in itertools.pairwise((*pieces, *reversed(pieces))))]
    post = {"edit_link": "http://acme.localhost/edit"}
    messages = {
        name: "Text." + footer({"state": "drafted", "post": post}, PublishableSite("a", name, "", ()), [name], Words())
        for name in names
    }

    shown = {name: lines[-1].replace("\u2060", "") for name, lines in lines_in_the_chat(messages).items()}

    assert shown == {name: f"Draft on {name}: Edit in WordPress {name}" for name in names}
