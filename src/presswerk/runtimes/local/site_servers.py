"""The two processes that serve every site of this machine: PHP-FPM with a pool for each tenant, and the web server."""

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import httpx

from presswerk.certificates import authorities
from presswerk.runtimes.local.accounts import ProcessOwners
from presswerk.runtimes.local.artifacts import ensure_php_fpm, ensure_web_server
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.listeners import ports_of_others
from presswerk.runtimes.local.private_files import replacing, write_private
from presswerk.runtimes.local.processes import delivery_pool_name, marked_processes, pool_name, visible_command
from presswerk.runtimes.local.progress import Progress, silent
from presswerk.runtimes.local.service import Service
from presswerk.runtimes.local.site_sockets import make_own, sockets_base, sockets_of
from presswerk.runtimes.local.supervision import Applied, Supervision
from presswerk.runtimes.local.supervisor_config import state_mark
from presswerk.runtimes.local.wordpress import LocalSite
from presswerk.sites.fpm import REQUEST_SECONDS, Pool, fpm_configuration, shared_settings
from presswerk.sites.web_server import site_server, web_server_configuration

PHP = "php"
WEB = "web"
_READY_SECONDS = 60.0
_END_SECONDS = 30.0
_POLL_SECONDS = 0.05
_ASKED_AT_ONCE = 4
# Compiled code must be readable for the processes of all pools, and so must what a site uploads for the web server.
_WITH_USUAL_RIGHTS = 'umask 022; exec "$0" "$@"'
_WITH_ALL_FILES = 'ulimit -n "$(ulimit -H -n)"; exec "$0" "$@"'
# It opens its log by name, which its own user may not where it is somebody else's.
_WITH_ITS_OWN_LOG = "test -c /dev/fd/2 || chown {user} /dev/fd/2; "
_WORKER, _LEAVING = "nginx: worker process", "nginx: worker process is shutting down"


