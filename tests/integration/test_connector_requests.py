"""What the connector refuses: each bad field by name, each caller by what they may do."""

import copy
from typing import Any

import pytest

from presswerk.declaration import Role
from presswerk.wordpress import Connection, PostAuthor, SiteRefusedCredentials
from presswerk.wordpress.client import publication_payload
from tests.support.sites import ANNA, RunningSite, article, new_publication

pytestmark = [pytest.mark.integration, pytest.mark.any_database]

BAD: list[tuple[str, Any]] = [
    ("revision", 0),
    ("revision", "1"),
    ("revision", 1.5),
    ("revision", None),
    ("title", ""),
    ("title", 5),
    ("title", None),
    ("content", None),
    ("content", "<p>no block</p>"),
    ("content", "a\x00b"),
    ("excerpt", ["no", "text"]),
    ("slug", None),
    ("slug", "x" * 201),
    ("status", "private"),
    ("status", None),
    ("status", "future"),
    ("author", None),
    ("author", "anna"),
    ("author.issuer", ""),
    ("author.subject", None),
    ("author.name", " "),
    ("author.email", 5),
    ("author.role", "owner"),
    ("author.role", None),
    ("categories", "News"),
    ("categories", [""]),
    ("tags", [["nested"]]),
    ("tags", ["t" * 201]),
    ("tags", [f"tag {number}" for number in range(51)]),
    ("featured_media", 999999),
    ("featured_media", "17"),
    ("seo", "text"),
    ("seo.title", 5),
    ("seo.description", None),
]


def path(publication: str) -> str:
    return f"/wp-json/presswerk/v1/publications/{publication}"


@pytest.mark.parametrize(("field", "value"), BAD)
def test_a_bad_field_is_named(site: RunningSite, field: str, value: Any) -> None:
    body = copy.deepcopy(publication_payload(article()))
    *parents, name = field.split(".")
    target = body[parents[0]] if parents else body
    target[name] = value

    with site.managed_http() as http:
        answer = http.put(path(new_publication()), json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "rest_invalid_param")
    assert list(answer.json()["data"]["params"]) == [field]


@pytest.mark.parametrize("field", ["revision", "title", "content", "excerpt", "slug", "status", "author"])
def test_a_missing_field_is_named(site: RunningSite, field: str) -> None:
    body = {name: value for name, value in publication_payload(article()).items() if name != field}

    with site.managed_http() as http:
        answer = http.put(path(new_publication()), json=body)

    assert answer.status_code == 400
    assert list(answer.json()["data"]["params"]) == [field]


