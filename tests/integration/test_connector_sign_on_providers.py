"""Signing on to a site, and out of it, with real identity providers of different makes: the same suite for each.

One site for all of them: before each provider it is told whom it trusts from now on.
"""

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from presswerk.declaration import Role
from presswerk.identity import TokenVerifier, TrustedIssuer
from presswerk.identity.relying_party import RelyingParty
from presswerk.runtimes.local.layout import Ports
from presswerk.runtimes.local.login import SignInRefused
from presswerk.sites.configuration import SignOn
from presswerk.wordpress import PostAuthor
from tests.support.lemonldap import running_provider
from tests.support.process import free_port
from tests.support.providers import AUDIENCES, PEOPLE, SITE, IdentityProvider, SiteAddresses
from tests.support.sign_on import SignOnSite, let_newcomers_age, link_with, new_browser, signed_in_as
from tests.support.sites import RunningSite, article, new_publication, running_site
from tests.support.waiting import until

pytestmark = pytest.mark.integration

PROVIDERS = (
    "canaille",
    "lemonldap",
    "authentik",
    "claim null",
    "stale groups in the token",
    "token, null, aud is a list",
    "token, pairwise, EdDSA",
)
"""Every behaviour of the matrix that an application can see, each once: RS256, ES256, PS256, EdDSA; groups in userinfo
or the token, missing, empty, null or stale; subjects that are names or pairwise; opaque tokens and `at+jwt`."""


@dataclasses.dataclass(frozen=True)
class Place:
    """A site and the provider it trusts."""

    provider: IdentityProvider
    site: RunningSite

    @property
    def page(self) -> str:
        """One that only somebody with an account may see."""
        return f"{self.site.site.public_url}/wp-admin/profile.php"

    def is_trusted(self) -> bool:
        """Whether the site knows by now whom it trusts."""
        begun = new_browser().get(f"{self.site.site.public_url}/wp-login.php?action=presswerk", follow_redirects=False)
        return str(begun.headers.get("location", "")).startswith(self.provider.issuer)

    def asked(self, browser: httpx.Client, address: str) -> str | None:
        """Where the provider is asked who somebody is; None where the site knows."""
        answer = browser.get(address, follow_redirects=False)
        while answer.is_redirect:
            target = str(answer.url.join(answer.headers["location"]))
            if target.startswith(self.provider.issuer):
                return target
            answer = browser.get(target, follow_redirects=False)
        return None

    def open(self, browser: httpx.Client, user_name: str, address: str | None = None) -> httpx.Response:
        """Open a page, and sign in at the provider where it asks."""
        asked = self.asked(browser, address or self.page)
        if asked is None:
            return browser.get(address or self.page)
        return browser.get(self.provider.sign_in(browser, asked, user_name))

    def leave_site(self, browser: httpx.Client) -> None:
        """Lose what the site gave the browser, and nothing of the provider's."""
        for cookie in [each for each in browser.cookies.jar if each.domain == "acme.localhost"]:
            browser.cookies.delete(cookie.name, cookie.domain, cookie.path)

    def roles(self, page: httpx.Response) -> list[str]:
        """The roles on the site of whoever is signed in on a page."""
        name = signed_in_as(page)
        assert name is not None, page.text
        found: list[str] = self.site.php(
            "foreach ( get_users() as $user ) if ( $user->display_name === $input['name'] )"
            " return array_values( $user->roles ); return array( 'unknown' );",
            name=name,
        )
        return found


@pytest.fixture(scope="module")
def ports() -> Ports:
    return Ports(identity=free_port(), hub=free_port(), chat=free_port(), first_site=free_port())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[RunningSite]:
    with running_site(tmp_path_factory.mktemp("site"), port=ports.first_site) as running:
        yield running


@pytest.fixture(scope="module", params=PROVIDERS)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, site: RunningSite, ports: Ports
) -> Iterator[Place]:
    addresses = SiteAddresses(site.site.public_url)
    directory = tmp_path_factory.mktemp("provider")
    with running_provider(request.param, directory, site=addresses, ports=ports) as provider:
        trusted = SignOn(provider.issuer, SITE, provider.secret(SITE), groups_from=provider.groups_from)
        connection = dataclasses.replace(site.site, sign_on=trusted).ensure(lambda _line: None)
        told = Place(provider, dataclasses.replace(site, connection=connection))
        # PHP looks only now and then whether a file of its cache has changed.
        until(lambda: all(told.is_trusted() for _ in range(3)))
        yield told


@pytest.fixture(autouse=True)
def everybody_is_back(place: Place) -> Iterator[None]:
    SignOnSite(place.site, None).forget()  # type: ignore[arg-type]  # its own provider is not asked
    yield
    for name in _changed:
        place.provider.set_groups(name, PEOPLE[name])
    _changed.clear()


