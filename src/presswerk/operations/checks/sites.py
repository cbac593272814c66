"""What a reader, an author and the hub need of a tenant's site."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from presswerk.messages import Message
from presswerk.operations.checks.machine import DISK
from presswerk.operations.checks.model import (
    SAME,
    Act,
    CannotTell,
    Cause,
    Check,
    NotAsItShouldBe,
    PageAnswer,
    Remedy,
    Silent,
)
from presswerk.operations.checks.requests import HttpAnswer, get
from presswerk.operations.checks.targets import SiteTarget, TenantTarget
from presswerk.wordpress import ConnectorMissing, SiteError, SiteRefusedCredentials, connector_version

_MOST_STEPS = 4
_UNSEEN = frozenset({"script", "style", "template", "noscript", "head"})
_WITHIN_WORDS = frozenset({"a", "b", "em", "i", "span", "strong"})
# PHP's own words around a fatal error, in its two formats; an article about one has its angle brackets escaped.
_PHP_ERROR = re.compile(r"(<b>(Fatal|Parse) error</b>:|^\s*(PHP )?(Fatal|Parse) error: ).{0,200}", re.DOTALL)
_WORDPRESS_ERROR = re.compile(r"<body[^>]+id=[\"']error-page[\"']", re.IGNORECASE)
_INSTALLERS = ("/wp-admin/install.php", "/wp-admin/setup-config.php")
_REPAIRS = ("/wp-admin/upgrade.php", "/wp-admin/maint/repair.php")
_INSTALLER_FORM = re.compile(r"<form[^>]+action=[\"'](install|setup-config)\.php", re.IGNORECASE)
_LOST_DATABASE = Message(
    "WordPress does not find its content and offers to be installed: its database is empty or not there."
)
_CLOSED = Message("Closed, as it is to be.")


def front_page(site: SiteTarget) -> PageAnswer:
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
        raise NotAsItShouldBe(Message("The front page leads from one address to the next without end."))
    if site.closed:
        return _closed(site, page)
    _refuse_bad_page(site, page)
    return PageAnswer(Message("The front page shows its content."), page.status)


def _blaming(site: SiteTarget, ask: Callable[[SiteTarget], Message | PageAnswer]) -> Message | PageAnswer:
    """Ask; where the answer is no, and PHP stumbled over a plugin, that plugin is to blame."""
    try:
        return ask(site)
    except NotAsItShouldBe as problem:
        plugin = None if site.culprit is None else site.culprit()
        if plugin is None:
            raise
        said = Message(
            "%(seen)s PHP stumbled over the plugin %(plugin)s.", seen=problem.message or problem.problem, plugin=plugin
        )
        remedy = Remedy(
            Message("Its files are kept, in `plugins-away` beside the site's plugins."),
            Act.TAKE_PLUGIN_AWAY,
            subject=plugin,
        )
        raise type(problem)(said, remedy) from None


def shows_its_page(site: SiteTarget) -> Message | PageAnswer:
    """As `front_page`, and which plugin is to blame."""
    return _blaming(site, front_page)


def answers_rest(site: SiteTarget) -> Message | PageAnswer:
    """As `rest_route`, and which plugin is to blame."""
    return _blaming(site, rest_route)


def rest_route(site: SiteTarget) -> Message:
    """The REST API answers in JSON, for this site, with the connector's routes."""
    if site.closed:
        return _CLOSED
    host = urlsplit(site.address).netloc
    answer = get(f"{site.internal_url}/wp-json/?_fields=name,home,namespaces", host=host, accept="application/json")
    if answer.status == 404:  # noqa: PLR2004  under plain permalinks it is elsewhere
        answer = get(f"{site.internal_url}/?rest_route=/&_fields=name,home,namespaces", host=host)
    if answer.location:
        _refuse_bad_target(site, urljoin(f"{site.address}/", answer.location))
        raise NotAsItShouldBe(Message("The REST API leads to %(address)s.", address=answer.location))
    document = answer.json_object()
    if answer.status != 200:  # noqa: PLR2004  RFC 9110
        raise NotAsItShouldBe(
            Message(
                "The REST API answers %(status)s: %(reason)s.",
                status=answer.status,
                reason=_short(_Text.of(str(document.get("message", "-")))),
            )
        )
    home = str(document.get("home", ""))
    if not _same_site(home, site.address):
        raise NotAsItShouldBe(
            Message("The REST API is that of %(home)s instead of %(own)s.", home=home or "-", own=site.address)
        )
    namespaces = document.get("namespaces")
    if not isinstance(namespaces, list) or "presswerk/v1" not in namespaces:
        raise NotAsItShouldBe(Message("The REST API has no routes of the connector."), CONNECTOR_REMEDY)
    return Message('The REST API serves "%(name)s".', name=str(document.get("name", "")))


