"""What an admin of a tenant cannot do to the own site, by pages or by REST, and what strangers do not learn there."""

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from presswerk.declaration import Role
from presswerk.wordpress import SiteRefusedCredentials, connector_path
from presswerk.wordpress.client import publication_payload
from tests.support.sign_on import SignOnSite, new_browser, running_sign_on_provider, signed_in_as
from tests.support.sites import ANNA, RunningSite, article, new_publication, running_site

pytestmark = pytest.mark.integration

ADA = {"sub": "ada-at-the-provider", "name": "Ada Admin", "email": "ada@acme.example", "groups": ["tenant-acme-admin"]}


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignOnSite]:
    with (
        running_sign_on_provider() as provider,
        running_site(tmp_path_factory.mktemp("site"), sign_on=provider.client) as site,
    ):
        provider.reset(ADA)
        yield SignOnSite(site, provider)


@pytest.fixture(scope="module")
def admin_id(acme: SignOnSite) -> int:
    acme.sign_in()
    return next(int(user["id"]) for user in acme.users() if user["name"] == "Ada Admin")


@pytest.fixture
def admin(acme: SignOnSite, admin_id: int) -> Iterator[httpx.Client]:
    """The browser of the tenant's admin."""
    with acme.site.signed_in(admin_id) as browser:
        yield browser


def rest(browser: httpx.Client, method: str, route: str, **body: Any) -> httpx.Response:
    """A request of the administration's own scripts."""
    page = browser.get("/wp-admin/profile.php").text
    nonce = re.search(r'createNonceMiddleware\( "([0-9a-f]+)"', page) or re.search(r'"nonce":"([0-9a-f]+)"', page)
    assert nonce is not None
    return browser.request(method, "/", params={"rest_route": route}, json=body, headers={"X-WP-Nonce": nonce[1]})


def save_options(site: RunningSite, admin: int, **options: Any) -> None:
    """What wp-admin/options.php does for an admin who edits whatever is stored."""
    site.php(
        "wp_set_current_user( $input['admin'] );"
        "foreach ( $input['options'] as $name => $value ) { update_option( $name, $value ); } return 1;",
        admin=admin,
        options=options,
    )


# The connector stays


def test_the_list_of_plugins_offers_no_way_to_switch_the_connector_off(acme: SignOnSite, admin: httpx.Client) -> None:
    plugins, must_use = admin.get("/wp-admin/plugins.php"), admin.get("/wp-admin/plugins.php?plugin_status=mustuse")

    assert plugins.status_code == 200
    assert "plugin=presswerk-connector" not in plugins.text
    assert "Presswerk Connector" in must_use.text
    assert "cannot be switched off here" in must_use.text
    acme.site.php(
        "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
        "deactivate_plugins( array( 'presswerk-connector/presswerk-connector.php', 'presswerk-connector.php' ) );"
        "update_option( 'active_plugins', array() ); return 1;"
    )
    with acme.site.client() as client:
        assert client.put_publication(new_publication(), article()).outcome == "created"


def test_a_site_of_the_version_before_keeps_its_articles_when_the_connector_becomes_must_use(tmp_path: Path) -> None:
    with running_site(tmp_path) as site:
        publication = new_publication()
        with site.client() as client:
            first = client.put_publication(publication, article())
        # As it was: a plugin among others, switched on, with the roles of then, by an installation that left no note.
        (site.site.directory / "installed.sha256").unlink()
        (site.site.content / "mu-plugins" / "presswerk-connector.php").unlink()
        (site.site.content / "plugins" / "presswerk-connector").symlink_to(connector_path())
        site.php(
            "update_option( 'active_plugins', array( 'presswerk-connector/presswerk-connector.php' ) );"
            "update_option( 'presswerk_roles', 1 ); return 1;"
        )

        connection = site.site.ensure(lambda _line: None, site.connection)

        assert not (site.site.content / "plugins" / "presswerk-connector").exists()
        assert site.php("return get_option( 'active_plugins' );") == []
        with site.client(connection) as client:
            again = client.put_publication(publication, article(revision=2))
    assert (again.outcome, again.post_id) == ("updated", first.post_id)


