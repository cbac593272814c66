"""Previews over the API: what the author is shown, changes and confirms is what the site gets, and nobody else's."""

import base64
import concurrent.futures
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from presswerk.database import connect
from presswerk.publishing.preview_store import MAX_PREVIEWS
from presswerk.publishing.purging import purge_publications
from presswerk.publishing.tables import previews as table
from tests.support.hub import HubClient
from tests.support.issuer import Issuer
from tests.support.press import PNG, Press, running_press

pytestmark = pytest.mark.integration

TEXT = "# Bread at home\n\nSourdough needs time, salt and a hot oven.\n"
LATER = f"{dt.datetime.now(dt.UTC) + dt.timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}"
UNKNOWN = "01990000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Press]:
    directory = tmp_path_factory.mktemp("hub")
    with running_press(directory, f"sqlite:///{directory}/hub.db", issuer) as press:
        press.acme.tags = ["Sourdough", "Cheese"]
        yield press


@pytest.fixture(autouse=True)
def _healed(press: Press) -> Iterator[None]:
    yield
    press.heal()


def preview(client: HubClient, markdown: str = TEXT, **fields: Any) -> dict[str, Any]:
    answer = client.request("POST", "/previews", json={"tenant": "acme", "markdown": markdown, **fields})
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/api/v1/previews/{shown['id']}"
    return shown


def confirm(client: HubClient, shown: dict[str, Any], to: str = "", key: str | None = None) -> httpx.Response:
    body = {"preview": shown["id"], "sha256": shown["sha256"]}
    headers = {"Idempotency-Key": key} if key else {}
    return client.request("PUT" if to else "POST", f"/publications{to}", json=body, headers=headers)