@dataclass(frozen=True)
class SiteServers:
    """What serves the sites of one installation.

    Attributes:
        layout: Where its state goes.
        sites: All of the installation's.
        accounts: None where all processes have the ids of whoever starts them.
    """

    layout: Layout
    sites: Sequence[LocalSite]
    accounts: ProcessOwners | None = None

    def services(self) -> tuple[Service, ...]:
        """The processes; none for an installation without sites, no PHP where none of them serves.

        Raises:
            LocalRuntimeError: PHP or the web server is not to be had.
        """
        php = (self._php(),) if self._pools() else ()
        return (*php, self._web()) if self.sites else ()

    def apply(self, supervision: Supervision) -> Applied:
        """Let both processes serve exactly these sites, without ending a request that is being answered.

        Raises:
            LocalRuntimeError: One does not take its configuration; it serves on with the former one.
        """
        self.write_files()
        services = self.services()
        applied = supervision.ensure(services)
        reloaded = self.reload(supervision, applied)
        supervision.retire({PHP, WEB} - {service.name for service in services})
        return replace(applied, reloaded=reloaded)

    def reload(self, supervision: Supervision, applied: Applied) -> tuple[str, ...]:
        """Tell those processes that run on what was written since they were told last.

        Args:
            supervision: What keeps them running.
            applied: What was just done to them: what was started has read what was written.

        Returns:
            The names of those that were told.

        Raises:
            LocalRuntimeError: One does not take its configuration; it serves on with the former one.
        """
        changed = [
            name for name in (PHP, WEB) if self._file(name).exists() and self._runs_on(name) != self._digest(name)
        ]
        told = tuple(name for name in changed if name in applied.unchanged)
        # PHP first: the web server is not to lead anybody to a socket that is not there yet.
        if PHP in told:
            self._reload_php(supervision)
        if WEB in told:
            self._reload_web(supervision)
        for name in changed:
            with replacing(self._note(name)) as file:
                file.write(self._digest(name).encode())
        _forget_former(self._directory, self._web_directory)
        return told

    def write_files(self) -> None:
        """Write what both processes read; they know of it once they are started or told."""
        self._make_directories()
        texts = {WEB: self._web_text()}
        if pools := self._pools():
            texts[PHP] = fpm_configuration(pools)
        for name, text in texts.items():
            path = self._file(name)
            if path.exists() and path.read_text(encoding="utf-8") == text:
                continue
            with replacing(path) as file:
                file.write(text.encode())
                if name == WEB and self.accounts is not None:
                    os.fchown(file.fileno(), self.accounts.web.user, self.accounts.web.group)

    def wait_ready(self, sites: Iterable[LocalSite], progress: Progress = silent) -> None:
        """Wait until each site answers as a user would ask it.

        Raises:
            LocalRuntimeError: One does not in its time.
        """
        began = time.monotonic()
        with (
            httpx.Client(timeout=30.0, verify=authorities(), trust_env=False) as http,
            ThreadPoolExecutor(max_workers=_ASKED_AT_ONCE) as asking,
        ):
            for site in asking.map(partial(_await, http=http), sites):
                progress(f"site-{site.tenant.id} is ready ({time.monotonic() - began:.1f} s)")

    def wait_ended(self, tenant_id: str) -> None:
        """Wait until no process of a tenant's PHP is left, once the site is closed or gone.

        Raises:
            LocalRuntimeError: One goes on for longer than it may.
        """
        mark = state_mark(self.layout)
        titles = {f"php-fpm: pool {name(tenant_id, mark)}" for name in (pool_name, delivery_pool_name)}
        deadline = time.monotonic() + _END_SECONDS
        while any(found.command in titles for found in marked_processes(mark)):
            if time.monotonic() > deadline:
                raise LocalRuntimeError(f"PHP of {tenant_id} does not end.", f"Run `presswerk restart {PHP}`.")
            time.sleep(_POLL_SECONDS)

    @property
    def _directory(self) -> Path:
        return self.layout.state / "serving"

    def _file(self, name: str) -> Path:
        return self._directory / "php-fpm.conf" if name == PHP else self._web_directory / "nginx.conf"

    @property
    def _web_directory(self) -> Path:
        return self._directory / "web"

    def _note(self, name: str) -> Path:
        """What a process was told last."""
        return self._directory / f"{name}.applied"

    def _php(self) -> Service:
        command = ["/bin/sh", "-c", _WITH_USUAL_RIGHTS, str(ensure_php_fpm()), "--nodaemonize"]
        if os.geteuid() == 0:
            command.append("--allow-to-run-as-root")
        command += ["--fpm-config", str(self._file(PHP).absolute())]
        settings = dict(shared_settings())
        if self.accounts is None:
            # What is compiled once would be run for everybody: `open_basedir` is not asked about it again.
            settings["opcache.blacklist_filename"] = str(self._not_shared.absolute())
        for name, value in settings.items():
            command += ["-d", f"{name}={value}"]
        return Service(name=PHP, command=tuple(command), directory=self._directory, priority=29)

    def _web(self) -> Service:
        return Service(name=WEB, command=self._nginx(), directory=self._directory, priority=30)

    def _nginx(self, *options: str) -> tuple[str, ...]:
        """How nginx is called, with all its files, and as its own user where there is one."""
        home, file = self._web_directory.absolute(), self._file(WEB).absolute()
        command = (str(ensure_web_server()), "-p", str(home), "-c", str(file), "-e", "stderr", *options)
        if self.accounts is None:
            # Left to itself, root's nginx works as nobody.
            as_root = ("-g", "user root;") if os.geteuid() == 0 else ()
            return ("/bin/sh", "-c", _WITH_ALL_FILES, *command, *as_root)
        web = self.accounts.web
        as_user = ("setpriv", f"--reuid={web.user}", f"--regid={web.group}", "--clear-groups")
        return ("/bin/sh", "-c", _WITH_ITS_OWN_LOG.format(user=web.user) + _WITH_ALL_FILES, *as_user, *command)

    def _web_text(self) -> str:
        # One address that somebody else has would keep all others from being served.
        taken = ports_of_others(state_mark(self.layout))
        servers = [site_server(site.listen_address, site.served()) for site in self.sites if site.port not in taken]
        return web_server_configuration(servers, leave_seconds=REQUEST_SECONDS)

    @property
    def _not_shared(self) -> Path:
        return self._directory / "not-shared"

    def _pools(self) -> list[Pool]:
        """Of the sites that serve; a tenant that is only declared has no directory in which PHP could start."""
        serving = (site for site in self.sites if not site.suspended and site.directory.is_dir())
        return [pool for site in serving for pool in site.pools()]

    def _make_directories(self) -> None:
        passable = 0o700 if self.accounts is None else 0o711
        for shared in (self._directory, sockets_base(self.layout), sockets_of(self.layout)):
            make_own(shared, passable)
        write_private(self._not_shared, f"{self.layout.state.resolve() / 'sites'}/\n")
        web = self._web_directory
        web.mkdir(mode=0o700, exist_ok=True)
        if self.accounts is not None:
            os.chown(web, self.accounts.web.user, self.accounts.web.group)

    def _reload_php(self, supervision: Supervision) -> None:
        tested = subprocess.run(
            [str(ensure_php_fpm()), "-t", "-R", "-y", str(self._file(PHP))],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if tested.returncode != 0:
            raise LocalRuntimeError(
                f"PHP does not take its configuration: {tested.stderr.strip()[-500:]}", f"Look into {self._file(PHP)}."
            )
        supervision.signal(PHP, "USR2")

    def _reload_web(self, supervision: Supervision) -> None:
        tested = subprocess.run(
            self._nginx("-t", "-q"), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        refused = LocalRuntimeError(
            f"The web server does not take its configuration; it serves as before. {tested.stderr.strip()[-500:]}",
            f"Read `presswerk logs {WEB}` and look into {self._file(WEB)}.",
        )
        if tested.returncode != 0:
            raise refused
        deadline = time.monotonic() + _READY_SECONDS
        # One that has only just started hears no signal before it has workers, and has read what was written.
        while not (former := _workers(supervision)) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        supervision.signal(WEB, "HUP")
        while not (now := _workers(supervision)) or now & former:
            if time.monotonic() > deadline:
                raise refused
            time.sleep(_POLL_SECONDS)

    def _digest(self, name: str) -> str:
        return hashlib.sha256(self._file(name).read_bytes()).hexdigest()

    def _runs_on(self, name: str) -> str:
        """The digest of the configuration that a process was told last."""
        note = self._note(name)
        return note.read_text(encoding="ascii") if note.exists() else ""


def _workers(supervision: Supervision) -> frozenset[int]:
    """The processes that take what readers ask; not those that only finish what they have."""
    master = next((status.pid for status in supervision.status() if status.name == WEB), None)
    if master is None:
        return frozenset()
    try:
        children = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii").split()
    except OSError:
        return frozenset()
    commands = {int(pid): visible_command(Path("/proc") / pid) for pid in children}
    return frozenset(
        pid for pid, command in commands.items() if command.startswith(_WORKER) and not command.startswith(_LEAVING)
    )


def _forget_former(directory: Path, web: Path) -> None:
    """Remove what the web server of the version before (Caddy) was told, and kept."""
    for path in (*directory.glob("caddy-*"), *web.glob("running-*.json"), *web.glob("*.json"), web / "caddy"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for note in ("serving", "refused"):
        (web / note).unlink(missing_ok=True)


def _await(site: LocalSite, *, http: httpx.Client) -> LocalSite:
    problem, deadline = "it does not answer", time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        try:
            answer = http.get(site.health_url, headers={"Host": site.host})
        except httpx.HTTPError as error:
            problem = str(error) or type(error).__name__
        else:
            # No redirection either: WordPress leads to its installation while it does not find its tables.
            if answer.status_code == httpx.codes.OK:
                return site
            problem = f"it answers with {answer.status_code}"
        time.sleep(_POLL_SECONDS)
    raise LocalRuntimeError(
        f"The site of {site.tenant.id} is not ready after {_READY_SECONDS:.0f} s: {problem}.",
        f"Read `presswerk logs site-{site.tenant.id}` and `presswerk logs {WEB}`, fix the cause, and try again.",
    )
