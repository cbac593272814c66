"""Signing on to a site, and out of it, with the real identity provider of one machine."""

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from presswerk.runtimes.local.identity import clients_of, site_client_id
from presswerk.runtimes.local.layout import Ports
from presswerk.runtimes.local.login import sign_in
from presswerk.runtimes.local.wordpress import SignOn
from presswerk.spec import Role
from presswerk.wordpress import PostAuthor
from tests.support.identity import Identity, identity_running
from tests.support.process import free_port
from tests.support.sign_on import link_with, new_browser, signed_in_as
from tests.support.sites import RunningSite, article, new_publication, running_site

pytestmark = pytest.mark.integration


@dataclasses.dataclass(frozen=True)
class Place:
    """A site and the provider it trusts."""

    identity: Identity
    site: RunningSite

    def open(self, browser: httpx.Client, address: str, user_name: str) -> httpx.Response:
        """Open a page; at the provider, sign in with a password."""
        answer = browser.get(address)
        if not str(answer.url).startswith(self.identity.issuer):
            return answer
        (asked,) = [each.url for each in answer.history if each.url.path == "/oauth/authorize"][:1]
        return browser.get(sign_in(browser, str(asked), user_name, self.identity.password(user_name)))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    ports = Ports(identity=free_port(), hub=free_port(), chat=free_port(), first_site=free_port())
    with identity_running(tmp_path_factory.mktemp("identity"), ports=ports) as identity:
        clients = clients_of(identity.layout, identity.platform, identity.secrets)
        client = next(each for each in clients if each.client_id == site_client_id("acme"))
        assert client.secret is not None
        known = SignOn(identity.issuer, client.client_id, client.secret)
        with running_site(tmp_path_factory.mktemp("site"), sign_on=known, port=ports.first_site) as site:
            yield Place(identity, site)


def test_a_link_to_the_editor_asks_for_the_password_once_and_leads_there(place: Place) -> None:
    author = PostAuthor(place.identity.issuer, "acme-author", "Anna", None, Role.AUTHOR)
    with place.site.client() as client:
        post = client.put_publication(new_publication(), article(author=author))
    browser = new_browser()

    answer = place.open(browser, post.edit_link, "acme-author")

    assert (answer.status_code, str(answer.url)) == (200, post.edit_link)
    assert signed_in_as(answer) == "Anna Albers"


def test_somebody_signed_in_at_the_provider_is_not_asked_again(place: Place) -> None:
    browser = new_browser()
    page = f"{place.site.site.public_url}/wp-admin/profile.php"
    place.open(browser, page, "acme-editor")
    for cookie in [each for each in browser.cookies.jar if each.domain == "acme.localhost"]:
        browser.cookies.delete(cookie.name, cookie.domain, cookie.path)

    answer = browser.get(page)

    assert str(answer.url) == page
    assert signed_in_as(answer) == "Emil Engel"
    assert "editor" in place.site.php("return get_users( array( 'search' => 'acme-editor*' ) )[0]->roles;")


def test_signing_out_ends_both_sessions_without_a_question(place: Place) -> None:
    browser = new_browser()
    page = f"{place.site.site.public_url}/wp-admin/profile.php"
    signed_in = place.open(browser, page, "acme-admin")

    left = browser.get(link_with("action=logout", signed_in))

    assert str(left.url) == f"{place.site.site.public_url}/wp-login.php?loggedout=true"
    again = browser.get(page)
    assert str(again.url).startswith(place.identity.issuer)
    assert 'type="password"' in again.text or 'name="login"' in again.text


def test_a_member_of_another_tenant_may_sign_in_as_somebody_else(place: Place) -> None:
    browser = new_browser()
    page = f"{place.site.site.public_url}/wp-admin/"
    refused = place.open(browser, page, "nordlicht-admin")
    assert refused.status_code == 403
    assert "not a member of this site" in refused.text

    browser.get(link_with("/end_session?", refused))

    assert signed_in_as(place.open(browser, page, "acme-author")) == "Anna Albers"


def test_several_tabs_at_once_all_come_in(place: Place) -> None:
    page = f"{place.site.site.public_url}/wp-admin/profile.php"
    first = new_browser()
    place.open(first, page, "acme-author")

    def tab(_number: int) -> str | None:
        with new_browser() as browser:
            for cookie in first.cookies.jar:
                if cookie.domain != "acme.localhost":
                    browser.cookies.jar.set_cookie(cookie)
            return signed_in_as(browser.get(page))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(tab, range(4))) == ["Anna Albers"] * 4