_changed: set[str] = set()


def change(place: Place, user_name: str, *groups: str) -> None:
    _changed.add(user_name)
    place.provider.set_groups(user_name, groups)


def test_an_operator_is_admin_of_the_site(place: Place) -> None:
    assert place.roles(place.open(new_browser(), "olivia")) == ["administrator"]


def test_a_link_to_the_editor_leads_the_author_of_a_delivery_there(place: Place) -> None:
    """Whom the hub names as author is who signs on to the site: one (issuer, subject) at every client."""
    provider = place.provider
    trusted = TrustedIssuer(provider.issuer, AUDIENCES, provider.groups_from, provider.hub)
    with httpx.Client(timeout=30, trust_env=False) as http, httpx.Client(timeout=30, trust_env=False) as browser:
        party = RelyingParty(provider.issuer, provider.hub, provider.redirect_uri, client=http)
        begun = party.begin()
        back = httpx.URL(provider.sign_in(browser, begun.url, "anna")).params
        done = party.complete(back["code"], begun.nonce, begun.verifier)
        who = TokenVerifier([trusted], client=http).verify(done.tokens.access_token)
    author = PostAuthor(who.issuer, who.subject, who.name, None, Role.AUTHOR)
    with place.site.client() as client:
        post = client.put_publication(new_publication(), article(author=author))

    answer = place.open(new_browser(), "anna", post.edit_link)

    assert (answer.status_code, str(answer.url)) == (200, post.edit_link)
    assert place.roles(answer) == ["presswerk_author"]


def test_one_sign_in_serves_every_application_until_one_signs_out(place: Place) -> None:
    browser = new_browser()
    assert place.roles(place.open(browser, "ada")) == ["administrator"]
    place.leave_site(browser)
    page = browser.get(place.page)
    assert signed_in_as(page) is not None, "whoever is signed in at the provider is not asked again"

    left = browser.get(link_with("action=logout", page), follow_redirects=False).headers["location"]
    back = place.provider.sign_out(browser, left)

    assert back.startswith(f"{place.site.site.public_url}/wp-login.php?loggedout=true")
    again = browser.get(place.page)
    assert str(again.url).startswith(place.provider.issuer), "the provider must ask who it is"
    assert signed_in_as(again) is None


def test_who_is_no_member_may_sign_in_as_somebody_else(place: Place) -> None:
    browser = new_browser()
    refused = place.open(browser, "gast")
    assert refused.status_code == 403
    assert "not a member of this site" in refused.text

    place.provider.sign_out(browser, link_with("post_logout_redirect_uri", refused))

    assert signed_in_as(place.open(browser, "anna")) is not None


def test_a_role_follows_the_groups_and_with_the_last_one_every_session_ends(place: Place) -> None:
    first = new_browser()
    assert place.roles(place.open(first, "ada")) == ["administrator"]

    change(place, "ada", "tenant-acme-author", "tenant-nordlicht-editor")
    assert place.roles(place.open(new_browser(), "ada")) == ["presswerk_author"]

    change(place, "ada", "tenant-nordlicht-editor")
    assert place.open(new_browser(), "ada").status_code == 403
    assert place.asked(first, place.page) is not None


def test_whoever_comes_in_and_is_removed_before_the_hub_sees_them_is_out_within_a_minute(place: Place) -> None:
    browser = new_browser()
    assert signed_in_as(place.open(browser, "anna")) is not None
    change(place, "anna")

    let_newcomers_age(place.site, 36)

    assert place.asked(browser, place.page) is not None
    assert signed_in_as(browser.get(place.page)) is None


def test_a_deleted_account_signs_nobody_on(place: Place) -> None:
    _changed.add("anna")
    place.provider.delete("anna")
    browser = new_browser()
    asked = place.asked(browser, place.page)
    assert asked is not None

    try:
        answer = browser.get(place.provider.sign_in(browser, asked, "anna"))
    except (SignInRefused, AssertionError):
        return
    assert signed_in_as(answer) is None


@pytest.mark.parametrize("place", ["canaille"], indirect=True)
def test_several_tabs_at_once_all_come_in(place: Place) -> None:
    """Canaille makes one person's tokens of the same second equal, and fails."""
    first = new_browser()
    name = signed_in_as(place.open(first, "anna"))

    def tab(_number: int) -> str | None:
        with new_browser() as browser:
            for cookie in first.cookies.jar:
                if cookie.domain != "acme.localhost":
                    browser.cookies.jar.set_cookie(cookie)
            return signed_in_as(browser.get(place.page))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(tab, range(4))) == [name] * 4
