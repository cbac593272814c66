"""How the web server (nginx) serves a site: what is a file, what is PHP, what is nobody's.

Only what a browser needs is served: no dotfile, no database, no configuration, no PHP below `wp-content`, and of core
only its public entry points. It is started with `-p DIRECTORY -c FILE -e stderr`; what it writes is below DIRECTORY.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from presswerk.sites.closed_page import HEALTH_PATH, Closed
from presswerk.sites.fpm import MOST_BODY_MIB, REQUEST_SECONDS

HEADERS_MODULE = "/usr/lib/nginx/modules/ngx_http_headers_more_filter_module.so"
"""Where Debian has the module without which every answer would name the web server."""
SAID = "/presswerk-said"
"""Below it are our own answers, which nobody can ask for."""

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
_ENDING = rf"\.(?:{'|'.join(_CONTENT_TYPES)})"

# A doubled slash would slip past the rules for files below; WordPress's own addresses may have one: the site editor
# asks for /wp-json/wp/v2/template-parts/THEME//header.
_REFUSED = (
    r"(^|/)\.|\\|(?i)^/+wp-(admin|includes|content)(/.*)?//|^//+wp-(admin|includes|content)(/|$)|//.*\.php|\.php.*//"
)
_ENTRY_POINTS = (
    r"^/(index|wp-login|wp-cron|wp-comments-post|wp-trackback|wp-signup|wp-activate)\.php$"
    r"|^/wp-admin/[a-z0-9/-]+\.php$"
    r"|^/wp-includes/js/tinymce/wp-tinymce\.php$"
)
_NO_ENTRY_POINTS = r"^/wp-admin/((install|setup-config|upgrade)\.php$|includes/|maint/)"
_OTHER_SCRIPTS = r"\.php(/|$)"
_NOBODYS = r"(?i)^/wp-(admin|content)/|^/wp-includes(/|$)"

_DELIVERS = (
    r"~^(?:POST|PUT|PATCH|DELETE) (?:/wp-json/|[^?]*\?(?:.*&)?rest_route=(?:/|%2[Ff]))"
    r"presswerk(?:/|%2[Ff])v1(?:/|%2[Ff])(?:publications|media)(?:/|%2[Ff])"
)
"""A method, a path and a query: the connector's routes that write."""

_WORKERS = 2
"""One that waits for a disk keeps nobody waiting who asks the other."""
_LARGE_BODIES = 16
"""Requests of more than a megabyte that are taken at once for a site, as many as the hub sends: each lies on the disk
until PHP has answered it."""
_MOST_ANSWER_MIB = 32
"""Of an answer that lies on the disk until its reader has it; of more, the reader keeps PHP waiting."""
_CACHE_SECONDS = 3600
_TEXT = "text/plain; charset=UTF-8"


@dataclass(frozen=True)
class ServedSite:
    """A site as the web server sees it.

    Attributes:
        core: Directory of WordPress itself (ABSPATH).
        content: Directory of its content (WP_CONTENT_DIR).
        socket: Unix socket that its PHP processes listen on.
        deliveries: Of those for the connector's routes that write.
        url: Its public address, without a path.
        other_hosts: Names that lead to its public address.
        closed: Said instead of everything, where the site is suspended.
    """

    core: str
    content: str
    socket: str
    deliveries: str
    url: str
    other_hosts: tuple[str, ...] = ()
    closed: Closed | None = None


def site_server(listen: str, site: ServedSite, first: str = "") -> str:
    """A server for one site.

    Args:
        listen: Address and port, such as `127.0.0.1:8101`.
        site: What is served there.
        first: Locations beside the site's own.
    """
    if site.closed is not None:
        return closed_server(listen, site.closed)
    return f"""
server {{
    listen {listen} backlog=4096;
    root {_quoted(site.core)};
    set $php {_quoted(f"unix:{site.socket}")};
    if ($presswerk_delivers) {{ set $php {_quoted(f"unix:{site.deliveries}")}; }}
{_way_home(site)}{first}
    location ~ {_pattern(_REFUSED)} {{ return 404; }}
    location ~ "^/wp-admin/(?:network/|user/)?$" {{ rewrite ^ "${{uri}}index.php" last; }}
    location ~ {_pattern(_NO_ENTRY_POINTS)} {{ return 404; }}
    location ~ {_pattern(_ENTRY_POINTS)} {{
        try_files $uri =404;
        fastcgi_pass $php;
    }}
    location ~ {_pattern(_OTHER_SCRIPTS)} {{ return 404; }}
    location ~ {_pattern(f"(?i)^/wp-content/(.+{_ENDING})$")} {{
        alias {_quoted(f"{site.content}/", "$1")};
        add_header Cache-Control max-age={_CACHE_SECONDS};
        add_header X-Content-Type-Options nosniff;
    }}
    location ~ {_pattern(f"(?i)^/wp-(?:admin|includes)/.+{_ENDING}$")} {{
        add_header Cache-Control max-age={_CACHE_SECONDS};
        add_header X-Content-Type-Options nosniff;
    }}
    location ~ {_pattern(_NOBODYS)} {{ return 404; }}
    location / {{
        rewrite ^ /index.php break;
        fastcgi_pass $php;
    }}
{_errors()}}}
"""