# The service user


@pytest.mark.parametrize("role", ["presswerk_service", "administrator"])
def test_nobody_is_given_a_role_on_the_site(acme: SignOnSite, admin: httpx.Client, admin_id: int, role: str) -> None:
    answer = rest(admin, "POST", f"/wp/v2/users/{admin_id}", roles=[role])

    assert answer.status_code in {400, 403}
    assert acme.users()[0]["roles"] == ["administrator"]


def test_the_service_role_gives_nobody_the_right_to_deliver_and_its_loss_takes_it_from_nobody(
    acme: SignOnSite, admin_id: int
) -> None:
    site = acme.site
    roles = site.php("return get_option( 'wp_user_roles' );")
    given = json.loads(json.dumps(roles))
    given["administrator"]["capabilities"]["presswerk_deliver"] = True
    given["presswerk_service"]["capabilities"] = {}
    login = site.php("return get_userdata( $input['id'] )->user_login;", id=admin_id)
    try:
        save_options(site, admin_id, wp_user_roles=given)
        site.php("get_userdata( $input['id'] )->add_role( 'presswerk_service' ); return 1;", id=admin_id)
        site.php("get_user_by( 'login', 'presswerk' )->set_role( 'subscriber' ); return 1;")

        personal = site.personal_connection(login)
        with site.client(personal) as client, pytest.raises(SiteRefusedCredentials):
            client.status()
        with site.client() as client:
            assert client.status().connector
            assert client.put_publication(new_publication(), article()).outcome == "created"
    finally:
        save_options(site, admin_id, wp_user_roles=roles)
        site.php("get_userdata( $input['id'] )->remove_role( 'presswerk_service' ); return 1;", id=admin_id)
        site.site.ensure(lambda _line: None, site.connection)


@pytest.mark.parametrize(
    ("method", "route", "body"),
    [
        ("DELETE", "/wp/v2/users/{id}", {"force": True, "reassign": 0}),
        ("POST", "/wp/v2/users/{id}", {"password": "taken-over"}),
        ("POST", "/wp/v2/users/{id}", {"email": "mine@acme.example"}),
        ("POST", "/wp/v2/users/{id}/application-passwords", {"name": "mine"}),
        ("DELETE", "/wp/v2/users/{id}/application-passwords", {}),
    ],
)
def test_the_service_user_is_out_of_an_admins_reach(
    acme: SignOnSite, admin: httpx.Client, method: str, route: str, body: dict[str, Any]
) -> None:
    service = acme.site.php("return get_user_by( 'login', 'presswerk' )->ID;")
    # Also when its role was taken from it first.
    acme.site.php("get_user_by( 'login', 'presswerk' )->set_role( '' ); return 1;")

    answer = rest(admin, method, route.format(id=service), **body)

    assert answer.status_code in {400, 401, 403, 404}, answer.text
    with acme.site.client() as client:
        assert client.status().sign_on == "ready"


def test_an_admin_makes_no_application_password_that_is_somebody_elses(
    acme: SignOnSite, admin: httpx.Client, admin_id: int
) -> None:
    """It would outlive the admin's removal, which ends the admin's own ones only."""
    acme.provider.reset({**ADA, "sub": "erik-at-the-provider", "name": "Erik Editor", "email": "erik@acme.example"})
    acme.sign_in(browser=new_browser())
    erik = next(int(user["id"]) for user in acme.users() if user["name"] == "Erik Editor")
    acme.provider.reset(ADA)
    passwords = "/wp/v2/users/{}/application-passwords"

    refused = rest(admin, "POST", passwords.format(erik), name="a way back in")

    assert (refused.status_code, refused.json()["code"]) == (403, "rest_cannot_create_application_passwords")
    assert rest(admin, "POST", passwords.format(admin_id), name="own").status_code == 201
    assert rest(admin, "GET", passwords.format(erik)).json() == []


