"""How the web server (Caddy) serves a site, as its JSON configuration: what is a file, what is PHP, what is nobody's.

Only what a browser needs is served: no dotfile, no database, no configuration, no PHP below `wp-content`, and of core
only its public entry points.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from presswerk.sites.closed_page import HEALTH_PATH, Closed
from presswerk.sites.fpm import MOST_BODY_MIB

Route = dict[str, Any]

_CONTENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "avif": "image/avif",
        "css": "text/css; charset=UTF-8",
        "gif": "image/gif",
        "ico": "image/x-icon",
        "jpeg": "image/jpeg",
        "jpg": "image/jpeg",
        "js": "text/javascript; charset=UTF-8",
        "json": "application/json",
        "mp3": "audio/mpeg",
        "mp4": "video/mp4",
        "pdf": "application/pdf",
        "png": "image/png",
        "svg": "image/svg+xml",
        "ttf": "font/ttf",
        "txt": "text/plain; charset=UTF-8",
        "wav": "audio/wav",
        "webp": "image/webp",
        "woff": "font/woff",
        "woff2": "font/woff2",
    }
)
"""What is served as a file, by the end of its name; the machine's own table may know fewer."""
_FILES = rf"(?i)\.({'|'.join(_CONTENT_TYPES)})$"

# A doubled slash would slip past the rules for files below; WordPress's own addresses may have one: the site editor
# asks for /wp-json/wp/v2/template-parts/THEME//header.
_REFUSED = r"(^|/)\.|\\|\x00|(?i)^/+wp-(admin|includes|content)(/.*)?//|^//+wp-(admin|includes|content)(/|$)"
_REFUSED_SCRIPT = r"(?i)//.*\.php|\.php.*//"
_ENTRY_POINTS = (
    r"^/(index|wp-login|wp-cron|wp-comments-post|wp-trackback|wp-signup|wp-activate)\.php$"
    r"|^/wp-admin/[a-z0-9/-]+\.php$"
    r"|^/wp-includes/js/tinymce/wp-tinymce\.php$"
)
_NO_ENTRY_POINTS = r"^/wp-admin/((install|setup-config|upgrade)\.php$|includes/|maint/)"
_BUFFERED_BYTES = 1_048_576
"""Of a request and of an answer: neither a slow sender nor a slow reader of so much keeps a PHP process waiting."""
_CACHE_SECONDS = 3600
_AS_IT_CAME = {
    name: [f"{{http.request.header.{name}}}"] for name in ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")
}
"""What the entry in front says of a request is passed on, and nothing is said of one that came by no entry."""


@dataclass(frozen=True)
class ServedSite:
    """A site as the web server sees it.

    Attributes:
        core: Directory of WordPress itself (ABSPATH).
        content: Directory of its content (WP_CONTENT_DIR).
        socket: Unix socket that its PHP processes listen on.
        url: Its public address, without a path.
        other_hosts: Names that lead to its public address.
        variables: What PHP is told of each request besides the usual.
        closed: Said instead of everything, where the site is suspended.
    """

    core: str
    content: str
    socket: str
    url: str
    other_hosts: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    closed: Closed | None = None


def site_routes(site: ServedSite) -> list[Route]:
    """The routes of one site, in the order they are tried; they answer every request."""
    if site.closed is not None:
        return _closed_routes(site.closed)
    return [
        {"handle": [{"handler": "headers", "response": {"deferred": True, "delete": ["Server", "Via"]}}]},
        _refused({"vars_regexp": {"{http.request.uri.path}": {"pattern": _REFUSED}}}),
        _refused({"vars_regexp": {"{http.request.uri.path}": {"pattern": _REFUSED_SCRIPT}}}),
        *_way_home(site),
        {
            "match": [{"path": ["/wp-content/*"], "path_regexp": {"pattern": _FILES}}],
            "handle": [{"handler": "rewrite", "strip_path_prefix": "/wp-content"}, *_file(site.content)],
            "terminal": True,
        },
        _refused({"path": ["/wp-content/*"]}),
        {
            "match": [{"path": ["/wp-admin/", "/wp-admin/network/", "/wp-admin/user/"]}],
            "handle": [{"handler": "rewrite", "uri": "{http.request.uri.path}index.php?{http.request.uri.query}"}],
        },
        {
            "match": [
                {
                    "path_regexp": {"pattern": _ENTRY_POINTS},
                    "not": [{"path_regexp": {"pattern": _NO_ENTRY_POINTS}}],
                    "file": {"root": site.core, "try_files": ["{http.request.uri.path}"]},
                }
            ],
            "handle": [php_handler(site)],
            "terminal": True,
        },
        _refused({"path_regexp": {"pattern": r"\.php(/|$)"}}),
        {
            "match": [
                {"path": ["/wp-admin/*", "/wp-includes/*"], "path_regexp": {"pattern": _FILES}},
            ],
            "handle": _file(site.core),
            "terminal": True,
        },
        _refused({"path": ["/wp-admin/*", "/wp-includes/*", "/wp-includes"]}),
        {"handle": [{"handler": "rewrite", "uri": "/index.php?{http.request.uri.query}"}, php_handler(site)]},
    ]


