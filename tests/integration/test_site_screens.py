"""What a site's administration offers works, for each role and in both languages; what cannot work says who does it."""

import hashlib
import html
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx
import pytest

from presswerk.declaration import Role
from presswerk.wordpress import PostAuthor, connector_path
from tests.support.sign_on import SignOnSite, new_browser, running_sign_on_provider, signed_in_as
from tests.support.sites import article, new_publication, running_site

pytestmark = pytest.mark.integration

ADA = {"sub": "ada", "name": "Ada Admin", "email": "ada@acme.example", "groups": ["tenant-acme-admin"]}
ERIK = {"sub": "erik", "name": "Erik Editor", "email": "erik@acme.example", "groups": ["tenant-acme-editor"]}
OTTO = {"sub": "otto", "name": "Otto Author", "email": "otto@acme.example", "groups": ["tenant-acme-author"]}
PEOPLE = {"admin": ADA, "editor": ERIK, "author": OTTO}

# A link with one of these does something, or is about one article or person; of the others these tell pages apart.
_ACTS = {"_wpnonce", "action", "post", "user_id", "p", "tag_ID", "wp_theme_preview"}
_PAGES = {"page", "post_type", "taxonomy", "plugin_status", "tab"}


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignOnSite]:
    with (
        running_sign_on_provider() as provider,
        running_site(tmp_path_factory.mktemp("site"), sign_on=provider.client) as site,
    ):
        acme = SignOnSite(site, provider)
        for person in PEOPLE.values():
            provider.reset(person)
            acme.sign_in(browser=new_browser())
        with site.client() as client:
            client.put_publication(new_publication(), article())
        provider.reset(ADA)
        yield acme


@pytest.fixture(params=["", "de_DE"], ids=["english", "german"])
def language(acme: SignOnSite, request: pytest.FixtureRequest) -> Iterator[str]:
    acme.site.php("return update_option( 'WPLANG', $input['locale'] );", locale=request.param)
    yield request.param
    acme.site.php("return update_option( 'WPLANG', '' );")


@pytest.fixture
def admin(acme: SignOnSite) -> Iterator[httpx.Client]:
    with browser_of(acme, "Ada Admin") as browser:
        yield browser


def user_id(acme: SignOnSite, name: str) -> int:
    return next(int(user["id"]) for user in acme.users() if user["name"] == name)


def browser_of(acme: SignOnSite, name: str) -> httpx.Client:
    return acme.site.signed_in(user_id(acme, name))


def form_of(page: httpx.Response, holding: str) -> dict[str, str]:
    """The fields of the form that has a field, as a browser would send them unchanged."""
    forms = re.findall(r"<form\b.*?</form>", page.text, re.DOTALL)
    form = next(form for form in forms if re.search(rf"""name=["']{re.escape(holding)}["']""", form))
    sent: dict[str, str] = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        attributes = dict(re.findall(r"""([a-z]+)=["']([^"']*)["']""", tag))
        unticked = attributes.get("type") in {"checkbox", "radio"} and "checked" not in tag
        if "name" in attributes and not unticked:
            sent[html.unescape(attributes["name"])] = html.unescape(attributes.get("value", ""))
    for name, options in re.findall(r"""<select\b[^>]*name=["']([^"']+)["'][^>]*>(.*?)</select>""", form, re.DOTALL):
        chosen = re.search(r"""value=["']([^"']*)["'][^>]*selected""", options) or re.search(
            r"value=['\"](.*?)['\"]", options
        )
        sent[name] = html.unescape(chosen[1]) if chosen else ""
    return sent


def rest(browser: httpx.Client, method: str, route: str, **body: Any) -> httpx.Response:
    page = browser.get("/wp-admin/profile.php").text
    nonce = re.search(r'createNonceMiddleware\( "([0-9a-f]+)"', page) or re.search(r'"nonce":"([0-9a-f]+)"', page)
    assert nonce is not None
    return browser.request(method, "/", params={"rest_route": route}, json=body, headers={"X-WP-Nonce": nonce[1]})


