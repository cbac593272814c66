"""Prove that a tenant works, link by link: site, REST, database, sign-on, and a draft that comes and goes again."""

import hashlib
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from presswerk.certificates import authorities, is_refused, not_trusted
from presswerk.declaration import Role
from presswerk.errors import PresswerkError
from presswerk.wordpress import CHECK_ISSUER, Connection, PostAuthor, PostContent, SiteClient, SiteError

_DRAFT = "<!-- wp:paragraph -->\n<p>A check that articles arrive; it is removed at once.</p>\n<!-- /wp:paragraph -->"
_TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True)
class TenantCheck:
    """One link of the chain.

    Attributes:
        name: What was tried, such as `sign-on`.
        passed: Whether it works; None when it could not be tried because a link before it is broken.
        detail: What was found, or what is wrong and what to do.
        milliseconds: How long it took.
    """

    name: str
    passed: bool | None
    detail: str
    milliseconds: int


class _Broken(PresswerkError):
    """A link does not hold; the message says why."""


def check_tenant(connection: Connection, *, issuer: str) -> Iterator[TenantCheck]:
    """Try every link, each as soon as the one before is done.

    Args:
        connection: The managed connection to the site.
        issuer: The identity provider people sign in at.
    """
    with (
        httpx.Client(
            base_url=connection.internal_url,
            headers={"Host": urlsplit(connection.public_url).netloc},
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
            verify=authorities(),
        ) as site,
        SiteClient(connection, timeout_seconds=_TIMEOUT_SECONDS) as client,
    ):
        links: tuple[tuple[str, Callable[[], str]], ...] = (
            ("site", lambda: _site(site)),
            ("rest", lambda: _rest(site)),
            ("database", lambda: _database(client)),
            ("sign-on", lambda: _sign_on(site, client, issuer)),
            ("publishing", lambda: _publishing(client)),
        )
        answers = True
        for name, link in links:
            check = _tried(name, link) if answers else TenantCheck(name, None, "not tried: the site does not answer", 0)
            answers = answers and not (name == "site" and not check.passed)
            yield check


def _tried(name: str, link: Callable[[], str]) -> TenantCheck:
    began = time.perf_counter()
    try:
        passed, detail = True, link()
    except (_Broken, SiteError) as error:
        passed, detail = False, str(error)
    except httpx.HTTPError as error:
        told = f"no answer ({type(error).__name__}); see whether its service runs"
        passed, detail = False, not_trusted("the site or the identity provider") if is_refused(error) else told
    return TenantCheck(name, passed, detail, round((time.perf_counter() - began) * 1000))


def _site(site: httpx.Client) -> str:
    answer = site.get("/")
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        raise _Broken("answers 503: it is suspended, or starting")
    if answer.status_code != httpx.codes.OK or "text/html" not in answer.headers.get("content-type", ""):
        raise _Broken(f"answers {answer.status_code} instead of a page; its log tells why")
    return "answers with a page"


def _rest(site: httpx.Client) -> str:
    answer = site.get("/", params={"rest_route": "/", "_fields": "name,namespaces"})
    try:
        found = answer.json()
    except ValueError:
        raise _Broken(f"answers {answer.status_code} and no JSON; its log tells why") from None
    if "presswerk/v1" not in found.get("namespaces", ()):
        raise _Broken("has no route of the connector; run `presswerk up`, which links it into the site")
    return f"serves the routes of {found.get('name', '')!r}"


def _database(client: SiteClient) -> str:
    status = client.status()
    return f"{status.database}, WordPress {status.wordpress}, PHP {status.php}, connector {status.connector}"


def _sign_on(site: httpx.Client, client: SiteClient, issuer: str) -> str:
    said = client.status().sign_on
    if said != "ready":
        raise _Broken(f"the site says: {said}")
    begun = site.get("/wp-login.php", params={"action": "presswerk"})
    target = begun.headers.get("location", "")
    if not begun.is_redirect or not target.startswith(issuer):
        raise _Broken(f"the site sends people to {urlsplit(target).netloc or 'nowhere'} instead of {issuer}")
    with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False, verify=authorities()) as provider:
        asked = provider.get(target)
        if asked.is_redirect:
            asked = provider.get(urljoin(target, asked.headers["location"]))
    if asked.is_error:
        raise _Broken(
            f"the identity provider answers {asked.status_code} to the site's request: it does not know the site's"
            " client, or not its address; carry the tenant out again"
        )
    return f"leads to {urlsplit(issuer).netloc}, which knows the site"


def _publishing(client: SiteClient) -> str:
    publication = str(uuid.uuid4())
    try:
        made = client.put_publication(publication, _draft())
        again = client.put_publication(publication, _draft())
        read = client.get_publication(publication)
    finally:
        client.withdraw_check(publication)
    if made.outcome != "created" or again.outcome != "unchanged" or again.post_id != made.post_id:
        raise _Broken(f"delivering twice gave {made.outcome} and {again.outcome} instead of one draft")
    if read is None or read.content_sha256 != hashlib.sha256(_DRAFT.encode()).hexdigest():
        raise _Broken("what the site holds is not what was delivered; a plugin may change articles as they are saved")
    if client.get_publication(publication) is not None:
        raise _Broken(f"the check's draft, post {made.post_id}, could not be removed; remove it by hand")
    return "a draft arrived once, was read back, and is removed"


def _draft() -> PostContent:
    return PostContent(
        revision=1,
        title="Presswerk check",
        content=_DRAFT,
        excerpt="",
        slug="presswerk-check",
        status="draft",
        author=PostAuthor(CHECK_ISSUER, "check", "Presswerk", None, Role.AUTHOR),
    )