def error_routes() -> list[Route]:
    """What is said where no route could answer: a browser shows an error of its own for an answer without a word."""
    return [
        {
            # A path through a file as if it were a directory is a bad request to the web server.
            "match": [{"expression": "{http.error.status_code} in [400, 404]"}],
            "handle": [_text(404, "Not found.")],
            "terminal": True,
        },
        {
            "match": [{"expression": "{http.error.status_code} == 413"}],
            "handle": [_text(413, f"More than {MOST_BODY_MIB} MiB cannot be sent to this site at once.")],
            "terminal": True,
        },
        {"handle": [_text("{http.error.status_code}", "This site cannot answer at the moment.")]},
    ]


def site_server(listen: str, site: ServedSite) -> dict[str, Any]:
    """A server for one site that asks for no certificate.

    Args:
        listen: Address and port, such as `127.0.0.1:8101`.
        site: What is served there.
    """
    return {
        **_server(listen, site_routes(site)),
        "errors": {"routes": error_routes()},
    }


def closed_server(listen: str) -> dict[str, Any]:
    """A server for all suspended sites, which names none of them."""
    return _server(listen, _closed_routes(Closed()))


def _server(listen: str, routes: list[Route]) -> dict[str, Any]:
    return {
        "listen": [listen],
        "protocols": ["h1"],
        "automatic_https": {"disable": True},
        "read_header_timeout": "15s",
        "idle_timeout": "2m",
        "routes": routes,
    }


def web_server_configuration(servers: Mapping[str, Mapping[str, Any]], leave_seconds: int = 30) -> str:
    """All that the web server is told, as text; the same servers give the same text.

    Args:
        servers: By name, such as `site_server` gives them.
        leave_seconds: How long requests may go on once it is told to end.
    """
    told = {
        # A signal (USR1) has it read its file again; nobody else tells it anything.
        "admin": {"disabled": True, "config": {"persist": False}},
        "logging": {"logs": {"default": {"level": "WARN", "encoder": _without_secrets()}}},
        "apps": {"http": {"grace_period": f"{leave_seconds}s", "servers": dict(servers)}},
    }
    return json.dumps(told, indent=1, sort_keys=True) + "\n"


def _without_secrets() -> dict[str, Any]:
    """A log of errors holds neither the query of a sign-on nor anybody's cookies."""
    return {
        "format": "filter",
        "wrap": {"format": "console"},
        "fields": {
            "request>uri": {"filter": "regexp", "regexp": r"\?.*", "value": "?..."},
            "request>headers": {"filter": "delete"},
            "resp_headers": {"filter": "delete"},
        },
    }


def _refused(match: dict[str, Any]) -> Route:
    return {"match": [match], "handle": [_text(404, "Not found.")], "terminal": True}


def _way_home(site: ServedSite) -> list[Route]:
    """A site with a domain of its own is found there; its other addresses lead to it, until a domain is given up."""
    if not site.other_hosts:
        return []
    location = {"Location": [site.url + "{http.request.uri}"]}
    return [
        {
            "match": [{"host": list(site.other_hosts), "method": ["GET", "HEAD"]}],
            "handle": [{"handler": "static_response", "status_code": 302, "headers": location}],
            "terminal": True,
        }
    ]