# Everything offered


@pytest.mark.parametrize("role", PEOPLE)
def test_every_page_that_is_offered_opens_and_speaks_the_sites_language(acme: SignOnSite, role: str) -> None:
    """All of the administration that links lead to, from page to page."""
    catalogue = connector_path() / "languages" / "presswerk-connector-de.l10n.php"
    english = acme.site.php("return array_keys( ( require $input['file'] )['messages'] );", file=str(catalogue))
    sentences = [sentence for sentence in english if len(sentence) > 15 and "%" not in sentence]
    # The list of categories tells everybody of a setting that an admin has.
    told_of = set() if role == "admin" else {"/wp-admin/options-writing.php"}
    seen: dict[str, int] = {}
    to_see = ["/wp-admin/"]
    acme.site.php("return update_option( 'WPLANG', 'de_DE' );")
    try:
        with browser_of(acme, str(PEOPLE[role]["name"])) as browser:
            while to_see:
                path = to_see.pop()
                answer = browser.get(path)
                seen[path] = answer.status_code
                assert not [each for each in sentences if each in html.unescape(answer.text)], path
                to_see.extend(set(_offered(acme.url, answer)) - {*seen, *to_see, *told_of})
    finally:
        acme.site.php("return update_option( 'WPLANG', '' );")

    assert len(seen) > 8
    assert {path: status for path, status in seen.items() if status >= 400} == {}


def _offered(site: str, answer: httpx.Response) -> Iterator[str]:
    """Pages of the administration that a page links to: each once, however its list is sorted or filtered."""
    shown = re.sub(r"<script\b.*?</script>", "", answer.text, flags=re.DOTALL)
    for found in re.findall(r"""<a\b[^>]*href=["']([^"'#]+)""", shown):
        link = urlsplit(urljoin(str(answer.url.copy_with(host=urlsplit(site).hostname)), html.unescape(found)))
        told = dict(parse_qsl(link.query))
        if link.netloc == urlsplit(site).netloc and link.path.startswith("/wp-admin/") and not told.keys() & _ACTS:
            which = {name: value for name, value in told.items() if name in _PAGES}
            yield link.path + (f"?{urlencode(which)}" if which else "")


@pytest.mark.parametrize("role", PEOPLE)
def test_nothing_is_offered_that_cannot_work_here(acme: SignOnSite, role: str) -> None:
    with browser_of(acme, str(PEOPLE[role]["name"])) as browser:
        start = browser.get("/wp-admin/").text

    menu = set(re.findall(r"href=['\"]([a-z-]+\.php)", start))
    unusable = (
        "import|site-health|options-connectors|plugin-install|theme-install|update-core|plugin-editor|theme-editor"
    )
    assert not menu & {f"{name}.php" for name in unusable.split("|")}
    assert "tools.php" not in menu
    assert ("export.php" in menu) is (role == "admin")
    assert "dashboard_primary" not in start
    assert "dashboard_site_health" not in start


@pytest.mark.parametrize(
    ("path", "not_there"),
    [
        ("options-writing.php", ("mailserver_url", "ping_sites")),
        ("users.php", ('value="delete"', 'value="resetpassword"', 'name="users[]"', "submitdelete")),
        ("edit-tags.php?taxonomy=category", ("import.php",)),
    ],
)
def test_a_page_has_no_control_that_cannot_work_here(
    admin: httpx.Client, path: str, not_there: tuple[str, ...]
) -> None:
    page = admin.get(f"/wp-admin/{path}")

    assert page.status_code == 200
    assert [control for control in not_there if control in page.text] == []


@pytest.mark.parametrize("page", ["plugins", "themes"])
def test_who_installs_is_said_where_one_looks_for_it(admin: httpx.Client, language: str, page: str) -> None:
    said = "installiert der Betreiber von Presswerk" if language else "are installed by the operator of Presswerk"

    assert said in admin.get(f"/wp-admin/{page}.php").text