CONNECTOR_REMEDY = Remedy(Message("It puts the connector back."), Act.BRING_UP)
_UP = Remedy(act=Act.BRING_UP)
_MAINTENANCE = Remedy(
    Message("If no update is under way, remove the file `.maintenance` of the site, or what else closes it.")
)


def credentials(site: SiteTarget) -> Message:
    """The site lets the hub in."""
    if site.closed:
        return _CLOSED
    if site.connection is None:
        raise NotAsItShouldBe(Message("The hub has no connection to it."))
    answer = site.connector
    if isinstance(answer, SiteRefusedCredentials):
        raise NotAsItShouldBe(_sentence(_Text.of(str(answer.reason))))
    return Message("The site lets the hub in.")


def connector(site: SiteTarget) -> Message:
    """The connector takes deliveries: it is there, of this version, and cannot be switched off."""
    if site.closed:
        return _CLOSED
    if site.connection is None:
        raise CannotTell(Message("The hub has no connection to it."))
    answer = site.connector
    if isinstance(answer, SiteRefusedCredentials):
        raise CannotTell(Message("The site does not let the hub in."))
    if isinstance(answer, ConnectorMissing):
        raise NotAsItShouldBe(_sentence(_Text.of(str(answer.reason))), CONNECTOR_REMEDY)
    if isinstance(answer, SiteError):
        raise NotAsItShouldBe(_sentence(_Text.of(str(answer.reason))))
    ours = connector_version()
    if answer.connector != ours:
        raise NotAsItShouldBe(
            Message(
                "The connector is version %(theirs)s instead of %(ours)s.", theirs=answer.connector or "-", ours=ours
            )
        )
    if not answer.must_use:
        raise NotAsItShouldBe(
            Message("The connector can be switched off on the site: it is not must-use."), CONNECTOR_REMEDY
        )
    return Message(
        "Connector %(connector)s on WordPress %(wordpress)s, PHP %(php)s, %(database)s.",
        connector=answer.connector,
        wordpress=answer.wordpress,
        php=answer.php,
        database=answer.database,
    )


def takes_changes(site: SiteTarget) -> Message:
    """The site's database takes changes."""
    answer = None if site.closed or site.connection is None else site.connector
    if answer is None:
        return _CLOSED
    if isinstance(answer, SiteError):
        raise CannotTell(Message("The connector does not answer."))
    if not answer.writable:
        raise NotAsItShouldBe(Message("The site's database takes no changes."))
    return Message("The site's database takes changes.")


def sign_on_ready(site: SiteTarget) -> Message:
    """The site can read the identity provider's document."""
    answer = None if site.closed or site.connection is None else site.connector
    if answer is None:
        return _CLOSED
    if isinstance(answer, SiteError):
        raise CannotTell(Message("The connector does not answer."))
    if answer.sign_on not in {"ready", "not configured"}:
        raise NotAsItShouldBe(Message("Nobody can sign in there: %(why)s", why=answer.sign_on).as_sentence())
    return Message("People can sign in there.")


