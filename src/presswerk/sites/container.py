"""A site's container: PHP-FPM and the web server as on one machine, and answers for the probes of its pod."""

from collections.abc import Mapping

from presswerk.declaration import Limits
from presswerk.sites.fpm import REQUEST_SECONDS, Pool, fpm_configuration
from presswerk.sites.memory import PhpMemory
from presswerk.sites.web_server import SAID, ServedSite, site_server, web_server_configuration

ALIVE_PATH = "/presswerk-alive"
"""A worker of PHP answers."""
READY_PATH = "/presswerk-ready"
"""WordPress is installed, and answers with the connector's routes; a redirect of WordPress is a 503 here."""
WEDGED_SECONDS = REQUEST_SECONDS + 20
"""Who gets no answer of a worker for so long will never get one: no request keeps a worker for longer."""

_WORDPRESS = "/srv/wordpress/core"
_SOCKET = "/tmp/php-fpm.sock"  # noqa: S108 - the container's own
_DELIVERIES = "/tmp/php-fpm-deliveries.sock"  # noqa: S108 - the container's own
_TEMPORARY = "/tmp"  # noqa: S108 - the container's own
_PROBES = f"""\
    location = {ALIVE_PATH} {{
        access_log off;
        fastcgi_pass $php;
    }}
    location = {READY_PATH} {{
        access_log off;
        fastcgi_intercept_errors on;
        error_page 301 302 303 307 308 = {SAID}/not-installed;
        rewrite ^ /index.php?rest_route=/presswerk/v1&_fields=namespace? break;
        fastcgi_pass $php;
    }}
    location = {SAID}/not-installed {{
        internal;
        access_log off;
        return 503 "WordPress is not installed.\\n";
    }}
"""


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
    return fpm_configuration([pool.for_deliveries("deliveries", _DELIVERIES), pool]) + f"ping.path = {ALIVE_PATH}\n"


def container_web_server(port: int, content: str, url: str) -> str:
    """What the web server is told.

    Args:
        port: Where it listens, on every address.
        content: Directory of the site's content (WP_CONTENT_DIR).
        url: The site's public address, without a path.
    """
    site = ServedSite(core=_WORDPRESS, content=content, socket=_SOCKET, deliveries=_DELIVERIES, url=url)
    return web_server_configuration([site_server(str(port), site, _PROBES)])
