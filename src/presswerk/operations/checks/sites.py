"""What a reader, an author and the hub need of a tenant's site."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from presswerk.operations.checks.model import CannotTell, NotAsItShouldBe
from presswerk.operations.checks.requests import HttpAnswer, get
from presswerk.operations.checks.targets import SiteTarget, TenantTarget
from presswerk.wordpress import ConnectorMissing, SiteClient, SiteError, SiteRefusedCredentials, connector_version

_MOST_STEPS = 4
_TIMEOUT_SECONDS = 8.0
_UNSEEN = frozenset({"script", "style", "template", "noscript", "head"})
_WITHIN_WORDS = frozenset({"a", "b", "em", "i", "span", "strong"})
# PHP's own words around a fatal error, in its two formats; an article about one has its angle brackets escaped.
_PHP_ERROR = re.compile(r"(<b>(Fatal|Parse) error</b>:|^\s*(PHP )?(Fatal|Parse) error: ).{0,200}", re.DOTALL)
_WORDPRESS_ERROR = re.compile(r"<body[^>]+id=[\"']error-page[\"']", re.IGNORECASE)
_INSTALLERS = ("/wp-admin/install.php", "/wp-admin/setup-config.php")
_REPAIRS = ("/wp-admin/upgrade.php", "/wp-admin/maint/repair.php")
_INSTALLER_FORM = re.compile(r"<form[^>]+action=[\"'](install|setup-config)\.php", re.IGNORECASE)
_LOST_DATABASE = "WordPress does not find its content and offers to be installed: its database is empty or not there."


def front_page(site: SiteTarget) -> str:
    """The front page shows this site's content; of a closed site, that it is closed."""
    address = f"{site.internal_url}/"
    host = urlsplit(site.address).netloc
    for _ in range(_MOST_STEPS):
        page = get(address, host=host, accept="text/html")
        if not page.location:
            break
        target = urljoin(f"{site.address}{urlsplit(address).path}", page.location)
        _refuse_bad_target(site, target)
        address = f"{site.internal_url}{target.removeprefix(site.address) or '/'}"
    else:
        raise NotAsItShouldBe("The front page leads from one address to the next without end.")
    if site.closed:
        return _closed(site, page)
    _refuse_bad_page(site, page)
    return "The front page shows its content."


def rest_route(site: SiteTarget) -> str:
    """The REST API answers in JSON, for this site, with the connector's routes."""
    if site.closed:
        return "Closed, as it is to be."
    host = urlsplit(site.address).netloc
    answer = get(f"{site.internal_url}/wp-json/?_fields=name,home,namespaces", host=host, accept="application/json")
    if answer.status == 404:  # noqa: PLR2004  under plain permalinks it is elsewhere
        answer = get(f"{site.internal_url}/?rest_route=/&_fields=name,home,namespaces", host=host)
    if answer.location:
        _refuse_bad_target(site, urljoin(f"{site.address}/", answer.location))
        raise NotAsItShouldBe(f"The REST API leads to {answer.location}.")
    document = answer.json_object("The REST API")
    if answer.status != 200:  # noqa: PLR2004  RFC 9110
        raise NotAsItShouldBe(f"The REST API answers {answer.status}: {document.get('message', 'no reason')}.")
    home = str(document.get("home", ""))
    if not _same_site(home, site.address):
        raise NotAsItShouldBe(f"The REST API is that of {home or 'no site'} instead of {site.address}.")
    namespaces = document.get("namespaces")
    if not isinstance(namespaces, list) or "presswerk/v1" not in namespaces:
        raise NotAsItShouldBe("The REST API has no routes of the connector.", CONNECTOR_REMEDY)
    return f'The REST API serves "{document.get("name", "")}".'


CONNECTOR_REMEDY = "`presswerk up` puts the connector back."


def connector(site: SiteTarget) -> str:
    """The connector takes deliveries: it is there, of this version, and knows the service user."""
    if site.closed:
        return "Closed, as it is to be."
    if site.connection is None:
        raise NotAsItShouldBe("The hub has no connection to it.", "`presswerk up` makes one.")
    with SiteClient(site.connection, timeout_seconds=_TIMEOUT_SECONDS) as client:
        try:
            status = client.status()
        except ConnectorMissing as error:
            raise NotAsItShouldBe(_sentence(_Text.of(str(error.reason))), CONNECTOR_REMEDY) from None
        except SiteRefusedCredentials as error:
            remedy = "`presswerk up` gives the hub a new password for it."
            raise NotAsItShouldBe(_sentence(_Text.of(str(error.reason))), remedy) from None
        except SiteError as error:
            raise NotAsItShouldBe(_sentence(_Text.of(str(error.reason)))) from None
    ours = connector_version()
    if status.connector != ours:
        raise NotAsItShouldBe(f"The connector is version {status.connector or 'unknown'} instead of {ours}.")
    if not status.must_use:
        raise NotAsItShouldBe("The connector can be switched off on the site: it is not must-use.", CONNECTOR_REMEDY)
    if not status.writable:
        raise NotAsItShouldBe(
            "The site's database takes no changes.",
            "Make room on its disk, and see that its database server is not read-only.",
        )
    if status.sign_on not in {"ready", "not configured"}:
        raise NotAsItShouldBe(_sentence(f"Nobody can sign in there: {status.sign_on}"))
    return f"Connector {status.connector} on WordPress {status.wordpress}, PHP {status.php}, {status.database}."


