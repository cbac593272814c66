"""The pages of previews and publications: what is shown, changed and sent, for whom, and that nothing in it acts."""

import base64
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import update

from presswerk.database import connect
from presswerk.publishing.tables import publications
from tests.support.console import ConsoleBrowser, ConsoleHub, form_token, running_console, text_of
from tests.support.hub import HubClient, register
from tests.support.press import PNG
from tests.support.site_double import Fault, SiteDouble, running_site_double

pytestmark = pytest.mark.integration

TEXT = """# Bread at home

Sourdough needs time, salt and a hot oven.

![A loaf](loaf.png)

More at [the guild](https://guild.example/bread?x=1&y=2) and [below](#more).

## More

Formula: $x^2$
"""
PNG_TEXT = base64.b64encode(PNG).decode()
_SHA = re.compile(r'name="sha256" value="([0-9a-f]{64})"')
AUTHOR = ("anna", "tenant-acme-author")
EDITOR = ("emil", "tenant-acme-editor")


@dataclass(frozen=True)
class Desk:
    console: ConsoleHub
    acme: SiteDouble

    def client(self, who: tuple[str, str] = AUTHOR) -> HubClient:
        return self.console.client(*who)

    def preview(self, who: tuple[str, str] = AUTHOR, markdown: str = TEXT, **fields: Any) -> dict[str, Any]:
        body = {"tenant": "acme", "markdown": markdown, **fields}
        answer = self.client(who).request("POST", "/previews", json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def delivered(self, answer: httpx.Response, who: tuple[str, str] = AUTHOR) -> tuple[dict[str, Any], dict[str, Any]]:
        """Where a form led: the publication, and what the site got."""
        assert answer.status_code == 303, text_of(answer)
        found = self.client(who).await_state(answer.headers["location"].rsplit("/", 1)[-1], "drafted", "published")
        return found, self.acme.posts[found["id"]].payload


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_site_double() as acme, running_console(tmp_path_factory.mktemp("articles")) as console:
        register(console.hub.environment, {"acme": acme.connection})
        acme.tags = ["Sourdough", "Cheese"]
        yield Desk(console, acme)


@pytest.fixture(autouse=True)
def _healed(desk: Desk) -> Iterator[None]:
    yield
    desk.acme.faults.clear()
    desk.acme.down = False


def sent(browser: ConsoleBrowser, shown: dict[str, Any], act: str, **changes: Any) -> httpx.Response:
    """Open a preview's page, fill in what differs, and press a button."""
    path = f"/previews/{shown['id']}"
    page = browser.get(path)
    assert page.status_code == 200, page.text
    found = _SHA.search(page.text)
    assert found
    typed = {
        "title": shown["title"],
        "slug": shown["slug"],
        "excerpt": shown["excerpt"],
        "tags": shown["tags"],
        "categories": shown["categories"],
        "picture": next((each["reference"] for each in shown["pictures"] if each["featured"]), ""),
        "time": "",
    }
    return browser.post(path, {"form_token": form_token(page), "sha256": found[1], "act": act, **typed, **changes})


def test_the_page_shows_what_would_be_delivered(desk: Desk) -> None:
    png = {"filename": "loaf.png", "data": PNG_TEXT, "media_type": "image/png", "reference": "loaf.png"}
    shown = desk.preview(attachments=[png], title="Bread, slowly")
    with desk.console.signed_in(*AUTHOR) as browser:
        page = browser.get(f"/previews/{shown['id']}")
        (picture,) = set(re.findall(r'src="(/previews/[^"]+)"', page.text))
        image = browser.get(picture)

    text = text_of(page)
    for part in (
        "Bread, slowly",
        "Preview for Acme News",
        "Sourdough needs time",
        "Save draft on Acme News",
        "Sourdough",
    ):
        assert part in text
    assert "Publish now" not in text
    assert "https://guild.example/bread?x=1&y=2" in text
    assert "within the article" in text
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in page.text
    assert "x^2" not in page.text.partition("<article")[2]
    assert (image.headers["content-type"], image.content) == ("image/png", PNG)


def test_an_author_saves_a_draft(desk: Desk) -> None:
    shown = desk.preview()
    with desk.console.signed_in(*AUTHOR) as browser:
        answer = sent(browser, shown, "draft")
        again = sent(browser, shown, "draft")

    found, payload = desk.delivered(answer)
    assert (found["state"], payload["title"], payload["slug"]) == ("drafted", shown["title"], shown["slug"])
    assert again.headers["location"] == answer.headers["location"], "the same confirmation is the same article"


def test_an_author_cannot_publish(desk: Desk) -> None:
    shown = desk.preview()
    with desk.console.signed_in(*AUTHOR) as browser:
        answer = sent(browser, shown, "publish")

    assert answer.status_code == 403
    assert "You may not do this" in answer.text


def test_an_editor_publishes_with_changes(desk: Desk) -> None:
    shown = desk.preview(EDITOR)
    with desk.console.signed_in(*EDITOR) as browser:
        saved = sent(browser, shown, "save", title="Bread & butter", slug="bread-butter", more_tags="Oven, Salt")
        assert saved.headers["location"] == f"/previews/{shown['id']}?saved=true"
        page = browser.get(saved.headers["location"])
        assert "Your changes are saved" in page.text
        changed = desk.client(EDITOR).request("GET", f"/previews/{shown['id']}").json()
        answer = sent(browser, changed, "publish", categories=["Uncategorized"])

    found, payload = desk.delivered(answer, EDITOR)
    assert found["state"] == "published"
    assert (payload["title"], payload["slug"]) == ("Bread & butter", "bread-butter")
    assert payload["tags"] == ["Sourdough", "Oven", "Salt"]
    assert payload["categories"] == ["Uncategorized"]


def test_what_came_out_differently_is_shown_before_it_is_sent(desk: Desk) -> None:
    shown = desk.preview(EDITOR)
    with desk.console.signed_in(*EDITOR) as browser:
        answer = sent(browser, shown, "publish", slug="Not A Slug!")
        assert answer.status_code == 409
        assert "came out differently" in answer.text
        changed = desk.client(EDITOR).request("GET", f"/previews/{shown['id']}").json()
        assert changed["slug"] == "not-a-slug"
        answer = sent(browser, changed, "publish")

    assert desk.delivered(answer, EDITOR)[1]["slug"] == "not-a-slug"


def test_an_editor_schedules_by_the_tenants_clock(desk: Desk) -> None:
    shown = desk.preview(EDITOR)
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    with desk.console.signed_in(*EDITOR) as browser:
        for wrong in ("", "tomorrow", "2000-01-01T00:00"):
            answer = sent(browser, shown, "schedule", time=wrong)
            assert answer.status_code == 422, wrong
            assert 'aria-invalid="true"' in answer.text
        answer = sent(browser, shown, "schedule", time=f"{later.astimezone(ZoneInfo('UTC')):%Y-%m-%dT%H:%M}")
        page = browser.get(answer.headers["location"])

    found = desk.client(EDITOR).get(answer.headers["location"].rsplit("/", 1)[-1])
    assert found["state"] == "scheduled"
    assert found["due_at"].startswith(f"{later:%Y-%m-%dT%H:%M}")
    assert "It goes to the site at" in page.text


def test_a_preview_that_changed_meanwhile_is_not_sent(desk: Desk) -> None:
    shown = desk.preview()
    with desk.console.signed_in(*AUTHOR) as browser:
        page = browser.get(f"/previews/{shown['id']}")
        desk.client().request("PATCH", f"/previews/{shown['id']}", json={"title": "Another title"})
        form = {"form_token": form_token(page), "sha256": shown["sha256"], "act": "draft", "title": shown["title"]}
        answer = browser.post(f"/previews/{shown['id']}", form)

    assert answer.status_code == 409
    assert "has changed since you opened it" in answer.text
    assert "Another title" in answer.text


def test_a_field_that_is_wrong_keeps_what_was_typed(desk: Desk) -> None:
    shown = desk.preview()
    with desk.console.signed_in(*AUTHOR) as browser:
        answer = sent(browser, shown, "draft", title="x" * 300, more_tags="Kept")

    assert answer.status_code == 422
    assert "x" * 300 in answer.text
    assert 'value="Kept"' in answer.text
    assert 'id="wrong-title"' in answer.text


def test_the_article_of_a_chat_is_updated_unless_a_new_one_is_wanted(desk: Desk) -> None:
    source = {"kind": "chat", "chat_id": "c-1", "message_id": "m-1"}
    with desk.console.signed_in(*AUTHOR) as browser:
        first = sent(browser, desk.preview(source=source), "draft")
        found, _ = desk.delivered(first)
        longer = desk.preview(markdown=f"{TEXT}\nMore text.", source=source)
        page = browser.get(f"/previews/{longer['id']}")
        assert "Update Bread at home" in text_of(page)
        assert re.search(rf'name="instead" value="{found["id"]}" checked', page.text)
        updated = sent(browser, longer, "draft", instead=found["id"])
        assert updated.status_code == 303, text_of(updated)
        new = sent(browser, desk.preview(markdown=f"{TEXT}\nOther.", source=source), "draft", instead="")

    assert updated.headers["location"] == first.headers["location"]
    assert new.headers["location"] != first.headers["location"]


@pytest.mark.parametrize(
    "who", [("mallory", "tenant-acme-admin"), ("olivia", "presswerk-admin"), ("bert", "tenant-beta-editor"), EDITOR]
)
def test_a_preview_is_its_authors_alone(desk: Desk, who: tuple[str, str]) -> None:
    shown = desk.preview()
    with desk.console.signed_in(*who) as browser:
        token = form_token(browser.get("/account"))
        form = {"form_token": token, "sha256": shown["sha256"], "act": "draft"}
        answers = [
            browser.get(f"/previews/{shown['id']}"),
            browser.get(f"/previews/{shown['id']}/pictures/{'0' * 64}"),
            browser.post(f"/previews/{shown['id']}", form),
        ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert all("Bread" not in answer.text for answer in answers)


@pytest.mark.parametrize("act", ["", "retry", "cancel", "take-over"])
def test_a_publication_is_its_tenants_alone(desk: Desk, act: str) -> None:
    found = desk.client().publish("acme", TEXT)
    desk.client().await_state(found["id"], "drafted")
    with desk.console.signed_in("bert", "tenant-beta-editor") as browser:
        path = f"/publications/{found['id']}"
        form = {"form_token": form_token(browser.get("/account")), "act": act}
        answer = browser.post(path, form) if act else browser.get(path)

    assert answer.status_code == 404
    assert "Bread" not in answer.text


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def test_nothing_an_author_types_acts(desk: Desk) -> None:
    markdown = f"""# Title {HOSTILE}

Text {HOSTILE} [link](javascript:alert(1)) ![alt {HOSTILE}](https://evil.example/x.png)

<iframe src="https://evil.example"></iframe><form action="https://evil.example"><input name="a"></form>
<svg onload="alert(1)"></svg><a href="data:text/html,x" style="position:fixed">x</a>

$$\\text{{<script>alert(1)</script>}}$$
"""
    shown = desk.preview(
        markdown=markdown,
        title=f"T {HOSTILE}",
        excerpt=f"E {HOSTILE}",
        tags=[f"tag {HOSTILE}"[:60]],
        categories=[f"cat {HOSTILE}"[:60]],
    )
    with desk.console.signed_in(*AUTHOR) as browser:
        page = browser.get(f"/previews/{shown['id']}")
        answer = sent(browser, shown, "draft")
        desk.delivered(answer)
        sent_page = browser.get(answer.headers["location"])

    for each in (page, sent_page):
        assert acting(each.text) == []
        assert "&lt;script&gt;" in each.text


class _Tags(HTMLParser):
    """What in a page could act or load something from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "iframe", "svg", "object", "embed", "style", "base"}:
            self.found.append(tag)
        for name, value in attrs:
            text = (value or "").strip().lower()
            if name.startswith("on") or name == "style" or text.startswith(("javascript:", "data:", "vbscript:")):
                self.found.append(f"{tag} {name}={value}")
            if (tag, name) in {("img", "src"), ("form", "action")} and not text.startswith("/"):
                self.found.append(f"{tag} {name}={value}")


def acting(page: str) -> list[str]:
    tags = _Tags()
    tags.feed(page)
    return tags.found


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_publication_tells_how_it_is_and_what_to_do(desk: Desk, language: str) -> None:
    desk.acme.faults.append(Fault("415", path="/publications/"))
    found = desk.client().publish("acme", TEXT)
    desk.client().await_state(found["id"], "failed")
    with desk.console.signed_in(*AUTHOR, language=language) as browser:
        failed = browser.get(f"/publications/{found['id']}")
        again = browser.send(f"/publications/{found['id']}", act="retry")
        assert again.status_code == 303
        desk.client().await_state(found["id"], "drafted")
        done = browser.get(f"/publications/{found['id']}")
        late = browser.send(f"/publications/{found['id']}", act="cancel")

    words = {
        "en": ("It did not get there.", "Try again", "Look at the draft"),
        "de": ("Er ist nicht angekommen.", "Noch einmal versuchen", "Entwurf ansehen"),
    }[language]
    assert words[0] in failed.text
    assert words[1] in failed.text
    assert words[2] in done.text
    assert late.status_code == 409


def test_a_publication_under_way_looks_again_by_itself(desk: Desk) -> None:
    desk.acme.down = True
    found = desk.client().publish("acme", TEXT)
    with desk.console.signed_in(*AUTHOR) as browser:
        waiting = browser.get(f"/publications/{found['id']}")
        desk.acme.down = False
        desk.client().await_state(found["id"], "drafted")
        done = browser.get(f"/publications/{found['id']}")

    assert waiting.headers["refresh"]
    assert "refresh" not in done.headers


def test_what_is_scheduled_can_be_stopped(desk: Desk) -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    found = desk.client(EDITOR).publish("acme", TEXT, target="publish", scheduled_for=later.isoformat())
    with desk.console.signed_in(*EDITOR) as browser:
        stopped = browser.send(f"/publications/{found['id']}", act="cancel")
        page = browser.get(stopped.headers["location"])

    assert "It was stopped" in page.text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Its post was", "Make a new post", "It waits for an editor.", "Take it over")),
        ("de", ("Sein Beitrag", "Neuen Beitrag anlegen", "Er wartet auf die Redaktion.", "Übernehmen")),
    ],
)
def test_what_is_gone_and_what_was_left_say_what_to_do(desk: Desk, language: str, words: tuple[str, ...]) -> None:
    client = desk.client(EDITOR)
    gone = client.publish("acme", TEXT)["id"]
    client.await_state(gone, "drafted")
    desk.acme.posts[gone].trashed = True
    client.revise(gone, "acme", f"{TEXT}\nMore.")
    client.await_state(gone, "failed")
    later = (dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).isoformat()
    left = client.publish("acme", TEXT, target="publish", scheduled_for=later)["id"]
    with connect(desk.console.hub.environment["PRESSWERK_DATABASE_URL"]).begin() as database:
        database.execute(update(publications).where(publications.c.id == left).values(state="held"))

    with desk.console.signed_in(*AUTHOR, language=language) as browser:
        assert words[3] not in browser.get(f"/publications/{left}").text
        assert browser.send(f"/publications/{left}", act="take-over").status_code == 403
    with desk.console.signed_in(*EDITOR, language=language) as browser:
        shown = browser.get(f"/publications/{gone}").text
        held = browser.get(f"/publications/{left}").text
        taken = browser.send(f"/publications/{left}", act="take-over")

    assert words[0] in shown
    assert words[1] in shown
    assert words[2] in held
    assert words[3] in held
    assert taken.status_code == 303
    assert client.get(left)["state"] == "scheduled"