@pytest.mark.parametrize(
    "page",
    ["update-core", "update", "plugin-install", "theme-install", "plugin-editor", "theme-editor", "options-connectors"],
)
def test_a_page_of_the_operators_says_so(admin: httpx.Client, page: str) -> None:
    answer = admin.get(f"/wp-admin/{page}.php")

    assert answer.status_code == 403
    assert "are installed by the operator of Presswerk" in answer.text


@pytest.mark.parametrize("page", ["import", "site-health", "site-health.php?tab=debug&x="])
def test_a_page_that_is_no_use_here_is_closed(admin: httpx.Client, page: str) -> None:
    assert "not allowed" in admin.get(f"/wp-admin/{page}.php").text


def test_languages_are_called_by_their_names(admin: httpx.Client) -> None:
    assert re.search(r'<option value="de_DE"[^>]*>Deutsch', admin.get("/wp-admin/profile.php").text)


def test_the_site_editor_reads_the_parts_of_a_theme(admin: httpx.Client) -> None:
    """It asks for them by an address with a doubled slash, which a rule for files refused."""
    page = admin.get("/wp-admin/profile.php").text
    nonce = re.search(r'createNonceMiddleware\( "([0-9a-f]+)"', page)
    assert nonce is not None

    part = admin.get(
        "/wp-json/wp/v2/template-parts/twentytwentyfive//header?context=edit", headers={"X-WP-Nonce": nonce[1]}
    )

    assert part.status_code == 200
    assert part.json()["slug"] == "header"


# Stored options


@pytest.mark.parametrize(
    "query", ["", "?option_page=options", "?dismiss=x", "?adminhash=", "?dismiss[]=new_admin_email"]
)
@pytest.mark.parametrize(
    "form", [None, {"action": "update", "option_page": "options", "page_options": "presswerk_roles"}]
)
def test_nobody_reads_or_writes_whatever_is_stored(
    admin: httpx.Client, query: str, form: Mapping[str, str] | None
) -> None:
    path = f"/wp-admin/options.php{query}"

    answer = admin.get(path) if form is None else admin.post(path, data={**form, "presswerk_roles": "0"})

    assert answer.status_code == 403
    assert "not allowed to manage options" in answer.text
    assert "_transient" not in answer.text


@pytest.mark.parametrize("page", ["general", "writing", "reading", "discussion", "media"])
def test_settings_are_saved(acme: SignOnSite, admin: httpx.Client, page: str) -> None:
    before = acme.site.php("return get_option( 'users_can_register' );")
    settings = form_of(admin.get(f"/wp-admin/options-{page}.php"), "option_page")

    saved = admin.post("/wp-admin/options.php", data=settings | {"blogdescription": f"Saved from {page}"})

    assert saved.status_code == 302
    assert "settings-updated=true" in saved.headers["location"]
    if page == "general":
        assert acme.site.php("return get_option( 'blogdescription' );") == "Saved from general"
    assert acme.site.php("return get_option( 'users_can_register' );") == before


def test_a_changed_address_of_the_site_is_confirmed_or_dismissed(acme: SignOnSite, admin: httpx.Client) -> None:
    pending = (
        "update_option( 'adminhash', array( 'hash' => 'abc', 'newemail' => 'new@acme.example' ) );"
        "remove_all_filters( 'update_option_new_admin_email' ); remove_all_filters( 'add_option_new_admin_email' );"
        "update_option( 'new_admin_email', 'new@acme.example' ); return get_option( 'admin_email' );"
    )
    before = acme.site.php(pending)
    page = admin.get("/wp-admin/options-general.php").text
    dismissing = re.search(r'href="([^"]*dismiss=new_admin_email[^"]*)"', page)
    assert dismissing is not None

    dismissed = admin.get(html.unescape(dismissing[1]).removeprefix(acme.url))
    assert "updated=true" in dismissed.headers["location"]
    assert acme.site.php("return get_option( 'adminhash' );") is False
    acme.site.php(pending)
    confirmed = admin.get("/wp-admin/options.php?adminhash=abc")
    after = acme.site.php("return get_option( 'admin_email' );")
    acme.site.php("return update_option( 'admin_email', $input['before'] );", before=before)

    assert "updated=true" in confirmed.headers["location"]
    assert after == "new@acme.example"


