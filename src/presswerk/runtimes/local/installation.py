"""What an installation on this machine remembers of how it was asked for: its ports and its declaration's file."""

import dataclasses
import fcntl
import itertools
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from presswerk.declaration import Platform, demo_platform
from presswerk.declaration.addresses import Addresses, addresses_of
from presswerk.runtimes.declaration_file import platform_in
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.private_files import DamagedFile, read_object, write_private

FILE_NAME = "installation.json"
_PRIVATE = 0o600
_LOOK_SECONDS = 0.1
_LAST_PORT = 65_535


class NoSuchInstallation(LocalRuntimeError):
    """There is none in this state directory, or it cannot be read."""


@dataclass(frozen=True)
class Installation:
    """Where an installation is and what it runs.

    Attributes:
        layout: Its directories and ports.
        declaration: Its `platform.yaml`; None for the demonstration's platform.
        places: Each tenant's place in the row of site ports; it keeps it until the tenant is removed.
        demonstrated: Whether the demonstration's tenants were made once; what is deleted of them must not come back.
        stand_in: Whether the offline stand-in is meant to write on the internet.
    """

    layout: Layout
    declaration: Path | None = None
    places: Mapping[str, int] = field(default_factory=dict)
    demonstrated: bool = False
    stand_in: bool = False

    def with_places_for(self, platform: Platform) -> "Installation":
        """The same with a free place for each new tenant, so that no site's address changes because another goes."""
        places = dict(self.places)
        for tenant in platform.tenants:
            if tenant.id not in places:
                places[tenant.id] = next(place for place in itertools.count() if place not in places.values())
        return dataclasses.replace(self, places=places)

    def without_place_for(self, tenant_id: str) -> "Installation":
        """The same with the place of a tenant that is gone free for another."""
        return dataclasses.replace(
            self, places={tenant: place for tenant, place in self.places.items() if tenant != tenant_id}
        )

    def platform(self) -> Platform:
        """The platform as declared now.

        Raises:
            DeclarationError: Its file cannot be read, or something in it is wrong.
        """
        if self.declaration is None:
            return demo_platform()
        return platform_in(self.declaration)

    def with_addresses_of(self, platform: Platform) -> "Installation":
        """The same under the names that a platform has on the internet, or on this machine alone."""
        public = None if platform.domain is None else addresses_of(platform)
        return dataclasses.replace(self, layout=dataclasses.replace(self.layout, public=public))

    def remember(self) -> None:
        """Keep it, so that a later command needs no options."""
        text = json.dumps(
            {
                "ports": dataclasses.asdict(self.layout.ports),
                "public": None if self.layout.public is None else dataclasses.asdict(self.layout.public),
                "declaration": None if self.declaration is None else str(self.declaration),
                "places": dict(self.places),
                "demonstrated": self.demonstrated,
                "stand_in": self.stand_in,
            },
            indent=2,
        )
        write_private(self.layout.state / FILE_NAME, text + "\n")

    @contextmanager
    def changing(self, patience_seconds: float = 0.0) -> Iterator[None]:
        """Be the only one that changes it.

        Args:
            patience_seconds: How long to wait for another command to end.

        Raises:
            LocalRuntimeError: Another command is still changing it.
        """
        with os.fdopen(os.open(self._lock, os.O_RDWR | os.O_CREAT, _PRIVATE), "w") as file:
            if not _locked(file, patience_seconds):
                raise LocalRuntimeError(
                    f"Another presswerk command is changing the installation in {self.layout.state}.",
                    "Wait until it has ended, and try again.",
                )
            yield

    def is_changing(self) -> bool:
        """Whether a command is changing it now; to look keeps no command from beginning, as taking the lock would."""
        try:
            lock = self._lock.stat()
        except OSError:
            return False
        name = f"{os.major(lock.st_dev):02x}:{os.minor(lock.st_dev):02x}:{lock.st_ino}"
        return any(name in line.split() for line in Path("/proc/locks").read_text().splitlines())

    @property
    def _lock(self) -> Path:
        return self.layout.state / ".changing"


def _locked(file: TextIO, patience_seconds: float) -> bool:
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_LOOK_SECONDS)
        else:
            return True


def is_installation(state: Path) -> bool:
    """Whether a directory holds an installation: what `presswerk up` made and `down --purge` may remove."""
    return (state / FILE_NAME).is_file()


def asked_for(state: Path, *, declaration: Path | None, ports: Mapping[str, int | None]) -> Installation:
    """The installation of a state directory, with what is asked for now before what it remembers.

    Args:
        state: Its directory; it need not exist yet.
        declaration: A `platform.yaml`, or None to stay with the former one.
        ports: Values of `Ports` by name; None leaves one as it was.
    """
    former = remembered(state) if is_installation(state) else Installation(Layout(state.absolute()))
    given = {name: port for name, port in ports.items() if port is not None}
    layout = dataclasses.replace(former.layout, ports=dataclasses.replace(former.layout.ports, **given))
    return dataclasses.replace(
        former, layout=layout, declaration=former.declaration if declaration is None else declaration.absolute()
    )


def remembered(state: Path) -> Installation:
    """The installation that `presswerk up` made in a state directory.

    Raises:
        NoSuchInstallation: It made none there.
    """
    file = state / FILE_NAME
    remedy = "Put it back from a backup, or remove that file and run `presswerk up` with the ports it had."
    try:
        stored = read_object(file, remedy)
    except FileNotFoundError:
        raise NoSuchInstallation(
            f"There is no installation in {state.absolute()}.",
            "Start one with `presswerk up`, or name its --state-dir.",
        ) from None
    except NotADirectoryError:
        raise NoSuchInstallation(f"{state} is no directory.", "Choose another with --state-dir.") from None
    except OSError as error:
        raise NoSuchInstallation(
            f"{file} cannot be read: {error.strerror}.", "Name its directory with --state-dir, as its owner."
        ) from None
    try:
        ports = Ports(**{name: _port(value) for name, value in stored["ports"].items()})
        # Files of versions before it have none.
        public = stored.get("public")
        layout = Layout(state.absolute(), ports, public=None if public is None else Addresses(**public))
        declaration, demonstrated = stored["declaration"], bool(stored.get("demonstrated", False))
        stand_in = bool(stored.get("stand_in", False))
        places = {str(name): int(place) for name, place in stored.get("places", {}).items()}
        if declaration is not None and not isinstance(declaration, str):
            raise DamagedFile(f"{file} is damaged.", remedy)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DamagedFile(f"{file} is damaged.", remedy) from None
    return Installation(layout, None if declaration is None else Path(declaration), places, demonstrated, stand_in)


def _port(value: object) -> int:
    if not isinstance(value, int) or not 1 <= value <= _LAST_PORT:
        raise ValueError(value)
    return value
