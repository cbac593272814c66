"""PHP of a site: its settings, and the pool of processes (PHP-FPM) that runs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from presswerk.sites.memory import PhpMemory

MOST_UPLOAD_MIB = 32
MOST_BODY_MIB = 40
"""Of a request; more than an upload, which comes with a form around it."""
REQUEST_SECONDS = 300
"""After so long a request is ended with its process; a round of a site's due work runs inside one."""
_IDLE_SECONDS = 4
_STOP_SECONDS = 20
"""A request that takes longer is cut off when pools are added or removed, and nobody waits longer for it."""
_PRIORITY_OF_DELIVERIES = 5
"""On a busy processor readers get three times as much (sched(7)), and deliveries still go on."""
_SHARED_MIB = 192
_SHARED_FILES = 20_000

SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "display_errors": "0",
        "log_errors": "1",
        "expose_php": "0",
        "upload_max_filesize": f"{MOST_UPLOAD_MIB}M",
        "post_max_size": f"{MOST_BODY_MIB}M",
        "session.use_strict_mode": "1",
    }
)
"""What PHP is told for every site, whoever runs it."""

# A site's PHP starts no program, and makes no link by which the web server would be led out of its uploads.
_DISABLED = (
    "dl,exec,link,passthru,pcntl_exec,pcntl_fork,popen,proc_open,shell_exec,symlink,system,"
    "opcache_compile_file,opcache_get_configuration,opcache_get_status,opcache_invalidate,opcache_reset"
)


@dataclass(frozen=True)
class ProcessOwner:
    """Numeric ids that processes run with; nobody needs to have a name for them."""

    user: int
    group: int


@dataclass(frozen=True)
class Pool:
    """One tenant's PHP processes, of which there are none while nobody asks for the site.

    Attributes:
        name: Its processes show it.
        socket: Unix socket the web server reaches them by.
        directory: Where they start.
        temporary: For uploads on their way and sessions; the tenant's own.
        memory: How they are bounded.
        environment: Which site they are for; no secret.
        account: Whose processes they are; None for those of whoever starts them.
        web_account: Whose process the web server is, which alone may use the socket; None as above.
        reachable: Directories that PHP opens files in (`open_basedir`); empty for all that the account may read.
        priority: Of its processes (nice(1)); only root's PHP-FPM gives them another than its own.
    """

    name: str
    socket: str
    directory: str
    temporary: str
    memory: PhpMemory
    environment: Mapping[str, str] = field(default_factory=dict)
    account: ProcessOwner | None = None
    web_account: ProcessOwner | None = None
    reachable: tuple[str, ...] = ()
    priority: int = 0

    def for_deliveries(self, name: str, socket: str) -> "Pool":
        """The same tenant's pool for what the hub writes: a few processes, which give way to those of readers."""
        memory = replace(self.memory, processes=self.memory.deliveries)
        return replace(self, name=name, socket=socket, memory=memory, priority=_PRIORITY_OF_DELIVERIES)


def fpm_configuration(pools: Sequence[Pool]) -> str:
    """All that PHP-FPM is told, as text; the same pools give the same text. Needs one pool at least."""
    head = f"""\
[global]
error_log = /proc/self/fd/2
log_level = warning
log_limit = 8192
daemonize = no
process_control_timeout = {_STOP_SECONDS}s
"""
    return head + "".join(_pool(pool) for pool in pools)


def shared_settings() -> Mapping[str, str]:
    """What is told to PHP-FPM as a whole: all pools share one store of compiled code, so nobody may ask about it."""
    return MappingProxyType(
        {
            "opcache.enable": "1",
            "opcache.memory_consumption": str(_SHARED_MIB),
            "opcache.max_accelerated_files": str(_SHARED_FILES),
            "opcache.validate_permission": "1",
            "opcache.restrict_api": "/nobody",
            "opcache.file_cache": "",
            "ffi.enable": "0",
            "fastcgi.logging": "0",
            "enable_dl": "0",
        }
    )


def _pool(pool: Pool) -> str:
    lines = [f"listen = {_quoted(pool.socket)}", "listen.mode = 0600"]
    if pool.web_account is not None:
        lines += [f"listen.owner = {pool.web_account.user}", f"listen.group = {pool.web_account.group}"]
    if pool.account is not None:
        lines += [f"user = {pool.account.user}", f"group = {pool.account.group}"]
    if pool.priority:
        lines.append(f"process.priority = {pool.priority}")
    lines += [
        "pm = ondemand",
        f"pm.max_children = {pool.memory.processes}",
        f"pm.process_idle_timeout = {_IDLE_SECONDS}s",
        "pm.max_requests = 1000",
        f"request_terminate_timeout = {REQUEST_SECONDS}s",
        "catch_workers_output = yes",
        "clear_env = yes",
        f"chdir = {_quoted(pool.directory)}",
        *(f"env[{name}] = {_quoted(value)}" for name, value in pool.environment.items()),
        *(f"php_admin_value[{name}] = {_quoted(value)}" for name, value in _pool_settings(pool).items()),
    ]
    return f"\n[{pool.name}]\n" + "\n".join(lines) + "\n"


def _pool_settings(pool: Pool) -> Mapping[str, str]:
    settings = {
        **SETTINGS,
        "memory_limit": f"{pool.memory.limit_mib}M",
        "max_execution_time": str(REQUEST_SECONDS),
        "disable_functions": _DISABLED,
        "sys_temp_dir": pool.temporary,
        "upload_tmp_dir": pool.temporary,
        "session.save_path": pool.temporary,
    }
    if pool.reachable:
        settings["open_basedir"] = ":".join(pool.reachable)
    return settings


def _quoted(value: str) -> str:
    """A value for PHP's reader of settings, which would take quotes and variables in it for its own.

    Raises:
        ValueError: It cannot be written there.
    """
    if "${" in value or "\n" in value or "$pool" in value:
        raise ValueError(f"{value!r} cannot be told to PHP")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
