"""Real WordPress sites for tests: core, connector and a database, served by PHP on a free port."""

import contextlib
import dataclasses
import json
import os
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx

from presswerk.declaration import DEFAULT_TIERS, Role, Tenant, TierName
from presswerk.runtimes.databases import DatabaseAccess
from presswerk.runtimes.local.artifacts import ensure_php
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.site_servers import SiteServers
from presswerk.runtimes.local.wordpress import LocalSite
from presswerk.sites.configuration import SignOn
from presswerk.sites.memory import PhpMemory
from presswerk.wordpress import Connection, PostAuthor, PostContent, SiteClient
from tests.support.process import NO_AUTHORITIES, free_port, running

_PRELUDE = """
$_SERVER['HTTP_HOST'] = (string) getenv( 'PRESSWERK_SITE_HOST' );
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['REQUEST_URI'] = '/';
require getenv( 'PRESSWERK_WORDPRESS' ) . '/wp-load.php';
$input = json_decode( (string) stream_get_contents( STDIN ), true );
"""


@dataclass(frozen=True)
class RunningSite:
    """A site that answers, and what a test needs to talk to it and to look inside.

    Attributes:
        site: Its description.
        connection: The managed connection.
        log: What PHP printed.
    """

    site: LocalSite
    connection: Connection
    log: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What tells a PHP process which site it is for."""
        return self.site.environment(self.site.files())

    def client(self, connection: Connection | None = None, *, timeout_seconds: float = 60.0) -> SiteClient:
        """A client of the site, as the managed connection unless told otherwise."""
        return SiteClient(connection or self.connection, timeout_seconds=timeout_seconds)

    def http(self, user_name: str | None = None, password: str | None = None) -> httpx.Client:
        """A plain HTTP client, anonymous unless told otherwise; follows no redirect."""
        auth = None if user_name is None or password is None else httpx.BasicAuth(user_name, password)
        return httpx.Client(
            base_url=self.site.internal_url,
            headers={"Host": self.site.host},
            auth=auth,
            timeout=60.0,
            trust_env=False,
            verify=NO_AUTHORITIES,
        )

    def managed_http(self) -> httpx.Client:
        """A plain HTTP client with the managed connection's credentials."""
        return self.http(self.connection.user_name, self.connection.application_password)

    def php(self, code: str, **values: Any) -> Any:
        """Run PHP inside the site, in a process of its own.

        Args:
            code: Reads `$input` and ends with `return` and a value that is JSON.
            values: Become `$input`.
        """
        script = f'{_PRELUDE}\necho "\\n" . json_encode( ( static function () use ( $input ) {{ {code} }} )() );'
        done = subprocess.run(
            [str(ensure_php()), "-d", "display_errors=stderr", "-r", script],
            input=json.dumps(values),
            env={"PATH": os.environ.get("PATH", ""), **self.environment},
            cwd=self.site.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def signed_in(self, user_id: int) -> httpx.Client:
        """A browser in which a user is signed in already; follows no redirect."""
        cookies = self.php(
            "$until = time() + HOUR_IN_SECONDS;"
            "$token = WP_Session_Tokens::get_instance( $input['id'] )->create( $until );"
            "return array( AUTH_COOKIE => wp_generate_auth_cookie( $input['id'], $until, 'auth', $token ),"
            " LOGGED_IN_COOKIE => wp_generate_auth_cookie( $input['id'], $until, 'logged_in', $token ) );",
            id=user_id,
        )
        http = self.http()
        http.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return http

    def personal_connection(self, login: str) -> Connection:
        """An application password of a user, as that person would make it on their profile page."""
        password = self.php(
            "$user = get_user_by( 'login', $input['login'] );"
            "return WP_Application_Passwords::create_new_application_password( $user->ID,"
            " array( 'name' => wp_generate_password( 8, false ) ) )[0];",
            login=login,
        )
        return Connection(self.site.public_url, self.site.internal_url, login, password, kind="personal")


ANNA = PostAuthor("http://localhost:9000", "anna", "Anna Acme", "anna@acme.example", Role.AUTHOR)
"""An author as the hub names her."""


def article(**changes: Any) -> PostContent:
    """A revision as the hub delivers it, with what a test wants otherwise."""
    usual = PostContent(
        revision=1,
        title="How bread rises",
        content="<!-- wp:paragraph -->\n<p>Yeast eats sugar.</p>\n<!-- /wp:paragraph -->",
        excerpt="Yeast eats sugar.",
        slug="how-bread-rises",
        status="draft",
        author=ANNA,
        seo_title="How bread rises",
        seo_description="What yeast does.",
    )
    return dataclasses.replace(usual, **changes)


def new_publication() -> str:
    """The UUID of a publication no site knows."""
    return str(uuid.uuid4())


@contextlib.contextmanager
def running_site(
    directory: Path,
    *,
    tenant: str = "acme",
    database: DatabaseAccess | None = None,
    sign_on: SignOn | None = None,
    workers: int | None = None,
    plugins: Mapping[str, str] = MappingProxyType({}),
    port: int | None = None,
) -> Iterator[RunningSite]:
    """Install a site below a directory and serve it until the block ends.

    Args:
        directory: For all of its state.
        tenant: Whose it is.
        database: None for SQLite.
        sign_on: None for a site without single sign-on.
        workers: PHP processes; None for the usual number.
        plugins: PHP that is always loaded, by file name.
        port: Where it listens; None for any free one.
    """
    layout = Layout(state=directory, ports=Ports(first_site=free_port() if port is None else port))
    usual = PhpMemory.of(DEFAULT_TIERS[TierName.PRO].limits)
    site = LocalSite(
        layout,
        Tenant(id=tenant, name=f"{tenant.title()} Press"),
        0,
        sign_on=sign_on,
        database=database,
        memory=dataclasses.replace(usual, processes=workers or usual.processes),
    )
    connection = site.ensure(lambda _line: None)
    for name, code in plugins.items():
        (site.content / "mu-plugins" / name).write_text(code, encoding="utf-8")
    with serving_sites(site) as log:
        yield RunningSite(site, connection, log)


@contextlib.contextmanager
def serving_sites(*sites: LocalSite) -> Iterator[Path]:
    """Serve sites of one installation, which have been made, until the block ends.

    Returns:
        The log of their PHP.
    """
    servers = SiteServers(sites[0].layout, sites, sites[0].accounts)
    servers.write_files()
    logs = sites[0].layout.logs
    with contextlib.ExitStack() as processes:
        for service in servers.services():
            processes.enter_context(running(service, logs / f"{service.name}.log"))
        servers.wait_ready(sites)
        yield logs / "php.log"