def _file(root: str) -> list[dict[str, Any]]:
    known = [
        {"input_regexp": rf"(?i)\.{ending}$", "outputs": [content_type]}
        for ending, content_type in _CONTENT_TYPES.items()
    ]
    said = {
        "Cache-Control": [f"max-age={_CACHE_SECONDS}"],
        "Content-Type": ["{presswerk.content_type}"],
        "X-Content-Type-Options": ["nosniff"],
    }
    return [
        {
            "handler": "map",
            "source": "{http.request.uri.path}",
            "destinations": ["{presswerk.content_type}"],
            "mappings": known,
        },
        {"handler": "headers", "response": {"set": said}},
        {"handler": "file_server", "root": root, "index_names": [], "canonical_uris": False},
    ]


def php_handler(site: ServedSite, **proxy: Any) -> dict[str, Any]:
    """What hands a request to the site's PHP.

    Args:
        site: Whose.
        proxy: What else the handler `reverse_proxy` is told.
    """
    return {
        "handler": "subroute",
        "routes": [
            {
                "handle": [
                    {"handler": "request_body", "max_size": MOST_BODY_MIB * 2**20},
                    {
                        "handler": "reverse_proxy",
                        "upstreams": [{"dial": f"unix/{site.socket}"}],
                        "request_buffers": _BUFFERED_BYTES,
                        "response_buffers": _BUFFERED_BYTES,
                        "headers": {"request": {"set": _AS_IT_CAME}},
                        "transport": {
                            "protocol": "fastcgi",
                            "root": site.core,
                            "split_path": [".php"],
                            "env": dict(site.variables),
                        },
                        **proxy,
                    },
                ]
            }
        ],
    }


def _closed_routes(closed: Closed) -> list[Route]:
    """No file of a suspended site is opened and no PHP runs for it."""
    usual = {"Cache-Control": ["no-store"], "X-Content-Type-Options": ["nosniff"]}
    every = {**usual, "Retry-After": ["3600"], "X-Robots-Tag": ["noindex"]}

    def answer(status: int, kind: str, body: str, headers: Mapping[str, list[str]]) -> dict[str, Any]:
        said = {**headers, "Content-Type": [f"{kind}; charset=UTF-8"]}
        return {"handler": "static_response", "status_code": status, "headers": said, "body": _literally(body)}

    def in_language(match: dict[str, Any], language: str) -> list[Route]:
        page = {**every, "Content-Security-Policy": ["default-src 'none'; style-src 'unsafe-inline'"]}
        as_json = answer(503, "application/json", closed.as_json(language), every)
        return [
            {
                "match": [{**match, "path": ["/wp-json/*"]}, {**match, "query": {"rest_route": ["*"]}}],
                "handle": [as_json],
                "terminal": True,
            },
            {
                **({"match": [match]} if match else {}),
                "handle": [answer(503, "text/html", closed.page(language), page)],
                "terminal": True,
            },
        ]

    def asks_for(language: str) -> dict[str, Any]:
        return {"header_regexp": {"Accept-Language": {"pattern": rf"(?i)^\s*{language}"}}}

    return [
        {"handle": [{"handler": "headers", "response": {"deferred": True, "delete": ["Server"]}}]},
        # Whoever watches asks here; a site that is closed as it should be is healthy.
        {"match": [{"path": [HEALTH_PATH]}], "handle": [answer(200, "text/plain", "closed", usual)], "terminal": True},
        *in_language(asks_for("de"), "de"),
        *in_language(asks_for("en"), "en"),
        *in_language({}, closed.language),
    ]


def _text(status: int | str, body: str) -> dict[str, Any]:
    headers = {"Content-Type": ["text/plain; charset=UTF-8"], "X-Content-Type-Options": ["nosniff"]}
    return {"handler": "static_response", "status_code": status, "headers": headers, "body": body}


def _literally(text: str) -> str:
    """A text in which the web server finds no placeholder."""
    return text.replace("{", "\\{")


__all__: Sequence[str] = (
    "Route",
    "ServedSite",
    "closed_server",
    "error_routes",
    "php_handler",
    "site_routes",
    "site_server",
    "web_server_configuration",
)
