"""Sites of the version before, each served by PHP's own server, are taken over by one PHP and one web server."""

import dataclasses
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from presswerk.declaration import Tenant
from presswerk.runtimes.local.accounts import accounts_for, why_none
from presswerk.runtimes.local.artifacts import ensure_php
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.progress import silent
from presswerk.runtimes.local.service import Service
from presswerk.runtimes.local.site_servers import SiteServers
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.wordpress import LocalSite
from presswerk.sites.memory import PhpMemory
from presswerk.wordpress import Connection, SiteClient
from tests.support.process import free_port, free_ports
from tests.support.sites import article, new_publication

pytestmark = pytest.mark.integration

TENANTS = ("acme", "bakery", "nordlicht")


@pytest.fixture
def layout() -> Iterator[Layout]:
    directory = Path(tempfile.mkdtemp(prefix="presswerk-takeover-"))
    directory.chmod(0o711)
    found = Layout(directory / "state", Ports(hub=free_port(), first_site=free_ports(3)))
    found.state.mkdir(mode=0o700)
    try:
        yield found
    finally:
        Supervision(found).shutdown()
        shutil.rmtree(directory)


def former_service(site: LocalSite) -> Service:
    """As the version before described it: a server of PHP's own, named after its site."""
    files = site.files()
    options = ("-d", "memory_limit=256M", "-S", site.listen_address, "-t", str(files.wordpress.core))
    return Service(
        name=f"site-{site.tenant.id}",
        command=(str(ensure_php()), "-q", *options, str(site.directory / "router.php")),
        directory=site.directory,
        environment={**site.environment(files), "PHP_CLI_SERVER_WORKERS": "2"},
        health_url=site.health_url,
        health_host=site.host,
        priority=30,
    )


def seen(site: LocalSite, connection: Connection, publications: list[str]) -> dict[str, object]:
    """What readers, authors and the hub find on a site."""
    with SiteClient(connection) as client, httpx.Client(headers={"Host": site.host}, trust_env=False) as http:
        posts = [client.get_publication(each) for each in publications]
        return {
            "posts": [dataclasses.replace(post, outcome=None) for post in posts if post is not None],
            "page": http.get(f"{site.internal_url}/wp-json/wp/v2/posts").json(),
            "upload": http.get(f"{site.internal_url}/wp-content/uploads/2026/note.txt").text,
        }


def test_nothing_is_lost_and_files_change_their_owners_once(layout: Layout) -> None:
    former = [LocalSite(layout, Tenant(id=name, name=name), place) for place, name in enumerate(TENANTS)]
    connections = [site.ensure(silent) for site in former]
    for site in former:
        (site.directory / "router.php").write_text(
            "<?php $_SERVER['SCRIPT_NAME'] = '/index.php'; if ( is_file( $f ="
            " getenv( 'PRESSWERK_CONTENT' ) . substr( $_SERVER['REQUEST_URI'], 11 ) ) ) { readfile( $f ); exit; }"
            " require $_SERVER['DOCUMENT_ROOT'] . '/index.php';"
        )
        note = site.content / "uploads" / "2026" / "note.txt"
        note.parent.mkdir(mode=0o700)
        note.write_text(f"a file of {site.tenant.id}")
        note.chmod(0o600)
    supervision = Supervision(layout)
    services = [
        dataclasses.replace(service, environment={**service.environment, "PRESSWERK_CONTENT": str(site.content)})
        for site, service in ((site, former_service(site)) for site in former)
    ]
    supervision.apply(services)
    supervision.wait_ready(services)
    publications = [new_publication() for _ in range(3)]
    for connection in connections:
        with SiteClient(connection) as client:
            for number, publication in enumerate(publications):
                client.put_publication(publication, article(status="publish", slug=f"article-{number}"))
    before = [seen(*each, publications) for each in zip(former, connections, strict=True)]

    memory = PhpMemory(processes=2, limit_mib=128, decoding_mib=75, image_pixels=1_000_000)
    sites = [dataclasses.replace(site, accounts=accounts_for(layout), memory=memory) for site in former]
    supervision.stop([service.name for service in supervision.declared() if service.name.startswith("site-")])
    kept = [site.ensure(silent, known) for site, known in zip(sites, connections, strict=True)]
    servers = SiteServers(layout, sites, accounts_for(layout))
    servers.apply(supervision)
    servers.wait_ready(sites)

    assert [len(each["posts"]) for each in before] == [3, 3, 3]  # type: ignore[arg-type]
    assert kept == connections
    assert [seen(*each, publications) for each in zip(sites, connections, strict=True)] == before
    assert {service.name for service in supervision.declared()} == {"php", "web"}
    if accounts_for(layout) is None:
        pytest.skip(f"files keep their owner: {why_none(layout)}")
    for site in sites:
        own = site.layout.ports.first_site + site.index + 400_000
        uploads = site.content / "uploads"
        assert {path.stat().st_uid for path in (uploads, *uploads.rglob("*"))} == {own}
        assert {path.stat().st_uid for path in (site.directory / "database").rglob("*")} == {own}
        assert not (site.directory / "router.php").exists()
    private = [path for path in layout.state.iterdir() if path.name not in {"sites", "serving", "shared"}]
    assert [path for path in private if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