# People


def test_people_are_not_added_here_and_the_pages_say_where(acme: SignOnSite, admin: httpx.Client) -> None:
    listed, added = admin.get("/wp-admin/users.php"), admin.get("/wp-admin/user-new.php")

    assert "user-new.php" not in listed.text
    for page in (listed, added):
        assert "removed and given roles in Presswerk, not here" in page.text
        assert acme.site.site.layout.hub_url in page.text
    assert added.status_code == 403
    refused = rest(admin, "POST", "/wp/v2/users", username="x", email="x@acme.example", password="x", roles=["editor"])
    assert refused.status_code == 403


def test_nobody_registers_whatever_the_settings_say(acme: SignOnSite, admin_id: int) -> None:
    save_options(acme.site, admin_id, users_can_register="1", default_role="administrator")

    with acme.site.http() as stranger:
        answer = stranger.post(
            "/wp-login.php?action=register", data={"user_login": "mallory", "user_email": "mallory@elsewhere.example"}
        )

    assert answer.status_code == 403
    assert "Nobody registers here" in answer.text
    assert acme.site.php("return get_user_by( 'login', 'mallory' );") is False


def test_strangers_do_not_learn_the_names_people_sign_in_with(acme: SignOnSite) -> None:
    by_name = dataclasses.replace(ANNA, subject="anna.hidden.login", name="Anna Acme", role=Role.EDITOR)
    nameless = dataclasses.replace(ANNA, subject="otto.hidden.login", name="otto.hidden.login", role=Role.EDITOR)
    with acme.site.client() as client:
        links = [
            client.put_publication(
                new_publication(), article(author=author, status="publish", slug=f"by-{author.subject[:4]}")
            ).link
            for author in (by_name, nameless)
        ]

    with acme.site.http() as stranger:
        users = stranger.get("/", params={"rest_route": "/wp/v2/users"})
        found = stranger.get("/", params={"rest_route": "/wp/v2/users", "search": "anna.hidden"})
        maps = stranger.get("/wp-sitemap-users-1.xml")
        index = stranger.get("/wp-sitemap.xml")
        pages = [stranger.get(link.removeprefix(acme.url)) for link in links]
        embeds = [stranger.get("/", params={"rest_route": "/oembed/1.0/embed", "url": link}) for link in links]
        authors = [stranger.get(f"/?author={user['id']}") for user in users.json()]

    assert any(user["slug"].startswith("anna-acme") for user in users.json())
    assert found.json() == []
    assert maps.status_code == 404
    assert "users" not in index.text
    assert "anna" not in {user["slug"] for user in users.json()}
    # The name that stands under an article is public; the one that is only a user name is not in any address.
    for shown in (users, *authors):
        assert "hidden" not in str(shown.headers)
        assert "hidden" not in "".join(re.findall(r"""(?:slug|link|href)["']?[:=]["']([^"']*)""", shown.text))
    for shown in (*pages, *embeds):
        addresses = re.findall(r"https?:[^\s\"'<>]*", shown.text.replace("\\/", "/"))
        assert not [each for each in addresses if "hidden" in each]


# The provider


