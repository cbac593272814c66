"""What somebody changed on the site, from the hub's side: told, asked about, decided; and posts that are gone."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.hub import HubClient, HubProcess, hub_environment, register, running_hub
from tests.support.issuer import Issuer
from tests.support.site_edits import EDITOR, edit, held
from tests.support.sites import RunningSite, running_site

pytestmark = pytest.mark.integration

# A cache as many sites have one: it keeps each answer to a GET of the connector for some seconds, by its address or, if
# a test says so, by its route alone.
CACHE = r"""<?php
add_filter( 'rest_pre_dispatch', static function ( $result, $server, $request ) {
	$file = WP_CONTENT_DIR . '/cache-seconds';
	$ours = 'GET' === $request->get_method() && str_contains( $request->get_route(), '/presswerk/' );
	if ( ! $ours || ! is_file( $file ) ) {
		return $result;
	}
	list( $seconds, $whole ) = explode( ' ', (string) file_get_contents( $file ) );
	$key  = 'cached_' . md5( $request->get_route() . ( 'address' === $whole ? $_SERVER['REQUEST_URI'] : '' ) );
	$kept = get_transient( $key );
	if ( false !== $kept ) {
		return new WP_REST_Response( $kept );
	}
	remove_all_filters( 'rest_pre_dispatch' );
	$answer = $server->dispatch( $request );
	set_transient( $key, $answer->get_data(), (int) $seconds );
	return $answer;
}, 10, 3 );
"""


@dataclass(frozen=True)
class Stack:
    site: RunningSite
    hub: HubProcess
    issuer: Issuer

    def client(self, name: str, *groups: str) -> HubClient:
        return self.hub.client(self.issuer.access_token(name, name=f"{name.title()} Acme", groups=groups))

    @property
    def anna(self) -> HubClient:
        return self.client("anna", "tenant-acme-author")

    @property
    def emil(self) -> HubClient:
        return self.client("emil", "tenant-acme-editor")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("stack")
    environment = {
        **hub_environment(f"sqlite:///{directory}/hub.db", issuer.url),
        "PRESSWERK_RETRY_FIRST_DELAY_SECONDS": "1",
    }
    with running_site(directory / "site", plugins={"cache.php": CACHE}) as site:
        register(environment, {"acme": site.connection})
        with running_hub(directory, environment) as hub:
            yield Stack(site, hub, issuer)


def chat(message: str) -> dict[str, Any]:
    return {"source": {"kind": "chat", "chat_id": "c", "message_id": message}}


def today() -> str:
    now = dt.datetime.now(dt.UTC)
    return f"{now.day} {now:%B}"


def revised(client: HubClient, publication: dict[str, Any], markdown: str, **fields: Any) -> dict[str, Any]:
    """A newer version, when it has ended."""
    revision = client.revise(publication["id"], "acme", markdown, **fields)["revision"]
    return client.await_that(
        publication["id"],
        lambda found: found["revision"] == revision and found["state"] in {"drafted", "published", "failed"},
    )


def again(client: HubClient, publication: dict[str, Any], **how: Any) -> dict[str, Any]:
    """Another try, when it has ended."""
    client.act(publication["id"], "retry", **how)
    return client.await_state(publication["id"])


FIRST = "# First title\n\nOne.\n\nTwo.\n\nThree."
SECOND = "# Second title\n\nOne.\n\nTwo.\n\nThree, newer."


@pytest.fixture
def conflict(stack: Stack, request: pytest.FixtureRequest) -> dict[str, Any]:
    """A revision from the chat that meets a title and a paragraph somebody changed."""
    anna, source = stack.anna, chat(request.node.name)
    draft = anna.await_state(anna.publish("acme", FIRST, **source)["id"])
    text = held(stack.site, draft["post"]["post_id"])["text"].replace("One.", "One, by Erik.")
    edit(stack.site, draft["post"]["post_id"], post_title="By Erik", post_content=text)
    return revised(anna, draft, SECOND, **source)


def test_from_the_chat_a_conflict_is_asked_about_with_the_difference(stack: Stack, conflict: dict[str, Any]) -> None:
    failure = conflict["failure"]
    assert (conflict["state"], conflict["step"], conflict["on_conflict"]) == ("failed", "deliver", "ask")
    assert (failure["step"], failure["code"], failure["retryable"]) == ("deliver", "conflict", False)
    title, text = failure["differences"]
    assert (title["field"], title["delivered"], title["site"]) == ("title", "First title", "By Erik")
    assert (text["field"], text["delivered"], text["site"]) == ("text", ["One."], ["One, by Erik."])
    assert {title["by"], text["by"]} == {EDITOR}
    assert dt.datetime.fromisoformat(title["at"]).date() == dt.datetime.now(dt.UTC).date()
    assert failure["reason"] == (
        f"somebody changed this on the site: the title by {EDITOR} on {today()}; the text by {EDITOR} on {today()}"
    )
    site = stack.anna.site_state(conflict["id"])
    assert (site["presence"], site["differences"]) == ("present", failure["differences"])
    assert held(stack.site, conflict["post"]["post_id"])["title"] == "By Erik"


def test_keep_leaves_what_was_changed_and_says_so(stack: Stack, conflict: dict[str, Any]) -> None:
    done = again(stack.anna, conflict, on_conflict="keep")
    found = held(stack.site, conflict["post"]["post_id"])
    assert (done["state"], done["failure"]) == ("drafted", None)
    assert f"The title was changed on the site by {EDITOR} on {today()}; it was left as it is." in done["warnings"]
    assert [(each["field"], each["outcome"]) for each in done["site_edits"]] == [("title", "left"), ("text", "left")]
    assert (found["title"], "One, by Erik." in found["text"], "newer" in found["text"]) == ("By Erik", True, False)


def test_replace_delivers_and_leaves_theirs_in_the_revisions(stack: Stack, conflict: dict[str, Any]) -> None:
    done = again(stack.anna, conflict, on_conflict="replace")
    found = held(stack.site, conflict["post"]["post_id"])
    assert (done["state"], found["title"]) == ("drafted", "Second title")
    assert "Three, newer." in found["text"]
    assert "By Erik" in [title for title, _, _ in found["revisions"]]
    assert any("the old version is kept in the post's revisions" in warning for warning in done["warnings"])


def test_merge_asks_about_the_title_and_then_takes_both_texts(stack: Stack, conflict: dict[str, Any]) -> None:
    asked = again(stack.anna, conflict, on_conflict="merge")
    assert [each["field"] for each in asked["failure"]["differences"]] == ["title"]
    edit(stack.site, conflict["post"]["post_id"], post_title="First title")
    done = again(stack.anna, conflict, on_conflict="merge")
    found = held(stack.site, conflict["post"]["post_id"])
    assert (done["state"], found["title"]) == ("drafted", "Second title")
    assert "One, by Erik." in found["text"]
    assert "Three, newer." in found["text"]


def test_a_retry_without_a_word_asks_again(stack: Stack, conflict: dict[str, Any]) -> None:
    asked = again(stack.anna, conflict)
    assert (asked["state"], asked["failure"]["code"], asked["on_conflict"]) == ("failed", "conflict", "ask")


def test_everybody_else_is_told_what_was_left(stack: Stack) -> None:
    anna = stack.anna
    draft = anna.await_state(anna.publish("acme", FIRST)["id"])
    edit(stack.site, draft["post"]["post_id"], post_title="By Erik", tags=["by hand"])
    done = revised(anna, draft, SECOND, tags=["bread"])
    found = held(stack.site, draft["post"]["post_id"])
    assert (done["state"], found["title"], found["tags"]) == ("drafted", "By Erik", ["bread", "by hand"])
    assert done["warnings"] == [
        f"The title was changed on the site by {EDITOR} on {today()}; it was left as it is.",
        f"The tags were changed on the site by {EDITOR} on {today()};"
        " what was added there stayed, and what was removed was not brought back.",
    ]


def test_an_equal_version_with_another_decision_is_carried_out(stack: Stack) -> None:
    anna = stack.anna
    draft = anna.await_state(anna.publish("acme", FIRST)["id"])
    edit(stack.site, draft["post"]["post_id"], post_title="By Erik")
    kept = revised(anna, draft, FIRST.replace("Three.", "Three, newer."))
    assert held(stack.site, draft["post"]["post_id"])["title"] == "By Erik"
    anna.revise(draft["id"], "acme", FIRST.replace("Three.", "Three, newer."), on_conflict="replace")
    done = anna.await_that(draft["id"], lambda found: found["on_conflict"] == "replace" and found["state"] == "drafted")
    assert done["revision"] == kept["revision"]
    assert held(stack.site, draft["post"]["post_id"])["title"] == "First title"


def test_a_scheduled_article_meets_a_conflict_when_its_time_has_come(stack: Stack) -> None:
    emil, source = stack.emil, chat("scheduled")
    draft = emil.await_state(emil.publish("acme", FIRST, **source)["id"])
    when = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=15)
    emil.revise(draft["id"], "acme", SECOND, target="publish", scheduled_for=when.isoformat(), **source)
    edit(stack.site, draft["post"]["post_id"], post_title="By Erik")
    assert emil.get(draft["id"])["state"] == "scheduled"
    failed = emil.await_state(draft["id"], "failed", "published")
    assert (failed["state"], failed["failure"]["code"]) == ("failed", "conflict")
    published = again(emil, failed, on_conflict="replace")
    assert (published["state"], held(stack.site, draft["post"]["post_id"])["title"]) == ("published", "Second title")


def test_an_open_editor_is_asked_about(stack: Stack) -> None:
    anna, source = stack.anna, chat("open")
    draft = anna.await_state(anna.publish("acme", FIRST, **source)["id"])
    edit(stack.site, draft["post"]["post_id"], open=1)
    failed = revised(anna, draft, SECOND, **source)
    assert (failed["failure"]["code"], failed["failure"]["differences"]) == ("conflict", [])
    assert failed["failure"]["opened_by"]["name"] == EDITOR
    done = again(anna, failed, on_conflict="keep")
    assert done["state"] == "drafted"
    assert any(f"{EDITOR} has the post open in the editor" in warning for warning in done["warnings"])


def test_a_public_address_stays_unless_a_slug_is_asked_for(stack: Stack) -> None:
    emil = stack.emil
    live = emil.await_state(emil.publish("acme", "# First headline\n\nText.", target="publish")["id"])
    derived = revised(emil, live, "# Better headline now\n\nText.", target="publish")
    assert (derived["post"]["link"], derived["warnings"]) == (live["post"]["link"], [])
    named = revised(emil, live, "# Better headline now\n\nText.", target="publish", slug="named-by-me")
    assert "/named-by-me/" in named["post"]["link"]
    assert named["warnings"] == [
        'The address of the article changed from "first-headline" to "named-by-me", as you asked;'
        " WordPress leads readers of the old one there."
    ]


def test_without_tags_those_chosen_on_the_site_stay(stack: Stack) -> None:
    anna = stack.anna
    draft = anna.await_state(anna.publish("acme", "# Bread\n\nAbout bread.", tags=["automatic"])["id"])
    edit(stack.site, draft["post"]["post_id"], tags=["curated"])
    revised(anna, draft, "# Bread\n\nAbout automatic bread.")
    assert held(stack.site, draft["post"]["post_id"])["tags"] == ["curated"]


def test_what_an_editor_made_private_is_not_published_again(stack: Stack) -> None:
    emil = stack.emil
    live = emil.await_state(emil.publish("acme", FIRST, target="publish")["id"])
    edit(stack.site, live["post"]["post_id"], post_status="private")
    done = revised(emil, live, SECOND, target="publish")
    assert (done["state"], done["post"]["status"]) == ("drafted", "private")
    assert done["warnings"] == [
        f'The status was set to "private" on the site by {EDITOR} on {today()}; it was left as it is.'
    ]
    assert emil.events(live["id"])[-1][2]["message"] == "The article stands on the site, where only its editors see it."


def test_an_author_may_draft_again_what_somebody_took_back(stack: Stack) -> None:
    emil, anna = stack.emil, stack.anna
    draft = anna.await_state(anna.publish("acme", FIRST)["id"])
    live = revised(emil, draft, FIRST, target="publish")
    body = {"tenant": "acme", "markdown": SECOND}
    assert anna.request("PUT", f"/publications/{draft['id']}", json=body).status_code == 403
    edit(stack.site, live["post"]["post_id"], post_status="draft")
    done = revised(anna, draft, SECOND)
    assert (done["state"], done["post"]["status"]) == ("drafted", "draft")


# Gone


@pytest.fixture(params=["trash", "delete"])
def gone(stack: Stack, request: pytest.FixtureRequest) -> dict[str, Any]:
    """An article of which nobody has heard that its post is gone."""
    anna = stack.anna
    draft = anna.await_state(anna.publish("acme", FIRST)["id"])
    edit(stack.site, draft["post"]["post_id"], **{request.param: True})
    return {**draft, "presence": "trash" if request.param == "trash" else "deleted"}


def test_an_equal_version_of_what_is_gone_is_not_told_as_delivered(stack: Stack, gone: dict[str, Any]) -> None:
    anna = stack.anna
    assert anna.site_state(gone["id"])["presence"] == gone["presence"]
    anna.revise(gone["id"], "acme", FIRST)
    failed = anna.await_state(gone["id"], "failed")
    assert (failed["failure"]["code"], failed["failure"]["presence"]) == ("gone", gone["presence"])
    assert EDITOR in failed["failure"]["reason"]
    assert failed["post"] is None


def test_what_is_gone_is_made_anew_once(stack: Stack, gone: dict[str, Any]) -> None:
    failed = revised(stack.anna, gone, SECOND)
    assert (failed["state"], failed["failure"]["code"], failed["post"]) == ("failed", "gone", None)
    done = again(stack.anna, failed, if_gone="anew")
    assert (done["state"], done["failure"]) == ("drafted", None)
    assert done["post"]["post_id"] != gone["post"]["post_id"]
    newer = revised(stack.anna, gone, SECOND + "\n\nMore.")
    assert newer["post"]["post_id"] == done["post"]["post_id"]


def test_what_is_gone_is_restored_if_it_can_be(stack: Stack, gone: dict[str, Any]) -> None:
    failed = revised(stack.anna, gone, SECOND)
    done = again(stack.anna, failed, if_gone="restore")
    if gone["presence"] == "deleted":
        assert (done["state"], done["failure"]["code"]) == ("failed", "gone")
        return
    assert (done["state"], done["post"]["post_id"]) == ("drafted", gone["post"]["post_id"])
    assert held(stack.site, gone["post"]["post_id"])["title"] == "Second title"


# Asking the site


def test_what_was_edited_and_then_thrown_away_is_restored_after_both_decisions(stack: Stack) -> None:
    anna, source = stack.anna, chat("edited and gone")
    draft = anna.await_state(anna.publish("acme", FIRST, **source)["id"])
    edit(stack.site, draft["post"]["post_id"], post_title="By Erik")
    stack.site.php("return (bool) wp_trash_post( $input['id'] );", id=draft["post"]["post_id"])
    failed = revised(anna, draft, SECOND, **source)
    assert failed["failure"]["code"] == "gone"

    asked = again(anna, failed, if_gone="restore")
    done = again(anna, asked, on_conflict="keep")

    assert asked["failure"]["code"] == "conflict"
    assert (done["state"], done["post"]["post_id"]) == ("drafted", draft["post"]["post_id"])
    assert held(stack.site, draft["post"]["post_id"])["title"] == "By Erik"


def test_only_members_ask_what_the_site_holds(stack: Stack) -> None:
    draft = stack.anna.await_state(stack.anna.publish("acme", FIRST)["id"])
    found = stack.emil.site_state(draft["id"])
    assert (found["presence"], found["differences"], found["opened_by"]) == ("present", [], None)
    assert found["post"]["post_id"] == draft["post"]["post_id"]
    stranger = stack.client("bert", "tenant-beta-editor")
    assert stranger.request("GET", f"/publications/{draft['id']}/site").status_code == 404


def test_what_never_got_there_is_unknown_to_the_site(stack: Stack) -> None:
    when = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    waiting = stack.emil.publish("acme", FIRST, target="publish", scheduled_for=when.isoformat())
    assert stack.emil.site_state(waiting["id"])["presence"] == "unknown"
    stack.emil.act(waiting["id"], "cancel")


@pytest.mark.parametrize("cached_by", ["address", "route"])
def test_a_cache_of_the_site_does_not_make_a_delivery_fail(stack: Stack, cached_by: str) -> None:
    anna, seconds = stack.anna, stack.site.site.content / "cache-seconds"
    seconds.write_text(f"{60 if cached_by == 'address' else 6} {cached_by}")
    try:
        draft = anna.await_state(anna.publish("acme", FIRST)["id"])
        done = revised(anna, draft, SECOND)
    finally:
        seconds.unlink()
    assert (draft["state"], done["state"], done["failure"]) == ("drafted", "drafted", None)