@pytest.mark.parametrize("uuid", ["1", "urn:uuid:5", "5F0E7A7C-0000-4000-8000-000000000000", "%27%20OR%201=1"])
def test_a_bad_uuid_is_named(site: RunningSite, uuid: str) -> None:
    with site.managed_http() as http:
        answers = [http.put(path(uuid), json=publication_payload(article())), http.get(path(uuid))]

    for answer in answers:
        assert (answer.status_code, list(answer.json()["data"]["params"])) == (400, ["uuid"])


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe"])
def test_a_body_that_is_no_object_is_refused(site: RunningSite, body: bytes) -> None:
    with site.managed_http() as http:
        answer = http.put(path(new_publication()), content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["code"] in {"rest_invalid_param", "rest_invalid_json"}


def test_text_longer_than_a_column_is_cut_or_refused_but_never_an_error(site: RunningSite) -> None:
    author = PostAuthor("http://localhost:9000", "ü" * 200, "N" * 900, f"{'e' * 60}@{'d' * 60}.example", Role.AUTHOR)

    with site.client() as client:
        post = client.put_publication(new_publication(), article(author=author, title="ü" * 900, slug="ü" * 100))

    assert post.author_name == "N" * 250


@pytest.mark.parametrize(
    ("user_name", "password", "status"),
    [(None, None, 401), ("presswerk", "wrong wrong wrong wrong", 401), ("nobody", "a" * 24, 401)],
)
def test_without_credentials_nothing_is_told(
    site: RunningSite, user_name: str | None, password: str | None, status: int
) -> None:
    with site.http(user_name, password) as http:
        answers = [
            http.put(path(new_publication()), json=publication_payload(article())),
            http.get(path(new_publication())),
            http.get("/wp-json/presswerk/v1/status"),
        ]

    assert [answer.status_code for answer in answers] == [status] * 3


@pytest.fixture(scope="module")
def anna(site: RunningSite) -> Connection:
    """Anna's own application password, for the user that a delivery made of her."""
    with site.client() as client:
        post = client.put_publication(new_publication(), article(author=ANNA))
    return site.personal_connection(post.author_login)


def test_a_person_delivers_with_their_own_password(site: RunningSite, anna: Connection) -> None:
    publication = new_publication()
    with site.client(anna) as client:
        post = client.put_publication(publication, article())
        again = client.put_publication(publication, article(revision=2, title="Better"))
        read = client.get_publication(publication)

    assert (post.outcome, again.outcome, post.author_login) == ("created", "updated", anna.user_name)
    assert read is not None
    assert read.revision == 2


def test_a_person_delivers_for_nobody_else(site: RunningSite, anna: Connection) -> None:
    stranger = PostAuthor("http://localhost:9000", "stranger", "Stranger", None, Role.EDITOR)
    same_subject = PostAuthor("http://elsewhere.example", ANNA.subject, ANNA.name, ANNA.email, ANNA.role)
    with site.client(anna) as client:
        for author in (stranger, same_subject):
            with pytest.raises(SiteRefusedCredentials):
                client.put_publication(new_publication(), article(author=author))

    assert site.php("return count( get_users( array( 'search' => 'stranger-*' ) ) );") == 0


def test_a_person_neither_reads_nor_replaces_anothers_publication(site: RunningSite, anna: Connection) -> None:
    publication = new_publication()
    bert = PostAuthor("http://localhost:9000", "bert", "Bert", None, Role.AUTHOR)
    with site.client() as client:
        client.put_publication(publication, article(author=bert))
    with site.client(anna) as client:
        with pytest.raises(SiteRefusedCredentials):
            client.get_publication(publication)
        with pytest.raises(SiteRefusedCredentials):
            client.put_publication(publication, article(revision=2))


def test_an_author_neither_publishes_nor_makes_categories(site: RunningSite, anna: Connection) -> None:
    with site.client(anna) as client:
        for post in (article(status="publish"), article(categories=("Made up by Anna",))):
            with pytest.raises(SiteRefusedCredentials):
                client.put_publication(new_publication(), post)

    assert site.php("return term_exists( 'Made up by Anna', 'category' );") is None


def test_an_author_sees_no_status_of_the_site(site: RunningSite, anna: Connection) -> None:
    with site.client(anna) as client, pytest.raises(SiteRefusedCredentials):
        client.status()


def test_scripts_in_a_persons_own_delivery_are_filtered_by_wordpress(site: RunningSite, anna: Connection) -> None:
    content = "<!-- wp:html -->\n<b>bold</b><script>alert(1)</script>\n<!-- /wp:html -->"
    with site.client(anna) as client:
        post = client.put_publication(new_publication(), article(content=content))

    stored = site.php("return get_post( $input['id'] )->post_content;", id=post.post_id)
    assert "<script>" not in stored
    assert "<b>bold</b>" in stored


def test_an_author_opens_and_edits_the_own_draft_but_publishes_nothing(site: RunningSite, anna: Connection) -> None:
    with site.client() as client:
        own = client.put_publication(new_publication(), article()).post_id
        other = client.put_publication(
            new_publication(), article(author=PostAuthor("http://localhost:9000", "carl", "Carl", None, Role.AUTHOR))
        ).post_id
    with site.http(anna.user_name, anna.application_password) as http:
        statuses = {
            "open own": http.get(f"/wp-json/wp/v2/posts/{own}?context=edit").status_code,
            "edit own": http.post(f"/wp-json/wp/v2/posts/{own}", json={"title": "Mine"}).status_code,
            "publish own": http.post(f"/wp-json/wp/v2/posts/{own}", json={"status": "publish"}).status_code,
            "open another's": http.get(f"/wp-json/wp/v2/posts/{other}?context=edit").status_code,
            "edit another's": http.post(f"/wp-json/wp/v2/posts/{other}", json={"title": "Mine"}).status_code,
            "list users": http.get("/wp-json/wp/v2/users?context=edit").status_code,
            "settings": http.get("/wp-json/wp/v2/settings").status_code,
        }

    assert statuses == {
        "open own": 200,
        "edit own": 200,
        "publish own": 403,
        "open another's": 403,
        "edit another's": 403,
        "list users": 403,
        "settings": 403,
    }


def test_the_service_user_may_deliver_but_not_run_the_site(site: RunningSite) -> None:
    may = site.php(
        "$user = get_user_by( 'login', 'presswerk' ); $may = array();"
        " foreach ( $input['capabilities'] as $name ) { $may[ $name ] = $user->has_cap( $name ); } return $may;",
        capabilities=["presswerk_deliver", "manage_options", "create_users", "unfiltered_html", "edit_plugins"],
    )

    assert may == {
        "presswerk_deliver": True,
        "manage_options": False,
        "create_users": False,
        "unfiltered_html": False,
        "edit_plugins": False,
    }


def test_roles_of_the_platform_become_roles_of_the_site(site: RunningSite) -> None:
    wanted = {Role.AUTHOR: "presswerk_author", Role.EDITOR: "editor", Role.ADMIN: "administrator"}
    found = {}
    for role in wanted:
        author = PostAuthor("http://localhost:9000", f"as-{role.value}", "Somebody", None, role)
        with site.client() as client:
            post = client.put_publication(new_publication(), article(author=author))
        found[role] = site.php("return get_userdata( $input['id'] )->roles;", id=post.author_id)

    assert found == {role: [name] for role, name in wanted.items()}
