"""The two processes that serve every site of this machine: PHP-FPM with a pool for each tenant, and the web server."""

import hashlib
import os
import subprocess
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import httpx

from presswerk.certificates import authorities
from presswerk.runtimes.local import web_master
from presswerk.runtimes.local.accounts import ProcessOwners
from presswerk.runtimes.local.artifacts import ensure_php_fpm, ensure_web_server
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.private_files import replacing, write_private
from presswerk.runtimes.local.processes import marked_processes, pool_name
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
        if PHP in changed:
            with replacing(self._note) as file:
                file.write(self._digest(PHP).encode())
        if WEB in told:
            self._reload_web(supervision)
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
        title = f"php-fpm: pool {pool_name(tenant_id, mark)}"
        deadline = time.monotonic() + _END_SECONDS
        while any(found.command == title for found in marked_processes(mark)):
            if time.monotonic() > deadline:
                raise LocalRuntimeError(f"PHP of {tenant_id} does not end.", f"Run `presswerk restart {PHP}`.")
            time.sleep(_POLL_SECONDS)

    @property
    def _directory(self) -> Path:
        return self.layout.state / "serving"

    def _file(self, name: str) -> Path:
        return self._directory / "php-fpm.conf" if name == PHP else self._web_directory / "caddy.json"

    @property
    def _web_directory(self) -> Path:
        return self._directory / "web"

    @property
    def _note(self) -> Path:
        """What PHP was told last."""
        return self._directory / f"{PHP}.applied"

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
        program, owner, home = ensure_web_server(), "-", self._web_directory.absolute()
        if self.accounts is not None:
            program = self._own_web_server(program)
            owner = f"{self.accounts.web.user}:{self.accounts.web.group}"
        return Service(
            name=WEB,
            command=web_master.command(self._file(WEB).absolute(), owner, program.absolute()),
            directory=self._directory,
            environment={
                **{name: str(home) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")},
                # It rather tidies its memory up more often than hold twice what it needs.
                "GOGC": "30",
            },
            priority=30,
        )

    def _own_web_server(self, program: Path) -> Path:
        """The program where its user may run it."""
        own = self._directory / f"caddy-{program.stat().st_size}"
        if not own.exists():
            with replacing(own, mode=0o755) as file:
                file.write(program.read_bytes())
                os.fchmod(file.fileno(), 0o755)
        return own

    def _web_text(self) -> str:
        servers = {site.tenant.id: site_server(site.listen_address, site.served()) for site in self.sites}
        return web_server_configuration(servers, leave_seconds=REQUEST_SECONDS)

    @property
    def _not_shared(self) -> Path:
        return self._directory / "not-shared"

    def _pools(self) -> list[Pool]:
        """Of the sites that serve; a tenant that is only declared has no directory in which PHP could start."""
        return [site.pool() for site in self.sites if not site.suspended and site.directory.is_dir()]

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
        digest, refused = self._digest(WEB), self._web_directory / web_master.REFUSED
        refused.unlink(missing_ok=True)
        supervision.signal(WEB, "USR1")
        deadline = time.monotonic() + _READY_SECONDS
        while self._runs_on(WEB) != digest:
            if refused.exists() or time.monotonic() > deadline:
                raise LocalRuntimeError(
                    "The web server does not take its configuration; it serves as before.",
                    f"Read `presswerk logs {WEB}` and look into {self._file(WEB)}.",
                )
            time.sleep(_POLL_SECONDS)

    def _digest(self, name: str) -> str:
        return hashlib.sha256(self._file(name).read_bytes()).hexdigest()

    def _runs_on(self, name: str) -> str:
        """The digest of the configuration that a process was told last."""
        note = self._note if name == PHP else self._web_directory / web_master.SERVING
        return note.read_text(encoding="ascii") if note.exists() else ""


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