def test_what_the_site_knows_of_the_provider_cannot_be_written_by_its_admin(acme: SignOnSite, admin_id: int) -> None:
    site = acme.site
    new_browser().get(f"{acme.url}/wp-login.php?action=presswerk", follow_redirects=False)
    kept = site.php(
        'global $wpdb; return $wpdb->get_col( "SELECT option_name FROM $wpdb->options'
        " WHERE option_name LIKE '\\\\_transient\\\\_presswerk%'\" );"
    )
    assert kept
    document = {
        "issuer": acme.provider.issuer.url,
        "authorization_endpoint": "https://evil.example/authorize",
        "token_endpoint": "https://evil.example/token",
        "jwks_uri": "https://evil.example/keys",
        "keys": [{"kty": "oct", "k": "AAAA"}],
        "fetched": 2**31,
    }
    for forged in (document, json.dumps(document), [2**31, document]):
        save_options(site, admin_id, **dict.fromkeys(kept, forged))

        begun = new_browser().get(f"{acme.url}/wp-login.php?action=presswerk", follow_redirects=False)

        assert begun.headers["location"].startswith(f"{acme.provider.issuer.url}/")
    assert signed_in_as(acme.sign_in()) == "Ada Admin"


@pytest.mark.parametrize("endpoint", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"])
@pytest.mark.parametrize("elsewhere", ["https://evil.example/x", "//evil.example/x", "javascript:alert(1)", "{}:1/x"])
def test_an_endpoint_at_another_origin_than_the_issuers_is_not_used(
    acme: SignOnSite, monkeypatch: pytest.MonkeyPatch, endpoint: str, elsewhere: str
) -> None:
    acme.site.php(
        "global $wpdb; $wpdb->query( \"DELETE FROM $wpdb->options WHERE option_name LIKE '%transient%presswerk%'\" );"
        " return 1;"
    )
    acme.provider.groups_from = "userinfo"
    monkeypatch.setattr(acme.provider, "published", {endpoint: elsewhere.format(acme.provider.issuer.url)})

    page = acme.sign_in()

    assert page.status_code == 503
    assert "at another address than its own" in page.text
    acme.provider.reset(ADA)
    acme.site.php(
        "global $wpdb; $wpdb->query( \"DELETE FROM $wpdb->options WHERE option_name LIKE '%transient%presswerk%'\" );"
        " return 1;"
    )


# Addresses and headers


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "{scheme}://{host}:1/",
        "{scheme}://{host}.evil.example/",
        "{scheme}://user@evil.example/",
        "https://{netloc}/",
        "javascript:alert(1)",
        "/" + "a" * 5000,
    ],
)
def test_after_signing_in_nobody_is_led_off_the_site(acme: SignOnSite, wanted: str) -> None:
    own = urlsplit(acme.url)
    given = wanted.format(scheme=own.scheme, host=own.hostname, netloc=own.netloc)
    browser = new_browser()

    landed = browser.get(acme.callback(browser, given), follow_redirects=False).headers["location"]
    signed_out = new_browser().get(
        f"{acme.url}/wp-login.php", params={"action": "logout", "redirect_to": given}, follow_redirects=False
    )

    assert landed in {f"{acme.url}/wp-admin/", "/evil.example/"}  # the last is a page of this site that does not exist
    assert given not in signed_out.headers.get("location", "")


def test_after_signing_in_one_is_where_one_wanted_to_go(acme: SignOnSite) -> None:
    for wanted in (f"{acme.url}/wp-admin/edit.php?post_type=page", "/wp-admin/upload.php"):
        browser = new_browser()

        landed = browser.get(acme.callback(browser, wanted), follow_redirects=False).headers["location"]

        assert landed.endswith(wanted)


@pytest.mark.parametrize("path", ["/", "/wp-login.php", "/?rest_route=/", "/wp-admin/"])
@pytest.mark.parametrize("host", ["evil.example", "acme.localhost", "acme.localhost:1", "evil.example:80"])
def test_a_request_under_another_name_is_led_to_the_sites_own(acme: SignOnSite, path: str, host: str) -> None:
    with acme.site.http() as stranger:
        led = stranger.get(path, headers={"Host": host})
        refused = stranger.post(path, headers={"Host": host})

    assert led.status_code == 302
    assert led.headers["location"] == f"{acme.url}{path}"
    assert refused.status_code == 421
    assert "evil.example" not in led.text + refused.text


