"""The systemd unit that keeps an installation running: its text, and where it is installed."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from presswerk.runtimes.local.errors import LocalRuntimeError

UNIT = "presswerk.service"
UNITS = Path("/etc/systemd/system")
ENVIRONMENT_FILE = Path("/etc/presswerk/environment")
"""Where the AI endpoint's key stands; only root reads it, and the service manager hands it on."""

_SYSTEMCTL = "systemctl"
_BOOTED = Path("/run/systemd/system")
"""It is there where systemd runs the machine (sd_booted(3))."""
_LISTEN = "CAP_NET_BIND_SERVICE"
_ACCOUNTS = ("CAP_SETUID", "CAP_SETGID", "CAP_CHOWN", "CAP_FOWNER", "CAP_DAC_OVERRIDE", "CAP_KILL")
"""What root needs to run each tenant's PHP as a user of its own."""
_START_SECONDS = 1800
_STOP_SECONDS = 120
_MOST_FILES = 65_536
_MOST_TASKS = 8192
_MEMORY_HIGH, _MEMORY_MAX = "85%", "90%"
"""Of the machine's: above the first everything of ours gets slower, above the second one process of ours is ended, and
what else runs on the machine, such as the way in for its administrator, stays."""


@dataclass(frozen=True)
class Unit:
    """What the unit is made of.

    Attributes:
        presswerk: The command.
        declaration: The `platform.yaml`.
        state: The installation's directory.
        cache: Where foreign parts are installed.
        user: As whom everything runs.
        path: Where programs are found.
        trusted: A file with authorities of the network's own; None without.
    """

    presswerk: Path
    declaration: Path
    state: Path
    cache: Path
    user: str
    path: str
    trusted: Path | None = None

    def text(self) -> str:
        """The unit file; the same unit gives the same text."""
        command = _argument(self.presswerk)
        state = f"--state-dir {_argument(self.state)}"
        environment = {
            "PATH": self.path,
            "HOME": str(self.state),
            "XDG_CACHE_HOME": str(self.cache),
            **({} if self.trusted is None else {"SSL_CERT_FILE": str(self.trusted)}),
        }
        settings = "".join(f"Environment={_word(f'{name}={value}')}\n" for name, value in environment.items())
        rights = " ".join((_LISTEN, *_ACCOUNTS)) if self.user == "root" else _LISTEN
        return f"""\
# Written by `presswerk service install`, which writes it anew; own settings belong into a drop-in (systemctl edit).
[Unit]
Description=Presswerk, an AI-assisted publishing platform
After=network-online.target
Wants=network-online.target
# However often it fails: a machine without a network comes back by itself.
StartLimitIntervalSec=0

[Service]
# `up` ends once everything serves; what keeps it running is the supervisor, whose end is the unit's.
Type=forking
PIDFile={_plain(self.state)}/run/supervisord.pid
ExecStart={command} up {state} --config {_argument(self.declaration)}
ExecStop={command} down {state}
Restart=on-failure
RestartSec=15
TimeoutStartSec={_START_SECONDS}
TimeoutStopSec={_STOP_SECONDS}
User={self.user}
WorkingDirectory={_plain(self.state)}
EnvironmentFile=-{ENVIRONMENT_FILE}
{settings}LimitNOFILE={_MOST_FILES}
TasksMax={_MOST_TASKS}
MemoryHigh={_MEMORY_HIGH}
MemoryMax={_MEMORY_MAX}
# Whoever took too much is ended alone; the supervisor starts it anew.
OOMPolicy=continue
UMask=0077

# The entry alone keeps the right to listen at 80 and 443.
AmbientCapabilities={_LISTEN}
CapabilityBoundingSet={rights}
NoNewPrivileges=yes
ProtectSystem=strict
# Sockets whose own path would be too long are in /tmp, where commands outside of the unit find them.
ReadWritePaths={_word(self.state)} {_word(self.cache)} /tmp /var/tmp
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


def _plain(value: object) -> str:
    """A value that is one whole line, without the unit's own specifiers (systemd.unit(5))."""
    return str(value).replace("%", "%%")


def _word(value: object) -> str:
    """One of several values (systemd.syntax(7))."""
    text = _plain(value)
    return text if shlex.quote(text) == text else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _argument(value: object) -> str:
    """A word of a command line, where a dollar sign would begin a variable (systemd.service(5))."""
    return _word(value).replace("$", "$$")


def is_in_charge() -> bool:
    """Whether systemd runs this machine."""
    return _BOOTED.is_dir() and shutil.which(_SYSTEMCTL) is not None


def install(unit: Unit, directory: Path = UNITS) -> bool:
    """Write the unit, and have systemd start it now and at every start of the machine, where it runs the machine.

    Args:
        unit: What to install.
        directory: Where units are.

    Returns:
        Whether systemd was told.

    Raises:
        LocalRuntimeError: It cannot be written, or systemd does not take it.
    """
    file = directory / UNIT
    try:
        directory.mkdir(parents=True, exist_ok=True)
        file.write_text(unit.text(), encoding="utf-8")
        file.chmod(0o644)
    except OSError as error:
        raise LocalRuntimeError(f"{file} cannot be written: {error.strerror}.", "Run it as root, with sudo.") from None
    if not is_in_charge():
        return False
    systemctl("daemon-reload")
    systemctl("enable", UNIT)
    systemctl("restart", "--no-block", UNIT)
    return True


def uninstall(directory: Path = UNITS) -> bool:
    """Stop the unit and remove it; the installation's data stays.

    Returns:
        Whether there was one.

    Raises:
        LocalRuntimeError: It cannot be removed, or systemd refuses.
    """
    file = directory / UNIT
    if not file.exists():
        return False
    if is_in_charge():
        systemctl("disable", "--now", UNIT)
    try:
        file.unlink()
    except OSError as error:
        raise LocalRuntimeError(f"{file} cannot be removed: {error.strerror}.", "Run it as root, with sudo.") from None
    if is_in_charge():
        systemctl("daemon-reload")
    return True


def state_of_unit(directory: Path = UNITS) -> Mapping[str, str]:
    """What systemd says of the unit: `installed`, and where it runs the machine `ActiveState` and so on."""
    told = {"installed": "yes" if (directory / UNIT).exists() else "no"}
    if not is_in_charge():
        return told
    properties = "UnitFileState,ActiveState,SubState,Result,NRestarts,ActiveEnterTimestamp"
    lines = systemctl("show", "--property", properties, UNIT).splitlines()
    return {**told, **dict(line.split("=", 1) for line in lines if "=" in line)}


def systemctl(*arguments: str) -> str:
    """Tell systemd something.

    Raises:
        LocalRuntimeError: It refuses.
    """
    done = subprocess.run(
        [shutil.which(_SYSTEMCTL) or _SYSTEMCTL, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_PAGER": ""},
    )
    if done.returncode != 0:
        raise LocalRuntimeError(
            f"systemctl {arguments[0]} failed: {done.stderr.strip()[-400:]}", "Run it as root, with sudo."
        )
    return done.stdout