def sign_on(site: SiteTarget) -> str:
    """The site sends people who sign in to the platform's identity provider."""
    if site.closed:
        return "Closed, as it is to be."
    host = urlsplit(site.address).netloc
    answer = get(f"{site.internal_url}/wp-login.php?action=presswerk", host=host)
    target = answer.location
    wanted, found = urlsplit(site.issuer), urlsplit(target)
    if not target:
        raise NotAsItShouldBe(f"Signing in answers {answer.status} instead of leading to the identity provider.")
    if (found.scheme, found.netloc) != (wanted.scheme, wanted.netloc):
        raise NotAsItShouldBe(f"It sends people to {found.netloc or target} instead of {wanted.netloc} to sign in.")
    return f"Signing in leads to {wanted.netloc}."


def declared(tenant: TenantTarget) -> str:
    """What is declared of the tenant was carried out."""
    if tenant.problem is not None:
        raise NotAsItShouldBe(_sentence(" ".join(tenant.problem.split())))
    if tenant.pending:
        raise CannotTell(
            "What is declared of it is not carried out yet. If no command is at it, `presswerk up` does it."
        )
    return "As declared."


def address_of_its_own(tenant: TenantTarget) -> str:
    """The tenant's address is none of the platform's."""
    if tenant.reserved is not None:
        raise NotAsItShouldBe(
            f"{tenant.reserved}.<domain> is kept for the platform itself; no new tenant gets that id."
        )
    return "Its address is its own."


def _closed(site: SiteTarget, page: HttpAnswer) -> str:
    if page.status != 503:  # noqa: PLR2004  what a closed site answers
        raise NotAsItShouldBe(f"The tenant is suspended, but its site answers {page.status}.", "Run `presswerk up`.")
    if site.name not in _Text.of(page.text):
        raise NotAsItShouldBe("The tenant is suspended, but its site does not say so: it answers an empty 503.")
    return "Closed, as it is to be."


def _refuse_bad_target(site: SiteTarget, target: str) -> None:
    found, own = urlsplit(target), urlsplit(site.address)
    if found.path.endswith(_INSTALLERS):
        raise NotAsItShouldBe(_LOST_DATABASE)
    if found.path.endswith(_REPAIRS):
        raise NotAsItShouldBe(f"WordPress leads to {found.path}: its database wants to be upgraded or repaired.")
    if found.netloc != own.netloc:
        raise NotAsItShouldBe(f"It leads to {found.netloc or target}, which is another address than its own.")


def _refuse_bad_page(site: SiteTarget, page: HttpAnswer) -> None:
    if page.status == 503 and "maintenance" in page.text.lower():  # noqa: PLR2004  WordPress's own page
        raise NotAsItShouldBe("The front page is a maintenance page: an update did not end, or somebody closed it.")
    told = _Text.of(page.text)
    error = _PHP_ERROR.search(page.text)
    if error is not None:
        raise NotAsItShouldBe(f'PHP breaks the front page off: "{_short(_Text.of(error.group()))}".')
    if page.status != 200:  # noqa: PLR2004  RFC 9110
        raise NotAsItShouldBe(f"The front page answers {page.status}" + (f': "{_short(told)}".' if told else "."))
    if not told:
        raise NotAsItShouldBe("The front page is empty: it answers 200 and shows nothing.")
    if page.media_type != "text/html":
        raise NotAsItShouldBe(f"The front page is no page, but {page.media_type or 'of no type'}.")
    if _INSTALLER_FORM.search(page.text):
        raise NotAsItShouldBe(_LOST_DATABASE)
    if _WORDPRESS_ERROR.search(page.text):
        raise NotAsItShouldBe(f'The front page is an error: "{_short(told)}".')
    if "</html" not in page.text.lower():
        raise NotAsItShouldBe("The front page breaks off before its end.")
    # WordPress names its own REST API in the header and in the page; whatever answers in its place does not.
    own = urlsplit(site.address).netloc
    if own not in page.text.replace("\\/", "/") and own not in page.headers.get("link", ""):
        raise NotAsItShouldBe(f"The front page is another's than this site's: \"{_short(told)}\".")


def _same_site(one: str, other: str) -> bool:
    first, second = urlsplit(one), urlsplit(other)
    return (first.netloc, first.path.rstrip("/")) == (second.netloc, second.path.rstrip("/"))


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"  # noqa: PLR2004  about one line


def _sentence(text: str) -> str:
    first = text.partition(" ")[0]
    # An address keeps its letters.
    text = text if "://" in first else text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


class _Text(HTMLParser):
    """The text that a reader sees, its words parted by one space; an image counts as what describes it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._unseen: list[str] = []

    @classmethod
    def of(cls, page: str) -> str:
        """The text of a page."""
        parser = cls()
        parser.feed(page)
        parser.close()
        return " ".join("".join(parser._parts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen.append(tag)
        elif tag == "img":
            self._parts.append(f" {dict(attrs).get('alt') or 'image'} ")
        elif tag not in _WITHIN_WORDS:
            self._parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            while self._unseen.pop() != tag:
                pass
        elif tag == "body":
            self._unseen.clear()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._parts.append(data)
