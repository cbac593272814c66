"""A site's container: PHP-FPM and the web server as on one machine, and answers for the probes of its pod."""

from collections.abc import Mapping
from typing import Any

from presswerk.declaration import Limits
from presswerk.sites.fpm import REQUEST_SECONDS, Pool, fpm_configuration
from presswerk.sites.memory import PhpMemory
from presswerk.sites.web_server import Route, ServedSite, php_handler, site_server, web_server_configuration

ALIVE_PATH = "/presswerk-alive"
"""A worker of PHP answers."""
READY_PATH = "/presswerk-ready"
"""WordPress is installed, and answers with the connector's routes; a redirect of WordPress is a 503 here."""
WEDGED_SECONDS = REQUEST_SECONDS + 20
"""Who gets no answer of a worker for so long will never get one: no request keeps a worker for longer."""

_WORDPRESS = "/srv/wordpress/core"
_SOCKET = "/tmp/php-fpm.sock"  # noqa: S108 - the container's own
_TEMPORARY = "/tmp"  # noqa: S108 - the container's own
_CONNECTOR_INDEX = "/index.php?rest_route=/presswerk/v1&_fields=namespace"


def container_fpm(limits: Limits, environment: Mapping[str, str]) -> str:
    """What PHP-FPM is told; nobody else's files are in the container, so PHP may open what its user may.

    Args:
        limits: The tenant's.
        environment: Which site it is for; no secret.
    """
    pool = Pool(
        name="site",
        socket=_SOCKET,
        directory=_TEMPORARY,
        temporary=_TEMPORARY,
        memory=PhpMemory.of(limits),
        environment=environment,
    )
    return fpm_configuration([pool]) + f"ping.path = {ALIVE_PATH}\n"


def container_web_server(port: int, content: str, url: str) -> str:
    """What the web server is told.

    Args:
        port: Where it listens, on every address.
        content: Directory of the site's content (WP_CONTENT_DIR).
        url: The site's public address, without a path.
    """
    site = ServedSite(core=_WORDPRESS, content=content, socket=_SOCKET, url=url)
    server = site_server(f":{port}", site)
    server["routes"] = [*_probes(site), *server["routes"]]
    return web_server_configuration({"site": server})


def _probes(site: ServedSite) -> list[Route]:
    moved: dict[str, Any] = {
        "match": {"status_code": [3]},
        "routes": [
            {"handle": [{"handler": "static_response", "status_code": 503, "body": "WordPress is not installed.\n"}]}
        ],
    }
    return [
        {"match": [{"path": [ALIVE_PATH]}], "handle": [php_handler(site)], "terminal": True},
        {
            "match": [{"path": [READY_PATH]}],
            "handle": [
                {"handler": "rewrite", "uri": _CONNECTOR_INDEX},
                php_handler(site, handle_response=[moved]),
            ],
            "terminal": True,
        },
    ]