# People


def test_the_list_of_users_shows_who_they_are(admin: httpx.Client, language: str) -> None:
    page = admin.get("/wp-admin/users.php").text

    for person in PEOPLE.values():
        assert re.search(rf"column-presswerk_name[^>]*>{person['name']}<", page)
    assert ("Autor (Entwürfe)" in page) is bool(language)
    assert ("Author (drafts)" in page) is not bool(language)


def test_whoever_left_can_be_deleted_and_a_member_cannot(acme: SignOnSite, admin: httpx.Client) -> None:
    acme.provider.reset({**OTTO, "sub": "leaver", "name": "Lea Leaver", "email": "lea@acme.example"})
    acme.sign_in(browser=new_browser())
    lea = user_id(acme, "Lea Leaver")
    acme.provider.reset(ADA)

    refused = rest(admin, "DELETE", f"/wp/v2/users/{lea}", force=True, reassign=user_id(acme, "Ada Admin"))
    with acme.site.client() as client:
        assert client.end_person(acme.provider.issuer.url, "leaver", None)
    listed = admin.get("/wp-admin/users.php").text
    offered = re.search(rf"users\.php\?action=delete&amp;user={lea}&amp;_wpnonce=[0-9a-f]+", listed)
    assert offered is not None
    asked = admin.get(f"/wp-admin/{html.unescape(offered[0])}")
    deleted = admin.post("/wp-admin/users.php", data=form_of(asked, "users[]"))

    assert refused.status_code == 403
    assert listed.count("submitdelete") == 1
    assert "delete_count=1" in deleted.headers["location"]
    assert "Lea Leaver" not in {user["name"] for user in acme.users()}


@pytest.mark.parametrize("path", ["profile.php", "user-edit.php?user_id={}"])
def test_a_profile_is_saved_but_for_what_the_provider_says(acme: SignOnSite, admin: httpx.Client, path: str) -> None:
    shown = path.format(user_id(acme, "Otto Author"))
    name = "Otto Author" if "{" in path else "Ada Admin"
    page = admin.get(f"/wp-admin/{shown}")
    form = form_of(page, "nickname")

    saved = admin.post(
        f"/wp-admin/{shown}",
        data=form
        | {"nickname": "Somebody", "display_name": "Somebody", "description": "Writes.", "email": "x@y.example"},
    )

    assert saved.status_code == 302
    stored = acme.site.php(
        "$user = get_userdata( $input['id'] );"
        "return array( $user->display_name, $user->nickname, $user->user_email, $user->description );",
        id=user_id(acme, name),
    )
    assert stored == [name, name, f"{name.split(maxsplit=1)[0].lower()}@acme.example", "Writes."]
    assert "They are changed there, not here" in page.text


def test_an_admin_gives_nobody_a_password(acme: SignOnSite, admin: httpx.Client) -> None:
    otto = user_id(acme, "Otto Author")

    rest(admin, "POST", f"/wp/v2/users/{otto}", password="known to Ada", name="Ottokar")

    changed = acme.site.php(
        "$user = get_userdata( $input['id'] );"
        "return array( wp_check_password( 'known to Ada', $user->user_pass ), $user->display_name );",
        id=otto,
    )
    assert changed == [False, "Otto Author"]