def sign_on(site: SiteTarget) -> Message:
    """The site sends people who sign in to the platform's identity provider."""
    if site.closed:
        return _CLOSED
    host = urlsplit(site.address).netloc
    answer = get(f"{site.internal_url}/wp-login.php?action=presswerk", host=host)
    target = answer.location
    wanted, found = urlsplit(site.issuer), urlsplit(target)
    if not target:
        raise NotAsItShouldBe(
            Message("Signing in answers %(status)s instead of leading to the identity provider.", status=answer.status)
        )
    if (found.scheme, found.netloc) != (wanted.scheme, wanted.netloc):
        raise NotAsItShouldBe(
            Message(
                "It sends people to %(found)s instead of %(wanted)s to sign in.",
                found=found.netloc or target,
                wanted=wanted.netloc,
            )
        )
    refused = _refused_return(target)
    if refused is not None:
        raise NotAsItShouldBe(
            Message(
                "The identity provider does not let people return to this site (%(answer)s): it was told another"
                " redirect URI, or another client.",
                answer=refused,
            )
        )
    return Message("Signing in leads to %(where)s.", where=wanted.netloc)


def _refused_return(target: str) -> str | None:
    """What the provider answers to a sign-in that it does not even begin; a person would see that page."""
    try:
        answer = get(target, accept="text/html", through_proxy=True)
    except Silent:
        return None  # whether it answers is another check's question
    if answer.status < 400 or answer.status >= 500:  # noqa: PLR2004  RFC 9110
        return None
    return str(answer.status)


def declared(tenant: TenantTarget) -> Message:
    """What is declared of the tenant was carried out."""
    if tenant.problem is not None:
        raise NotAsItShouldBe(_sentence(" ".join(tenant.problem.split())))
    if tenant.pending:
        raise CannotTell(
            Message("What is declared of it is not carried out yet. If no command is at it, `presswerk up` does it.")
        )
    return Message("As declared.")


def address_of_its_own(tenant: TenantTarget) -> Message:
    """The tenant's address is none of the platform's."""
    if tenant.reserved is not None:
        raise NotAsItShouldBe(
            Message("%(id)s.<domain> is kept for the platform itself; no new tenant gets that id.", id=tenant.reserved)
        )
    return Message("Its address is its own.")


def _closed(site: SiteTarget, page: HttpAnswer) -> PageAnswer:
    if page.status != 503:  # noqa: PLR2004  what a closed site answers
        raise NotAsItShouldBe(
            Message("The tenant is suspended, but its site answers %(status)s.", status=page.status), _UP
        )
    if site.name not in _Text.of(page.text):
        raise NotAsItShouldBe(
            Message("The tenant is suspended, but its site does not say so: it answers an empty 503."), _UP
        )
    return PageAnswer(_CLOSED, page.status)


def _refuse_bad_target(site: SiteTarget, target: str) -> None:
    found, own = urlsplit(target), urlsplit(site.address)
    if found.path.endswith(_INSTALLERS):
        raise NotAsItShouldBe(_LOST_DATABASE)
    if found.path.endswith(_REPAIRS):
        raise NotAsItShouldBe(
            Message("WordPress leads to %(path)s: its database wants to be upgraded or repaired.", path=found.path)
        )
    if found.netloc != own.netloc:
        raise NotAsItShouldBe(
            Message("It leads to %(where)s, which is another address than its own.", where=found.netloc or target)
        )


def _refuse_bad_page(site: SiteTarget, page: HttpAnswer) -> None:
    if page.status == 503 and "maintenance" in page.text.lower():  # noqa: PLR2004  WordPress's own page
        raise NotAsItShouldBe(
            Message("The front page is a maintenance page: an update did not end, or somebody closed it."), _MAINTENANCE
        )
    told = _Text.of(page.text)
    error = _PHP_ERROR.search(page.text)
    if error is not None:
        raise NotAsItShouldBe(
            Message('PHP breaks the front page off: "%(text)s".', text=_short(_Text.of(error.group())))
        )
    if page.status != 200:  # noqa: PLR2004  RFC 9110
        if not told:
            raise NotAsItShouldBe(Message("The front page answers %(status)s.", status=page.status))
        raise NotAsItShouldBe(
            Message('The front page answers %(status)s: "%(text)s".', status=page.status, text=_short(told))
        )
    if not told:
        raise NotAsItShouldBe(Message("The front page is empty: it answers 200 and shows nothing."))
    if page.media_type != "text/html":
        raise NotAsItShouldBe(Message("The front page is no page, but %(type)s.", type=page.media_type or "-"))
    if _INSTALLER_FORM.search(page.text):
        raise NotAsItShouldBe(_LOST_DATABASE)
    if _WORDPRESS_ERROR.search(page.text):
        raise NotAsItShouldBe(Message('The front page is an error: "%(text)s".', text=_short(told)))
    if "</html" not in page.text.lower():
        raise NotAsItShouldBe(Message("The front page breaks off before its end."))
    # WordPress names its own REST API in the header and in the page; whatever answers in its place does not.
    own = urlsplit(site.address).netloc
    if own not in page.text.replace("\\/", "/") and own not in page.headers.get("link", ""):
        raise NotAsItShouldBe(Message("The front page is another's than this site's: \"%(text)s\".", text=_short(told)))


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