def delivered(press: Press, client: HubClient, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    publication = client.await_state(answer.json()["id"], "drafted", "published")
    return press.acme.posts[publication["id"]].payload


def image(reference: str | None = "a.png", filename: str = "a.png") -> dict[str, Any]:
    return {"filename": filename, "reference": reference, "data": base64.b64encode(PNG).decode()}


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    assert body["type"].endswith(f"/{slug}")
    return body


def test_a_confirmed_preview_is_what_the_site_gets(press: Press) -> None:
    shown = preview(press.anna, f"{TEXT}\n![Loaf](a.png)\n", attachments=[image()])
    payload = delivered(press, press.anna, confirm(press.anna, shown))
    placed = press.acme.media[shown["pictures"][0]["sha256"]]
    for field in ("title", "slug", "excerpt", "tags", "categories"):
        assert payload[field] == shown[field]
    assert payload["status"] == shown["target"]
    assert payload["featured_media"] == placed["attachment_id"]
    address = shown["pictures"][0]["address"]
    assert payload["content"] == (
        shown["content"]
        .replace(address, placed["url"])
        .replace('"id":1,', f'"id":{placed["attachment_id"]},')
        .replace("wp-image-1", f"wp-image-{placed['attachment_id']}")
    )


def test_a_preview_sends_nothing(press: Press) -> None:
    before = press.acme.count("PUT", "")
    preview(press.anna, f"{TEXT}\n![Loaf](a.png)\n", attachments=[image()])
    assert press.acme.count("PUT", "") == before


def test_tags_are_those_of_the_site_that_the_text_names(press: Press) -> None:
    assert preview(press.anna)["tags"] == ["Sourdough"]
    assert preview(press.anna, tags=["Mine"])["tags"] == ["Mine"]
    assert preview(press.anna, tags=[])["tags"] == []


def test_a_silent_site_costs_the_tags_and_nothing_else(press: Press) -> None:
    press.beta.down = True
    bert = press.client("bert", "tenant-beta-editor")
    answer = bert.request("POST", "/previews", json={"tenant": "beta", "markdown": TEXT})
    assert answer.status_code == 201
    shown = answer.json()
    assert shown["tags"] == []
    assert any("tags" in warning for warning in shown["warnings"])


def test_the_dialect_is_the_sources_unless_it_is_said(press: Press) -> None:
    chat = {"kind": "chat", "chat_id": "c", "message_id": "m"}
    assert preview(press.anna)["dialect"] == "commonmark"
    assert preview(press.anna, source=chat)["dialect"] == "chat"
    assert preview(press.anna, source=chat, dialect="commonmark")["dialect"] == "commonmark"


@pytest.mark.parametrize(
    ("change", "shows"),
    [
        ({"title": "Other"}, {"title": "Other"}),
        ({"slug": "here"}, {"slug": "here"}),
        ({"excerpt": "Short."}, {"excerpt": "Short."}),
        ({"tags": ["New"]}, {"tags": ["New"]}),
        ({"categories": ["Recipes"]}, {"categories": ["Recipes"]}),
        ({"target": "publish"}, {"target": "publish"}),
        (
            {"target": "publish", "scheduled_for": LATER},
            {"scheduled_for": LATER},
        ),
    ],
)
def test_a_change_shows_and_has_another_hash(press: Press, change: dict[str, Any], shows: dict[str, Any]) -> None:
    shown = preview(press.emil)
    answer = press.emil.request("PATCH", f"/previews/{shown['id']}", json=change)
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert {name: changed[name] for name in shows} == shows
    assert changed["sha256"] != shown["sha256"]
    assert press.emil.request("GET", f"/previews/{shown['id']}").json() == changed
    back = press.emil.request("PATCH", f"/previews/{shown['id']}", json=undone(change)).json()
    assert back["sha256"] == shown["sha256"]


def undone(change: dict[str, Any]) -> dict[str, Any]:
    return {name: {"target": "draft", "categories": []}.get(name) for name in change}


def test_the_featured_picture_is_chosen_by_its_reference(press: Press) -> None:
    other = {**image("b.png", "b.png"), "data": base64.b64encode(PNG + b"\0").decode()}
    shown = preview(press.anna, f"{TEXT}\n![A](a.png)\n\nAnd\n\n![B](b.png)\n", attachments=[image(), other])
    assert [picture["featured"] for picture in shown["pictures"]] == [True, False]
    changed = press.anna.request("PATCH", f"/previews/{shown['id']}", json={"picture": "b.png"}).json()
    assert [picture["featured"] for picture in changed["pictures"]] == [False, True]
    payload = delivered(press, press.anna, confirm(press.anna, changed))
    assert payload["featured_media"] == press.acme.media[changed["pictures"][1]["sha256"]]["attachment_id"]
    bare = press.anna.request("PATCH", f"/previews/{shown['id']}", json={"picture": ""}).json()
    assert not any(picture["featured"] for picture in bare["pictures"])


def test_a_picture_is_shown_to_its_owner(press: Press) -> None:
    shown = preview(press.anna, f"{TEXT}\n![A](a.png)\n", attachments=[image()])
    path = shown["pictures"][0]["address"].removeprefix("/api/v1")
    answer = press.anna.request("GET", path)
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    assert press.emil.request("GET", path).status_code == 404


def test_what_cannot_be_had_is_said_before_it_is_confirmed(press: Press) -> None:
    shown = preview(press.anna, f"{TEXT}\n![Gone](http://127.0.0.1:9/x.png) and ![Nowhere](/img/y.png)\n")
    assert [warning.split('"')[1] for warning in shown["warnings"]] == ["http://127.0.0.1:9/x.png", "/img/y.png"]
    assert shown["pictures"] == []
    changed = press.anna.request("PATCH", f"/previews/{shown['id']}", json={"title": "Other"}).json()
    assert changed["warnings"] == shown["warnings"]
    payload = delivered(press, press.anna, confirm(press.anna, changed))
    assert payload["content"] == changed["content"]


def test_what_the_hub_says_is_said_in_the_language_asked_for_and_kept_in_none(press: Press) -> None:
    german = {"Accept-Language": "de-DE,de;q=0.9,en;q=0.8"}
    body = {"tenant": "acme", "markdown": f"{TEXT}\n![Gone](http://127.0.0.1:9/x.png)\n"}
    answer = press.anna.request("POST", "/previews", json=body, headers=german)
    assert (answer.headers["content-language"], answer.headers["vary"]) == ("de", "Accept-Language")
    told = "Das Bild „http://127.0.0.1:9/x.png“ wurde weggelassen (Port 9 ist keiner, den Webserver benutzen)."
    assert answer.json()["warnings"] == [told]
    english = press.anna.request("GET", f"/previews/{answer.json()['id']}")
    assert english.json()["warnings"] == [
        'The image "http://127.0.0.1:9/x.png" was left out: port 9 is not one that web servers use.'
    ]
    assert english.json()["sha256"] == answer.json()["sha256"]
    publication = press.anna.await_state(confirm(press.anna, english.json()).json()["id"], "drafted")
    assert press.anna.request("GET", f"/publications/{publication['id']}", headers=german).json()["warnings"] == [told]
    stream = press.anna.request("GET", f"/publications/{publication['id']}/events", headers=german).text
    assert f'"message":"{told}"' in stream
    assert "Der Entwurf steht auf der Website." in stream
    assert "The draft stands" not in stream


def test_a_confirmation_gives_one_publication_however_often_it_comes(press: Press) -> None:
    shown = preview(press.anna, TEXT + "Once.")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: confirm(press.anna, shown, key=f"key-{number}"), range(8)))
    assert [answer.status_code for answer in answers] == [202] * 8
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_a_key_of_another_confirmation_is_refused(press: Press) -> None:
    first, second = preview(press.anna, TEXT + "One."), preview(press.anna, TEXT + "Two.")
    assert confirm(press.anna, first, key="the-key").status_code == 202
    problem(confirm(press.anna, second, key="the-key"), 422, "idempotency-key-reused")