def closed_server(listen: str, closed: Closed | None = None) -> str:
    """A server for a suspended site, or for all of them, which names none; it opens no file and runs no PHP."""
    closed = closed or Closed()
    other = "de" if closed.language == "en" else "en"

    def answers(kind: str, usual: str, in_other: str, *headers: str) -> str:
        return f"""
        default_type "{kind}; charset=UTF-8";
        add_header Cache-Control no-store always;
        add_header X-Content-Type-Options nosniff always;
        add_header Retry-After 3600 always;
        add_header X-Robots-Tag noindex always;{"".join(f" add_header {header} always;" for header in headers)}
        if ($presswerk_language = {other}) {{ return 503 {_quoted(in_other)}; }}
        return 503 {_quoted(usual)};
    """

    policy = '''Content-Security-Policy "default-src 'none'; style-src 'unsafe-inline'"'''
    page = answers("text/html", closed.page(closed.language), closed.page(other), policy)
    program = answers("application/json", closed.as_json(closed.language), closed.as_json(other))
    return f"""
server {{
    listen {listen} backlog=4096;
    access_log off;
    set $php "";
    # Whoever watches asks here; a site that is closed as it should be is healthy.
    location = {HEALTH_PATH} {{
        default_type "{_TEXT}";
        add_header Cache-Control no-store always;
        add_header X-Content-Type-Options nosniff always;
        return 200 closed;
    }}
    if ($presswerk_program) {{ rewrite ^ {SAID}/program last; }}
    location = {SAID}/program {{ internal;{program}}}
    location / {{{page}}}
}}
"""


def web_server_configuration(servers: Iterable[str], leave_seconds: int = 30) -> str:
    """All that the web server is told, as text; the same servers give the same text.

    Args:
        servers: Such as `site_server` gives them.
        leave_seconds: How long requests may go on once it is told to end, or something else.
    """
    types = "".join(f" {_quoted(kind)} {ending};" for ending, kind in _CONTENT_TYPES.items())
    parameters = "".join(f"    fastcgi_param {name} {value};\n" for name, value in _PARAMETERS.items())
    return f"""\
load_module {HEADERS_MODULE};
daemon off;
pid nginx.pid;
worker_processes {_WORKERS};
worker_shutdown_timeout {leave_seconds}s;
error_log stderr warn;
events {{ worker_connections 2048; }}
http {{
    # What nginx says of a request names all of its address, also the codes of a sign-on: instead of that, a line of our
    # own for what could not be answered.
    error_log stderr emerg;
    map $request_uri $presswerk_path {{ default ""; "~^(?<path>[^?#]{{0,200}})" $path; }}
    map $status $presswerk_failed {{ default 0; "~^5" 1; }}
    log_format failure '$time_iso8601 :$server_port "$request_method $presswerk_path" $status'
        ' (PHP: $upstream_status in $upstream_response_time s)';
    access_log /dev/stderr failure if=$presswerk_failed;
    more_clear_headers Server Via;
    server_tokens off;
    absolute_redirect off;

    client_body_temp_path body;
    fastcgi_temp_path fastcgi;
    proxy_temp_path proxy;
    scgi_temp_path scgi;
    uwsgi_temp_path uwsgi;
    client_header_timeout 15s;
    keepalive_timeout 120s;
    large_client_header_buffers 8 32k;
    client_body_buffer_size 64k;
    client_max_body_size {MOST_BODY_MIB}m;
    map "$http_transfer_encoding:$content_length" $presswerk_large_body {{
        default "";
        "~^:[0-9]{{7,}}$" $php;
        "~^[^:]" $php;
    }}
    limit_conn_zone $presswerk_large_body zone=large_bodies:1m;
    limit_conn large_bodies {_LARGE_BODIES};

    sendfile on;
    merge_slashes off;
    types {{{types} }}
    default_type application/octet-stream;
    # A configuration has no other way to write it.
    geo $presswerk_dollar {{ default "$"; }}
    map $http_accept_language $presswerk_language {{ default ""; "~*^\\s*de" de; "~*^\\s*en" en; }}
    map "$uri?$args" $presswerk_program {{ default 0; "~^/wp-json/" 1; "~[?&]rest_route=" 1; }}
    map "$request_method $uri?$args" $presswerk_delivers {{ default 0; {_pattern(_DELIVERS)} 1; }}

    # Neither a slow sender nor a slow reader keeps a PHP process waiting.
    fastcgi_buffer_size 64k;
    fastcgi_buffers 16 16k;
    fastcgi_busy_buffers_size 96k;
    fastcgi_max_temp_file_size {_MOST_ANSWER_MIB}m;
    fastcgi_read_timeout {REQUEST_SECONDS + 10}s;
    # PHP is a tenant's own: it tells the web server nothing.
    fastcgi_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;
{parameters}{"".join(servers)}}}
"""


_PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "SCRIPT_FILENAME": "$document_root$fastcgi_script_name",
        "SCRIPT_NAME": "$fastcgi_script_name",
        "DOCUMENT_ROOT": "$document_root",
        "DOCUMENT_URI": "$document_uri",
        "REQUEST_URI": "$request_uri",
        "REQUEST_METHOD": "$request_method",
        "REQUEST_SCHEME": "$scheme",
        "QUERY_STRING": "$query_string",
        "CONTENT_TYPE": "$content_type",
        "CONTENT_LENGTH": "$content_length",
        "GATEWAY_INTERFACE": "CGI/1.1",
        "REMOTE_ADDR": "$remote_addr",
        "REMOTE_PORT": "$remote_port",
        "SERVER_ADDR": "$server_addr",
        "SERVER_NAME": "$host",
        "SERVER_PORT": "$server_port",
        "SERVER_PROTOCOL": "$server_protocol",
        # WordPress asks it whether addresses can be pretty.
        "SERVER_SOFTWARE": "nginx",
        # Programs would take a header of that name for their proxy (https://httpoxy.org).
        "HTTP_PROXY": '""',
    }
)


def _errors() -> str:
    """What is said where nothing could answer: a browser shows an error of its own for an answer without a word."""
    too_large = f"More than {MOST_BODY_MIB} MiB cannot be sent to this site at once."

    def said(name: str, status: int, text: str) -> str:
        return f"""\
    location = {SAID}/{name} {{
        internal;
        default_type "{_TEXT}";
        add_header X-Content-Type-Options nosniff always;
        return {status} {_quoted(text)};
    }}
"""

    return f"""\
    # What nginx cannot make out is nothing that is there.
    error_page 400 404 = {SAID}/not-found;
    error_page 413 = {SAID}/too-large;
    error_page 405 414 494 500 501 502 503 504 505 {SAID}/unable;
{said("not-found", 404, "Not found.")}\
{said("too-large", 413, too_large)}\
{said("unable", 200, "This site cannot answer at the moment.")}"""


def _way_home(site: ServedSite) -> str:
    """A site with a domain of its own is found there; its other addresses lead to it, until a domain is given up."""
    if not site.other_hosts:
        return ""
    others = "|".join(host.lower().replace(".", r"\.") for host in site.other_hosts)
    return f"""\
    set $away "";
    if ($host ~ {_pattern(f"^(?:{others})$")}) {{ set $away $request_method; }}
    if ($away ~ "^(?:GET|HEAD)$") {{ return 302 {_quoted(site.url, "$request_uri")}; }}
"""


def _pattern(regular_expression: str) -> str:
    """A regular expression, in which nginx looks for no variables."""
    return '"' + regular_expression.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _quoted(text: str, variable: str = "") -> str:
    """A text, with a variable after it; in the text itself nginx finds none.

    Raises:
        ValueError: It cannot be written there.
    """
    if "\0" in text:
        raise ValueError(f"{text!r} cannot be told to the web server")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "${presswerk_dollar}")
    return f'"{escaped}{variable}"'