def test_every_answer_says_how_it_may_be_used(acme: SignOnSite, admin: httpx.Client) -> None:
    with acme.site.http() as stranger:
        answers = {
            path: stranger.get(path)
            for path in ("/", "/?s=x", "/nothing-here", "/wp-login.php?loggedout=true", "/?rest_route=/", "/?feed=rss2")
        }
    answers["/wp-admin/"] = admin.get("/wp-admin/")

    for path, answer in answers.items():
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert "strict-origin-when-cross-origin" in answer.headers["Referrer-Policy"], path
        if "text/html" in answer.headers["Content-Type"]:
            assert answer.headers["X-Frame-Options"] == "SAMEORIGIN", path


@pytest.mark.parametrize(
    "path",
    [
        "/wp-admin/upgrade.php",
        "/wp-admin/upgrade.php?step=1",
        "/wp-admin/maint/repair.php",
        "/wp-admin/maint/repair.php?repair=1",
        "/wp-admin/install.php",
        "/wp-admin/setup-config.php",
        "/wp-admin//upgrade.php",
        "/wp-admin/upgrade.php/x",
        "/xmlrpc.php",
    ],
)
def test_doors_for_whoever_runs_the_machine_are_closed(acme: SignOnSite, admin: httpx.Client, path: str) -> None:
    with acme.site.http() as stranger:
        assert stranger.get(path).status_code == 404
    assert admin.get(path).status_code == 404


def test_an_admin_writes_no_scripts_for_the_browsers_of_others(acme: SignOnSite, admin: httpx.Client) -> None:
    made = rest(
        admin,
        "POST",
        "/wp/v2/posts",
        title="Hello <script>alert(1)</script>",
        content='<p onclick="x()">a</p><script>alert(1)</script><iframe src="https://evil.example"></iframe>',
        status="publish",
    ).json()

    stored = acme.site.php("return get_post( $input['id'] )->post_content;", id=made["id"])
    assert "<script" not in stored
    assert "onclick" not in stored
    assert "<iframe" not in stored


# The REST API under every setting


@pytest.mark.parametrize("structure", ["", "/%postname%/", "/index.php/%postname%/", "/archives/%post_id%"])
@pytest.mark.parametrize("prefix", ["wp-json", "api"])
def test_articles_arrive_under_every_permalink_setting(
    acme: SignOnSite, admin_id: int, structure: str, prefix: str
) -> None:
    filter_file = acme.site.site.content / "mu-plugins" / "prefix.php"
    filter_file.write_text(f"<?php add_filter( 'rest_url_prefix', static fn() => '{prefix}' );")
    before = acme.site.php("return get_option( 'permalink_structure' );")
    try:
        save_options(acme.site, admin_id, permalink_structure=structure)
        acme.site.php("flush_rewrite_rules( false ); return 1;")

        publication = new_publication()
        with acme.site.client() as client:
            made = client.put_publication(publication, article())
            read = client.get_publication(publication)
    finally:
        filter_file.unlink()
        save_options(acme.site, admin_id, permalink_structure=before)
        acme.site.php("flush_rewrite_rules( false ); return 1;")

    assert made.outcome == "created"
    assert read is not None
    assert read.post_id == made.post_id


@pytest.mark.parametrize(("language", "said"), [("de_DE", "Sie sind abgemeldet"), ("", "You are signed out")])
def test_the_sites_own_pages_speak_its_language(acme: SignOnSite, admin_id: int, language: str, said: str) -> None:
    save_options(acme.site, admin_id, WPLANG=language)
    try:
        with acme.site.http() as stranger:
            assert said in stranger.get("/wp-login.php?loggedout=true").text
    finally:
        save_options(acme.site, admin_id, WPLANG="")


