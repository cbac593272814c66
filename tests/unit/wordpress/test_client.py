"""What the client sends, and which error each answer of a site becomes."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from presswerk.declaration import Role
from presswerk.wordpress import (
    AlreadyPublished,
    Connection,
    ConnectorMissing,
    EditedOnSite,
    PostAuthor,
    PostContent,
    PostGone,
    RevisionConflict,
    SiteBlocked,
    SiteClient,
    SiteError,
    SiteRefusedCredentials,
    SiteRejected,
    SiteUnavailable,
    StaleRevision,
    connector_path,
)
from presswerk.wordpress.model import Difference, OpenedBy, SiteEdit

SECRET = "abcd efgh ijkl mnop"
CONNECTION = Connection("http://acme.localhost:8101", "http://127.0.0.1:8101", "presswerk", SECRET)
PUBLICATION = "01900000-0000-7000-8000-000000000000"
ARTICLE = PostContent(
    revision=2,
    title="T",
    content="<!-- wp:paragraph --><p>x</p><!-- /wp:paragraph -->",
    excerpt="E",
    slug="t",
    status="publish",
    author=PostAuthor("http://localhost:9000", "anna", "Anna", None, Role.AUTHOR),
    categories=("News",),
    tags=("a", "b"),
    featured_media=17,
    seo_title="S",
    seo_description="D",
)
ANSWER: dict[str, Any] = {
    "uuid": PUBLICATION,
    "post_id": 42,
    "revision": 2,
    "outcome": "created",
    "status": "future",
    "author": {"id": 5, "login": "anna-1", "name": "Anna"},
    "content_sha256": "0" * 64,
    "link": "http://acme.localhost:8101/?p=42",
    "preview_link": "http://acme.localhost:8101/?p=42&preview=true",
    "edit_link": "http://acme.localhost:8101/wp-admin/post.php?post=42&action=edit",
    "site_edits": [
        {
            "field": "tags",
            "delivered": ["bread"],
            "site": ["curated"],
            "by": "Erik Editor",
            "at": "2026-11-28T10:00:00Z",
            "outcome": "left",
        }
    ],
    "opened_by": {"name": "Erik Editor", "at": "2026-11-28T11:00:00Z"},
    "address_changed": {"from": "old", "to": "new"},
}


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> SiteClient:
    return SiteClient(CONNECTION, transport=httpx.MockTransport(answer))


def wordpress_error(status: int, code: str, **data: Any) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": "What is wrong.", "data": {"status": status, **data}})


def failure(answer: httpx.Response | Exception) -> SiteError:
    """The error that delivering to a site with this answer ends in."""

    def respond(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with answering(respond) as client, pytest.raises(SiteError) as caught:
        client.put_publication(PUBLICATION, ARTICLE)
    return caught.value


def test_a_delivery_is_sent_as_the_contract_says() -> None:
    requests: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(201, json=ANSWER)

    with answering(respond) as client:
        post = client.put_publication(PUBLICATION, ARTICLE)

    (request,) = requests
    assert request.method == "PUT"
    assert (request.url.host, request.url.port, request.url.path) == ("127.0.0.1", 8101, "/")
    assert dict(request.url.params) == {"rest_route": f"/presswerk/v1/publications/{PUBLICATION}"}
    assert request.headers["Host"] == "acme.localhost:8101"
    assert request.headers["Authorization"].startswith("Basic ")
    assert json.loads(request.content) == {
        "revision": 2,
        "title": "T",
        "content": ARTICLE.content,
        "excerpt": "E",
        "slug": "t",
        "status": "publish",
        "author": {
            "issuer": "http://localhost:9000",
            "subject": "anna",
            "name": "Anna",
            "email": None,
            "role": "author",
        },
        "categories": ["News"],
        "tags": ["a", "b"],
        "featured_media": 17,
        "seo": {"title": "S", "description": "D"},
        "on_conflict": "keep",
        "if_gone": None,
    }
    assert (post.post_id, post.outcome, post.author_login) == (42, "created", "anna-1")
    at = dt.datetime(2026, 11, 28, 10, tzinfo=dt.UTC)
    assert post.site_edits == (SiteEdit(Difference("tags", ("bread",), ("curated",), "Erik Editor", at), "left"),)
    assert post.opened_by == OpenedBy("Erik Editor", at.replace(hour=11))
    assert post.address_changed == ("old", "new")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.ConnectError("refused"), SiteUnavailable),
        (httpx.ConnectTimeout("slow"), SiteUnavailable),
        (httpx.ReadTimeout("slow"), SiteUnavailable),
        (httpx.RemoteProtocolError("cut short"), SiteUnavailable),
        (httpx.Response(500, text="<p>There has been a critical error on this website.</p>"), SiteUnavailable),
        (httpx.Response(502), SiteUnavailable),
        (wordpress_error(503, "presswerk_busy"), SiteUnavailable),
        (httpx.Response(429), SiteUnavailable),
        (httpx.Response(200, text="<html>Briefly unavailable for scheduled maintenance.</html>"), SiteUnavailable),
        (httpx.Response(200, text='{"uuid": "0190'), SiteUnavailable),
        (httpx.Response(200, content=b"\xff\xfe"), SiteUnavailable),
        (httpx.Response(200, json=[]), SiteUnavailable),
        (httpx.Response(200, json={"uuid": PUBLICATION}), SiteUnavailable),
        (httpx.Response(200, json={**ANSWER, "author": None}), SiteUnavailable),
        (httpx.Response(200, json={**ANSWER, "post_id": "x"}), SiteUnavailable),
        (wordpress_error(401, "incorrect_password"), SiteRefusedCredentials),
        (wordpress_error(403, "rest_forbidden"), SiteRefusedCredentials),
        (wordpress_error(403, "rest_cannot_edit"), SiteRefusedCredentials),
        (httpx.Response(403, text="<html>Forbidden</html>"), SiteBlocked),
        (httpx.Response(401, text="<title>Log in</title>"), SiteBlocked),
        (wordpress_error(401, "rest_cannot_access"), SiteBlocked),
        (wordpress_error(401, "rest_login_required"), SiteBlocked),
        (wordpress_error(403, "some_firewall"), SiteBlocked),
        (wordpress_error(409, "presswerk_stale_revision", current_revision=7), StaleRevision),
        (wordpress_error(409, "presswerk_revision_conflict"), RevisionConflict),
        (wordpress_error(409, "presswerk_already_published"), AlreadyPublished),
        (wordpress_error(409, "presswerk_conflict", differences=[], opened_by=None), EditedOnSite),
        (wordpress_error(409, "presswerk_conflict", differences=[{"field": "x"}]), SiteUnavailable),
        (wordpress_error(410, "presswerk_post_gone"), PostGone),
        (wordpress_error(404, "rest_no_route"), ConnectorMissing),
        (httpx.Response(404, text="<html>Not found</html>"), ConnectorMissing),
        (wordpress_error(400, "rest_invalid_param", params={"title": "Send a title."}), SiteRejected),
        (wordpress_error(413, "presswerk_media_too_large"), SiteRejected),
        (httpx.Response(301, headers={"Location": "https://elsewhere.example/"}), SiteRejected),
        (
            httpx.Response(302, headers={"Location": "http://acme.localhost:8101/wp-admin/install.php"}),
            SiteUnavailable,
        ),
    ],
)
def test_every_failure_becomes_its_error(answer: httpx.Response | Exception, kind: type[SiteError]) -> None:
    error = failure(answer)

    assert type(error) is kind
    assert error.retryable is (kind in {SiteUnavailable, SiteBlocked, ConnectorMissing})
    assert "http://acme.localhost:8101" in str(error.reason)
    assert error.remedy
    assert error.reason.worded("de") != error.reason.worded("en")
    assert error.advice.worded("de") != error.advice.worded("en")
    assert SECRET not in f"{error.reason}{error.remedy}{error!r}"


WARNING = "Warning: Undefined array key [0] in {closure}() on line 3"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\ufeff", ""),
        ("\n\n", "\n"),
        (f"<br /><b>{WARNING}</b>", ""),
        (f'[1, 2] {{"a": 1}} {WARNING}', ""),
        ("", "<!-- Cached [page] in {0.2} s -->"),
        ("{" * 50, "}" * 3),
        ("\x00\xff", ""),
    ],
)
def test_what_plugins_print_around_an_answer_is_read_past(before: str, after: str) -> None:
    text = f"{before}{json.dumps(ANSWER)}{after}"
    with answering(lambda _request: httpx.Response(201, content=text.encode())) as client:
        assert client.put_publication(PUBLICATION, ARTICLE).post_id == 42


def test_an_error_behind_noise_is_the_error_it_is() -> None:
    plain = wordpress_error(410, "presswerk_post_gone")

    assert type(failure(httpx.Response(410, content=WARNING.encode() + plain.content))) is PostGone


def test_a_page_in_place_of_json_is_named() -> None:
    page = "<html><style>p{color:red}</style><title>Coming &amp; soon</title><body>x</body></html>"

    assert 'a page that says "Coming & soon"' in failure(httpx.Response(200, text=page)).reason.worded()
    assert (
        'a page that says "Access denied by Shield"'
        in failure(httpx.Response(403, text="<p>Access denied</p>\n by <b>Shield</b>")).reason.worded()
    )


def test_a_refused_field_is_named() -> None:
    error = failure(wordpress_error(400, "rest_invalid_param", params={"seo.title": "Send a text."}))

    assert "seo.title: Send a text." in str(error.reason)


def test_a_busy_site_says_when_to_come_back() -> None:
    answer = wordpress_error(503, "presswerk_busy")
    answer.headers["Retry-After"] = "5"

    assert failure(answer).retry_after_seconds == 5.0


def test_the_current_revision_is_told() -> None:
    assert "revision 7" in failure(wordpress_error(409, "presswerk_stale_revision", current_revision=7)).reason.worded()


def test_an_unknown_publication_is_none_but_a_missing_connector_is_an_error() -> None:
    with answering(lambda _request: wordpress_error(404, "presswerk_unknown_publication")) as client:
        assert client.get_publication(PUBLICATION) is None
    with answering(lambda _request: wordpress_error(404, "rest_no_route")) as client, pytest.raises(ConnectorMissing):
        client.get_publication(PUBLICATION)


def test_no_secret_is_in_a_connections_repr() -> None:
    assert SECRET not in repr(CONNECTION)


def test_the_connector_is_where_its_path_says() -> None:
    assert (connector_path() / "presswerk-connector.php").is_file()
