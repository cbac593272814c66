"""What the Publish action makes of a message's text, without Open WebUI."""

import re
from pathlib import Path

import pytest

from presswerk.openwebui.functions import publish
from presswerk.openwebui.functions.publish import (
    TEXTS,
    PublishableSite,
    Words,
    footer,
    link_target,
    message_text,
    quoted,
)
from presswerk.openwebui.provision import publish_source

EN, DE = Words("en-GB"), Words("de-AT")
SITE = PublishableSite("acme", "Acme News", "http://acme.localhost:8101", ("draft",))
DRAFTED = {
    "state": "drafted",
    "post": {
        "link": "http://acme.localhost:8101/?p=42",
        "preview_link": "http://acme.localhost:8101/?p=42&preview=true",
        "edit_link": "http://acme.localhost:8101/wp-admin/post.php?post=42&action=edit",
    },
}


def test_the_clicked_message_is_taken_and_not_the_last_one() -> None:
    body = {
        "id": "b",
        "messages": [{"id": "a", "content": "A"}, {"id": "b", "content": "B"}, {"id": "c", "content": "C"}],
    }

    assert message_text(body) == "B"


@pytest.mark.parametrize("body", [{}, {"messages": []}, {"id": "x", "messages": [{"id": "x", "content": None}]}])
def test_a_message_without_text_is_empty(body: dict[str, object]) -> None:
    assert message_text(body) == ""


def test_the_footer_links_to_editing_and_preview() -> None:
    line = footer(DRAFTED, SITE, (), EN)

    assert line.endswith(
        "**Draft on Acme News:** "
        "[Edit in WordPress](http://acme.localhost:8101/wp-admin/post.php?post=42&action=edit) · "
        "[Preview](http://acme.localhost:8101/?p=42&preview=true)"
    )


def test_the_footer_speaks_german_too() -> None:
    assert "**Entwurf auf Acme News:** [In WordPress bearbeiten](" in footer(DRAFTED, SITE, (), DE)


def test_every_sentence_is_there_in_both_languages_with_the_same_blanks() -> None:
    for name, both in TEXTS.items():
        assert set(both) == {"en", "de"}, name
        english, german = (set(re.findall(r"{(\w+)}", both[language])) for language in ("en", "de"))
        assert english == german, name
        assert all(text.strip() for text in both.values()), name


def test_every_sentence_is_used_and_every_one_used_is_there() -> None:
    source = Path(publish.__file__).read_text(encoding="utf-8")
    asked = set(re.findall(r"""words\(\s*"(\w+)\"""", source))
    built = {name for name in TEXTS if name.startswith(("field_", "status_")) or name.isdigit()}

    assert asked <= set(TEXTS)
    unused = {name for name in set(TEXTS) - built if f'"{name}"' not in source}
    assert unused == set()


def test_a_published_post_is_viewed_rather_than_previewed() -> None:
    line = footer({**DRAFTED, "state": "published"}, SITE, (), EN)

    assert "**Published on Acme News:** [View](http://acme.localhost:8101/?p=42) · [Edit in WordPress](" in line


def test_without_a_post_there_is_no_footer() -> None:
    assert footer({"state": "drafted", "post": None}, SITE, (), EN) == ""


def test_a_site_name_cannot_write_markdown_into_the_footer() -> None:
    hostile = PublishableSite("x", "X](http://evil.example)[\n# Y", "http://x.localhost", ("draft",))

    assert r"**Draft on X\](http\://evil.example)[ \# Y:** " in footer(DRAFTED, hostile, (), EN)


def test_an_address_cannot_leave_its_link() -> None:
    assert link_target("http://x/a) [b](http://evil") == "http://x/a%29%20[b]%28http://evil"


def test_dialogs_show_titles_as_they_are() -> None:
    assert quoted("<b>*x*_y_</b>") == r"\<b\>\*x\*\_y\_\</b\>"


@pytest.mark.parametrize("end", ["\n\n---\n\n", "\n---\n", "\n\n", "\n"])
def test_an_earlier_footer_goes_with_its_rule_and_nothing_else(end: str) -> None:
    assert (
        publish.without_footer(f"A\n\n---\nB{end}{publish.FOOTER_MARK}\n**Draft on X:** y\n\nC") == "A\n\n---\nB\n\nC"
    )
    assert publish.without_footer(f"A `{publish.FOOTER_MARK}` B---") == f"A `{publish.FOOTER_MARK}` B---"


@pytest.mark.parametrize("piece", ["\n", "---\n", "---\t", f"\n{publish.FOOTER_MARK}", "\n\n---"])
def test_no_message_keeps_the_chat_from_others(piece: str) -> None:
    """What looks at the rest of the message at every line would be at it for hours."""
    assert "end" in publish.without_footer("begin" + piece * (1024 * 1024 // len(piece)) + "\n\nend")


def test_halves_of_characters_become_characters_again() -> None:
    body = {"messages": [{"content": "\ud83d\ude00 whole, \ud83d half, \0 none"}]}

    assert message_text(body) == "😀 whole, \ufffd half,  none"


def spoken(text: str) -> dict[str, object]:
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}


THOUGHT = {"type": "reasoning", "content": [{"text": "secret"}]}


def test_a_stored_answers_text_is_what_was_said_and_not_what_was_thought() -> None:
    stored = {"content": "<details>secret</details>A", "output": [THOUGHT, spoken("A"), spoken(" "), spoken("B")]}

    assert publish.text_of(stored) == "A\nB"
    assert publish.text_of({"content": "only this", "output": None}) == "only this"


def test_a_new_text_keeps_what_was_thought() -> None:
    output = [THOUGHT, spoken("A"), {"type": "function_call"}, spoken("B")]

    changed = publish.with_text(output, "C")

    assert [part["type"] for part in changed] == ["reasoning", "message", "function_call", "message"]
    assert publish.text_of({"output": changed}) == "C"
    assert publish.text_of({"output": publish.with_text([THOUGHT], "C")}) == "C"


def test_the_source_survives_open_webuis_rewriting_of_imports() -> None:
    """Open WebUI replaces these words anywhere in a Function's text, which would then always differ from ours."""
    for rewritten in ("from utils", "from apps", "from main", "from config"):
        assert rewritten not in publish_source()


def test_the_file_holds_no_tenant_and_no_secret() -> None:
    source = publish_source().lower()

    assert source.startswith('"""\ntitle: publish\n')
    for word in ("acme", "nordlicht", "client_secret", "password", "pwk_"):
        assert word not in source


def test_the_valves_hold_the_hubs_address_only() -> None:
    assert list(publish.Action.Valves.model_fields) == ["hub_url"]