def test_a_delivery_is_a_request_to_no_pretty_address(acme: SignOnSite) -> None:
    publication = new_publication()
    with acme.site.managed_http() as http:
        answer = http.put(
            "/",
            params={"rest_route": f"/presswerk/v1/publications/{publication}"},
            json=publication_payload(article()),
        )

    assert answer.status_code == 201
    assert parse_qs(urlsplit(str(answer.request.url)).query)["rest_route"] == [
        f"/presswerk/v1/publications/{publication}"
    ]


# Whatever else there is: last, for it leaves nothing as it was


def test_no_route_of_the_site_changes_what_the_platform_decides(
    acme: SignOnSite, admin: httpx.Client, admin_id: int
) -> None:
    """Every route and method that writes, as its index tells them, with whatever could be taken."""
    acme.provider.reset({**ADA, "sub": "mia", "name": "Mia Member", "email": "mia@acme.example"})
    acme.sign_in(browser=new_browser())
    acme.provider.reset(ADA)
    mia = next(int(user["id"]) for user in acme.users() if user["name"] == "Mia Member")
    service = acme.site.php("return get_user_by( 'login', 'presswerk' )->ID;")
    page = admin.get("/wp-admin/profile.php").text
    nonce = re.search(r'createNonceMiddleware\( "([0-9a-f]+)"', page)
    assert nonce is not None
    admin.headers["X-WP-Nonce"] = nonce[1]
    routes = admin.get("/", params={"rest_route": "/"}).json()["routes"]
    body = {
        "roles": ["administrator"],
        "password": "taken over",
        "email": "mine@acme.example",
        "name": "Mine",
        "username": "mine",
        "slug": "mine",
        "first_name": "Mine",
        "force": True,
        "reassign": admin_id,
        "status": "active",
        "plugin": "presswerk-connector/presswerk-connector",
        "meta": {"presswerk_identity": "mine"},
        "users_can_register": True,
        "default_role": "administrator",
        "url": "https://evil.example",
        "role": None,
        "issuer": acme.provider.issuer.url,
        "subject": "mia",
        "presswerk_roles": 0,
        "nickname": "Mine",
    }
    before = _decided(acme)

    asked = 0
    for route, told in routes.items():
        for method in {"POST", "PUT", "PATCH", "DELETE"} & set(told["methods"]):
            for user in (service, mia) if "users" in route else (service,):
                filled_in = _filled_in(route, str(user))
                admin.request(method, "/", params={"rest_route": filled_in}, json=body | {"user_id": user})
                asked += 1

    assert asked > 80
    assert _decided(acme) == before


def _filled_in(route: str, user: str) -> str:
    """A route with its parts filled in; what is no number is the connector."""
    while "(?P<" in route:
        start = route.index("(?P<")
        end, depth = start, 0
        for end in range(start, len(route)):
            depth += {"(": 1, ")": -1}.get(route[end], 0)
            if depth == 0:
                break
        part = user if "\\d" in route[start:end] or "id>" in route[start:end] else "presswerk-connector"
        route = route[:start] + part + route[end + 1 :]
    return route


def _decided(acme: SignOnSite) -> Any:
    """Who belongs to the site and how they come in, its plugins, and what Presswerk keeps there."""
    return acme.site.php(
        "$users = array_map( static fn ( $user ) => array( $user->ID, $user->user_login, $user->user_pass,"
        " $user->user_email, $user->display_name, $user->nickname, $user->roles,"
        " get_user_meta( $user->ID, 'presswerk_identity', true ),"
        " WP_Application_Passwords::get_user_application_passwords( $user->ID ) ), get_users() );"
        "foreach ( $users as &$user ) { foreach ( $user[8] as &$known ) {"
        " unset( $known['last_used'], $known['last_ip'] ); } }"
        "$names = array( 'active_plugins', 'users_can_register', 'default_role', 'siteurl', 'home', 'wp_user_roles',"
        " 'presswerk_roles', 'presswerk_schema', 'presswerk_declared', 'stylesheet' );"
        "return array( $users, array_map( 'get_option', $names ), array_map( 'basename', wp_get_mu_plugins() ) );"
    )