def test_a_preview_changed_since_is_shown_as_it_is(press: Press) -> None:
    shown = preview(press.anna)
    changed = press.anna.request("PATCH", f"/previews/{shown['id']}", json={"title": "Other"}).json()
    body = problem(confirm(press.anna, shown), 409, "preview-changed")
    assert body["preview"] == changed
    assert confirm(press.anna, changed).status_code == 202


def test_a_new_role_is_a_change(press: Press) -> None:
    shown = preview(press.anna, TEXT + "Role.")
    promoted = press.client("anna", "tenant-acme-editor")
    body = problem(confirm(promoted, shown), 409, "preview-changed")
    assert body["preview"]["sha256"] != shown["sha256"]
    assert confirm(promoted, body["preview"]).status_code == 202


def test_a_publication_becomes_what_a_preview_shows(press: Press) -> None:
    first = confirm(press.anna, preview(press.anna, TEXT + "First."))
    delivered(press, press.anna, first)
    address = f"/{first.json()['id']}"
    shown = preview(press.anna, "# Shorter\n\nSourdough.\n")
    answer = confirm(press.anna, shown, to=address)
    assert answer.json()["revision"] == 2
    again = confirm(press.anna, shown, to=address)
    assert again.json()["revision"] == 2
    assert delivered(press, press.anna, again)["title"] == "Shorter"


def test_a_preview_of_another_tenant_changes_no_publication(press: Press) -> None:
    both = press.client("bea", "tenant-acme-editor", "tenant-beta-editor")
    made = confirm(both, preview(both, TEXT + "Acme's."))
    other = both.request("POST", "/previews", json={"tenant": "beta", "markdown": TEXT}).json()
    body = problem(confirm(both, other, to=f"/{made.json()['id']}"), 422, "invalid-input")
    assert body["errors"][0]["field"] == "preview"


@pytest.mark.parametrize("who", ["emil", "ada", "bert", "olivia"])
def test_somebody_elses_preview_is_like_none(press: Press, who: str) -> None:
    shown = preview(press.anna)
    client: HubClient = getattr(press, who)
    for method, body in (("GET", None), ("PATCH", {"title": "Mine"})):
        seen = client.request(method, f"/previews/{shown['id']}", json=body)
        unknown = client.request(method, f"/previews/{UNKNOWN}", json=body)
        assert without_instance(problem(seen, 404, "not-found")) == without_instance(unknown.json())
    assert problem(confirm(client, shown), 409, "preview-changed")["preview"] is None


def without_instance(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "instance"}


def test_who_leaves_the_tenant_loses_the_preview(press: Press) -> None:
    carl = press.client("carl", "tenant-acme-author")
    shown = preview(carl)
    left = press.client("carl", "tenant-beta-author")
    problem(left.request("GET", f"/previews/{shown['id']}"), 404, "not-found")
    problem(confirm(left, shown), 409, "preview-changed")


def test_an_author_previews_drafts_only(press: Press) -> None:
    answer = press.anna.request("POST", "/previews", json={"tenant": "acme", "markdown": TEXT, "target": "publish"})
    problem(answer, 403, "forbidden")
    shown = preview(press.anna)
    problem(press.anna.request("PATCH", f"/previews/{shown['id']}", json={"target": "publish"}), 403, "forbidden")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "t" * 201}, "title"),
        ({"tags": ["a"] * 31}, "tags"),
        ({"markdown": "x"}, "markdown"),
        ({"target": "publish", "scheduled_for": "2020-01-01T00:00:00Z"}, "scheduled_for"),
        ({"categories": None}, "categories"),
    ],
)
def test_a_bad_change_names_its_field(press: Press, change: dict[str, Any], field: str) -> None:
    shown = preview(press.emil)
    body = problem(press.emil.request("PATCH", f"/previews/{shown['id']}", json=change), 422, "invalid-input")
    assert [error["field"] for error in body["errors"]] == [field]


