"""Every message of the pages has its translation, and whoever asks gets a language there is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from presswerk.languages import LOCALES, SOURCE, languages, translations
from presswerk.web.languages import accepted_languages, language_of

ROOT = Path(__file__).parents[3]
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What code and templates say, as scripts/update_catalogues.sh extracts it."""
    template = tmp_path_factory.mktemp("messages") / "messages.pot"
    pybabel = {**os.environ, "PYBABEL": f"{sys.executable} -m babel.messages.frontend"}
    subprocess.run([ROOT / "scripts" / "update_catalogues.sh", template], cwd=ROOT, env=pybabel, check=True)
    with template.open("rb") as file:
        return read_po(file)


@pytest.mark.parametrize("language", languages()[1:])
def test_a_catalogue_has_all_messages_and_no_others(messages: Catalog, language: str) -> None:
    with (LOCALES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    needed = {message.id for message in messages if message.id}
    there = {message.id for message in catalogue if message.id}

    assert there == needed, "run scripts/update_catalogues.sh, and translate what is empty"
    for message in catalogue:
        if not message.id:
            continue
        assert not message.fuzzy
        forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
        assert all(forms), f"{message.id} has no translation"
        singular = message.id if isinstance(message.id, str) else message.id[0]
        if re.search(r"[a-z] [a-z]", _PLACEHOLDER.sub("", singular)):
            assert singular not in forms, f"{singular} is not translated"
        assert all(set(_PLACEHOLDER.findall(form)) == set(_PLACEHOLDER.findall(singular)) for form in forms), singular


def test_there_are_english_and_german() -> None:
    assert {"en", "de"} <= set(languages())
    assert translations("de").gettext("Sign out") == "Abmelden"
    assert translations(SOURCE).gettext("Sign out") == "Sign out"


def _request(header: str) -> Request:
    return Request({"type": "http", "headers": [(b"accept-language", header.encode("latin-1"))]})


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("de", ["de"]),
        ("de-CH,de;q=0.9,en;q=0.8", ["de", "en"]),
        ("en;q=0.1, de;q=0.9", ["de", "en"]),
        ("fr, de;q=0", []),
        ("DE-at", ["de"]),
        ("", []),
        ("*", []),
        ("de;q=x,en", ["en"]),
    ],
)
def test_a_browsers_languages_are_taken_in_its_order(header: str, expected: list[str]) -> None:
    assert accepted_languages(_request(header)) == expected


@given(st.text(st.characters(max_codepoint=255)))
def test_any_header_gives_a_language_there_is(header: str) -> None:
    assert language_of(_request(header)) in languages()