def test_a_person_without_an_address_saves_the_own_profile(acme: SignOnSite) -> None:
    acme.provider.reset({**OTTO, "sub": "bare", "name": "Bea Bare", "email": None})
    acme.sign_in(browser=new_browser())
    acme.provider.reset(ADA)
    with browser_of(acme, "Bea Bare") as browser:
        form = form_of(browser.get("/wp-admin/profile.php"), "nickname")

        saved = browser.post("/wp-admin/profile.php", data=form | {"description": "No address."})

    assert (saved.status_code, form["email"]) == (302, "")


@pytest.mark.parametrize("name", ["Anne & Söhne", r"Back\slash", 'O\'Brien "Bob"', "名前 太郎", "x" * 300])
def test_name_and_address_follow_the_provider_and_read_as_there(
    acme: SignOnSite, admin: httpx.Client, name: str
) -> None:
    subject = f"renamed-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    first = {**OTTO, "sub": subject, "name": "Before", "email": f"{subject}@before.example"}
    acme.provider.reset(first)
    acme.sign_in(browser=new_browser())
    acme.provider.reset({**first, "name": name, "email": f"{subject}@after.example"})

    landed = acme.sign_in(browser=new_browser())

    acme.provider.reset(ADA)
    assert signed_in_as(landed) == name[:250]
    author = PostAuthor(acme.provider.issuer.url, subject, name, None, Role.AUTHOR)
    with acme.site.client() as client:
        post = client.put_publication(new_publication(), article(author=author))
    told = acme.site.php(
        "return Presswerk\\Connector\\Posts::describe( 'x', 1, get_post( $input['id'] ) );", id=post.post_id
    )
    assert told["author"]["name"] == name[:250]
    assert acme.users()[-1]["email"] == f"{subject}@after.example"
    assert name[:250] in html.unescape(admin.get("/wp-admin/users.php").text)


def test_nobody_gets_the_address_of_somebody_else(acme: SignOnSite) -> None:
    acme.provider.reset({**ERIK, "email": "otto@acme.example"})
    acme.sign_in(browser=new_browser())
    acme.provider.reset(ADA)

    assert {user["name"]: user["email"] for user in acme.users()}["Erik Editor"] == "erik@acme.example"


@pytest.mark.parametrize("groups", [None, "tenant-acme-author", 7])
def test_groups_that_a_token_only_names_are_asked_of_the_provider(acme: SignOnSite, groups: Any) -> None:
    """The claim is there, but what it holds is no list."""
    acme.provider.reset(OTTO)
    acme.provider.make_id_token = lambda provider, claims: provider.sign({**claims, "groups": groups})

    landed = acme.sign_in(browser=new_browser())

    acme.provider.reset(ADA)
    assert signed_in_as(landed) == "Otto Author"


# Passwords and registration


@pytest.mark.parametrize(
    "action", ["lostpassword", "retrievepassword", "rp&key=x&login=ada", "resetpass", "lostpassword&error=expiredkey"]
)
def test_who_looks_for_a_password_is_told_where_it_is_changed(acme: SignOnSite, language: str, action: str) -> None:
    with acme.site.http() as stranger:
        answer = stranger.get(f"/wp-login.php?action={action}")
        posted = stranger.post(f"/wp-login.php?action={action}", data={"user_login": "ada@acme.example"})

    for page in (answer, posted):
        assert page.status_code == 200
        assert ("keine eigenen Passwörter" if language else "no passwords of its own") in page.text
        assert f'href="{acme.provider.issuer.url}/"' in page.text
        assert "user_login" not in page.text


@pytest.mark.parametrize("path", ["/wp-login.php?action=register", "/wp-signup.php", "/wp-activate.php"])
def test_who_wants_to_register_is_told_whom_to_ask(acme: SignOnSite, language: str, path: str) -> None:
    browser = new_browser()

    page = browser.get(f"{acme.url}{path}")

    assert ("Hier registriert sich niemand" if language else "Nobody registers here") in page.text
    assert "user_email" not in page.text