_SERVED = (
    *DISK,
    Cause("database-server"),
    Cause("database-connections"),
    *(
        Cause(check, service)
        for check in ("process", "process-stays", "process-answers")
        for service in ("php", "web", "mariadb")
    ),
    Cause("memory"),
)
_PAGE = (*_SERVED, Cause("site-page", SAME))
_READ = Message("Read `presswerk logs %(service)s`, which names the file that PHP stumbled over.", service="SERVICE")

CHECKS: tuple[Check, ...] = (
    Check(
        "site-page",
        Message("Does the site's front page show its own content?"),
        Remedy(
            Message(
                "Read `presswerk logs %(service)s`. If a plugin or the theme is to blame, take it away; `presswerk"
                " restart php` starts PHP of all sites anew.",
                service="SERVICE",
            )
        ),
        SiteTarget,
        shows_its_page,
        causes=_SERVED,
    ),
    Check(
        "site-rest",
        Message("Does the site's REST API answer in JSON, for this site, with the connector's routes?"),
        Remedy(
            Message(
                "Read `presswerk logs %(service)s`; if a plugin of the site prints something, take that plugin away.",
                service="SERVICE",
            )
        ),
        SiteTarget,
        answers_rest,
        causes=_PAGE,
    ),
    Check(
        "site-credentials",
        Message("Does the site let the hub in?"),
        Remedy(Message("It gives the hub a new password for the site."), Act.BRING_UP),
        SiteTarget,
        credentials,
        causes=(*_PAGE, Cause("site-rest", SAME), Cause("hub-database")),
    ),
    Check(
        "site-connector",
        Message("Does the connector take deliveries: is it there, must-use, and of this version?"),
        Remedy(_READ, Act.BRING_UP),
        SiteTarget,
        connector,
        causes=(*_PAGE, Cause("site-rest", SAME), Cause("site-credentials", SAME)),
    ),
    Check(
        "site-writable",
        Message("Does the site's database take changes?"),
        Remedy(Message("Make room on its disk, and see that its database server is not read-only.")),
        SiteTarget,
        takes_changes,
        causes=_PAGE,
    ),
    Check(
        "site-sign-on",
        Message("Does the site send people to the platform's identity provider?"),
        Remedy(Message("If that does not help, read `presswerk logs %(service)s`.", service="SERVICE"), Act.BRING_UP),
        SiteTarget,
        sign_on,
        causes=(
            *_PAGE,
            Cause("site-rest", SAME),
            Cause("sign-on-document"),
            Cause("process", "identity"),
            Cause("process-stays", "identity"),
        ),
    ),
    Check(
        "site-provider",
        Message("Does the site reach the identity provider, and trust what it says?"),
        Remedy(Message("If that does not help, read `presswerk logs %(service)s`.", service="SERVICE"), Act.BRING_UP),
        SiteTarget,
        sign_on_ready,
        causes=(
            *_PAGE,
            Cause("sign-on-document"),
            Cause("process", "identity"),
            Cause("process-stays", "identity"),
            Cause("clock"),
        ),
    ),
    Check(
        "tenant-declared",
        Message("Was everything carried out that is declared of the tenant?"),
        Remedy(Message("Fix the cause first."), Act.BRING_UP),
        TenantTarget,
        declared,
        causes=(*_SERVED, Cause("hub-database")),
    ),
    Check(
        "tenant-address",
        Message("Is the tenant's address its own, and none of the platform's?"),
        Remedy(
            Message(
                "Make a tenant with another id, move its content with WordPress's export and import, and remove this"
                " one."
            )
        ),
        TenantTarget,
        address_of_its_own,
    ),
)