@pytest.mark.parametrize("body", [{"preview": 5, "sha256": "x"}, {"preview": "x", "sha256": "0" * 64, "title": "T"}])
def test_a_bad_confirmation_names_its_fields(press: Press, body: dict[str, Any]) -> None:
    found = problem(press.anna.request("POST", "/publications", json=body), 422, "invalid-input")
    assert {error["field"] for error in found["errors"]} <= {"preview", "sha256", "title"}


def test_a_text_of_nothing_has_no_preview(press: Press) -> None:
    answer = press.anna.request("POST", "/previews", json={"tenant": "acme", "markdown": "<!-- nothing -->"})
    assert problem(answer, 422, "invalid-input")["errors"][0]["field"] == "markdown"


def test_a_person_keeps_so_many_previews_and_others_keep_theirs(press: Press) -> None:
    kept = preview(press.emil)
    otto = press.client("otto", "tenant-acme-author")
    made = [preview(otto, f"{TEXT}\n{number}") for number in range(MAX_PREVIEWS + 1)]
    assert otto.request("GET", f"/previews/{made[0]['id']}").status_code == 404
    assert otto.request("GET", f"/previews/{made[1]['id']}").status_code == 200
    assert press.emil.request("GET", f"/previews/{kept['id']}").status_code == 200


def test_an_expired_preview_is_gone_and_what_it_became_is_not(press: Press) -> None:
    shown, other = preview(press.anna, TEXT + "Old."), preview(press.anna, TEXT + "Older.")
    made = confirm(press.anna, shown)
    engine = connect(press.environment["PRESSWERK_DATABASE_URL"])
    with engine.begin() as database:
        database.execute(table.update().values(expires_at=table.c.created_at))
    problem(press.anna.request("GET", f"/previews/{other['id']}"), 404, "not-found")
    assert problem(confirm(press.anna, other), 409, "preview-changed")["preview"] is None
    assert confirm(press.anna, shown).json()["id"] == made.json()["id"]


def test_previews_go_with_their_tenant_and_others_stay(press: Press) -> None:
    bert = press.bert
    gone = bert.request("POST", "/previews", json={"tenant": "beta", "markdown": TEXT}).json()
    kept = preview(press.anna)
    url = press.environment["PRESSWERK_DATABASE_URL"]
    purge_publications(connect(url), "beta")
    problem(bert.request("GET", f"/previews/{gone['id']}"), 404, "not-found")
    assert press.anna.request("GET", f"/previews/{kept['id']}").status_code == 200


def test_a_cancelled_confirmation_runs_again_when_it_comes_again(press: Press) -> None:
    shown = preview(press.emil, target="publish", scheduled_for=LATER)
    made = confirm(press.emil, shown).json()
    press.emil.act(made["id"], "cancel")
    again = confirm(press.emil, shown).json()
    assert (again["id"], again["state"]) == (made["id"], "scheduled")


@pytest.mark.parametrize("became", ["cancelled", "trashed"])
def test_a_confirmation_by_somebody_demoted_since_does_not_run_again(press: Press, became: str) -> None:
    eva = press.client("eva", "tenant-acme-editor")
    when = {"scheduled_for": LATER} if became == "cancelled" else {}
    shown = preview(eva, target="publish", **when)
    made = confirm(eva, shown).json()
    if became == "cancelled":
        eva.act(made["id"], "cancel")
    else:
        eva.await_state(made["id"], "published")
        press.acme.posts[made["id"]].trashed = True
    before = eva.get(made["id"])["state"]

    eva = press.client("eva", "tenant-acme-author")

    assert confirm(eva, shown).status_code in {403, 409}
    assert eva.get(made["id"])["state"] == before


def test_the_document_describes_both_kinds_of_body(press: Press) -> None:
    document = json.dumps(httpx.get(f"{press.hub.url}/openapi.json").json())
    assert "Confirmation" in document
    assert "PreviewChangedOutput" in document
