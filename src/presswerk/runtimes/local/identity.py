"""Canaille, the identity provider on one machine: its settings, its service, and the people and clients it holds."""

import contextlib
import dataclasses
import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from presswerk.declaration import OPERATOR_GROUP, Platform, Role, group_name
from presswerk.identity.clients import SCOPES, Client, platform_clients, site_client, site_client_id
from presswerk.runtimes.local import secrets as names
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.ownership import give_directory
from presswerk.runtimes.local.private_files import write_if_other, write_private
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.service import Service
from presswerk.sites.fpm import ProcessOwner

SERVICE_NAME = "identity"

_DATABASE_PATIENCE_SECONDS = 60
_ACCESS_TOKEN_SECONDS = 3600
_NO_WORKERS = ("--workers", "0")
"""One process serves, and there is none that could outlive it and keep the port."""
_SEED_SCRIPT = "seed_canaille.py"
_LAST_LINES = 15


class CannotSeed(LocalRuntimeError):
    """The identity provider's people and clients could not be stored."""


@dataclass(frozen=True)
class SeedReport:
    """What seeding did, as names such as `person anna` or `client presswerk-chat`."""

    created: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Absent:
    """What is to be gone from the identity provider: of tenants that are removed, and people who are nobody's."""

    tenants: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


def clients_of(
    layout: Layout, platform: Platform, secrets: Secrets, places: Mapping[str, int] | None = None
) -> tuple[Client, ...]:
    """Every application of an installation; see "Identity" in docs/contracts.md.

    Args:
        layout: The services' addresses.
        platform: The tenants.
        secrets: The clients' secrets.
        places: Each tenant's place in the row of site ports; the order of declaration when None.
    """
    place_of = {tenant.id: place for place, tenant in enumerate(platform.tenants)} if places is None else places
    sites = (
        dataclasses.replace(
            site_client(tenant.id, tenant.name, layout.site_address(tenant, place_of[tenant.id])),
            # By this address the provider knows the client for one of ours, and asks nobody for consent.
            uri=layout.site_url(tenant.id, place_of[tenant.id]),
        )
        for tenant in platform.tenants
    )
    return tuple(
        each if each.public else dataclasses.replace(each, secret=secrets.get(names.client_secret(each.client_id)))
        for each in (*platform_clients(layout.hub_url, layout.chat_url), *sites)
    )


def identity_service(layout: Layout, secrets: Secrets, python: Path, owner: ProcessOwner | None = None) -> Service:
    """Canaille on loopback.

    Args:
        layout: Where its data goes and on which port it answers.
        secrets: Its session key and its signing key.
        python: Of the environment it is installed in.
        owner: As whom it runs; None for whoever starts it.
    """
    return Service(
        name=SERVICE_NAME,
        command=(
            str(python.with_name("canaille")),
            "run",
            "--bind",
            f"127.0.0.1:{layout.ports.identity}",
            *_NO_WORKERS,
        ),
        directory=layout.identity,
        environment=_environment(layout, secrets),
        # It answers only to the host name its issuer has.
        health_url=f"http://127.0.0.1:{layout.ports.identity}/oauth/jwks.json",
        health_host=urlsplit(layout.identity_url).netloc,
        priority=10,
        owner=owner,
    )


def seed(
    layout: Layout,
    platform: Platform,
    secrets: Secrets,
    python: Path,
    places: Mapping[str, int] | None = None,
    *,
    absent: Absent | None = None,
    unless_same: bool = False,
    owner: ProcessOwner | None = None,
) -> SeedReport:
    """Bring people, groups and clients to the declared state; a second run changes nothing.

    Our groups (`presswerk-admin`, `tenant-...`) hold exactly the declared people. A person's password is set once, when
    the person is made.

    Args:
        layout: Where Canaille's data is; it may be running or not.
        platform: The people and tenants.
        secrets: Their passwords and the clients' secrets.
        python: Of the environment Canaille is installed in.
        places: As for `clients_of`.
        absent: What is to be gone.
        unless_same: Do nothing where the last seeding was of the very same, since starting the provider's tools takes
            seconds; what somebody changed by hand meanwhile is left as it is.
        owner: As for `identity_service`.

    Raises:
        CannotSeed: Canaille refused.
    """
    declared = json.dumps({**_declared(layout, platform, secrets, places), "absent": _absent(absent or Absent())})
    with contextlib.suppress(FileNotFoundError):
        if unless_same and _last_seed(layout).read_text(encoding="utf-8") == _digest(declared):
            return SeedReport((), (), ())
    write_configuration(layout)
    if owner is not None:
        give_directory(layout.identity, owner.user, owner.group)
    done = subprocess.run(
        # -P: the directory it works in is not looked through for modules. Its text, because its owner may not be able
        # to come where our code is.
        [str(python), "-P", "-c", resources.files("presswerk.runtimes.local").joinpath(_SEED_SCRIPT).read_text()],
        input=declared,
        env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(layout.identity), **_environment(layout, secrets)},
        cwd=layout.identity,
        umask=0o077,
        user=None if owner is None else owner.user,
        group=None if owner is None else owner.group,
        extra_groups=None if owner is None else (),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stderr.strip().splitlines()[-_LAST_LINES:])
        raise CannotSeed(f"the identity provider's people and clients could not be stored:\n{tail}")
    report = json.loads(done.stdout.splitlines()[-1])
    write_private(_last_seed(layout), _digest(declared))
    return SeedReport(**{outcome: tuple(things) for outcome, things in report.items()})


def _last_seed(layout: Layout) -> Path:
    return layout.identity / "seeded.sha256"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def write_configuration(layout: Layout) -> None:
    """Write Canaille's settings that are no secrets; the secrets come to it in its environment."""
    write_if_other(_configuration_file(layout), _configuration(layout))


def identity_database(layout: Layout) -> Path:
    """Where Canaille keeps people and groups; the hub reads it."""
    return layout.identity / "canaille.sqlite"


def _configuration_file(layout: Layout) -> Path:
    return layout.identity / "canaille.toml"


def _configuration(layout: Layout) -> str:
    # Whoever waits in vain for the file is told so with the whole statement, tokens and all.
    database = json.dumps(f"sqlite:///{identity_database(layout)}?timeout={_DATABASE_PATIENCE_SECONDS}")
    address = urlsplit(layout.identity_url)
    # All clients are ours: nobody is asked whether they may know the person's name.
    trusted = ["localhost", ".localhost", "127.0.0.1"]
    if layout.public is not None:
        # The command line's own client stays on this machine.
        trusted += [layout.public.domain, f".{layout.public.domain}"]
    # The entry says that a browser came over https, and from where.
    proxy = "" if layout.public is None else 'PROXY_MODE = "legacy"\n'
    grants = ", ".join(f"{grant} = {_ACCESS_TOKEN_SECONDS}" for grant in ("authorization_code", "refresh_token"))
    return f"""\
# Written by `presswerk up`; changes here are lost.
SERVER_NAME = "{address.netloc}"
PREFERRED_URL_SCHEME = "{address.scheme}"
SESSION_COOKIE_SECURE = {str(address.scheme == "https").lower()}
OAUTH2_TOKEN_EXPIRES_IN = {{ {grants} }}

[CANAILLE]
NAME = "Presswerk"
DATABASE = "sql"
ENABLE_INTRUDER_LOCKOUT = true
ENABLE_REGISTRATION = false
ENABLE_PASSWORD_RECOVERY = false

# By default anybody may make groups of any name, and our groups are what people may do: so nobody may here.
[CANAILLE.ACL.DEFAULT]
PERMISSIONS = ["edit_self", "use_oidc"]
READ = ["user_name", "groups"]
WRITE = ["password", "preferred_language"]

[CANAILLE_HYPERCORN]
{proxy}
[CANAILLE_SQL]
DATABASE_URI = {database}

[CANAILLE_OIDC]
DYNAMIC_CLIENT_REGISTRATION_OPEN = false
TRUSTED_DOMAINS = {json.dumps(trusted)}
"""


def _environment(layout: Layout, secrets: Secrets) -> Mapping[str, str]:
    signing_key = json.loads(secrets.get(names.IDENTITY_SIGNING_KEY))
    return MappingProxyType(
        {
            "CANAILLE_CONFIG": str(_configuration_file(layout)),
            # So that a change of the file restarts the service.
            "PRESSWERK_CONFIGURATION_SHA256": hashlib.sha256(_configuration(layout).encode()).hexdigest(),
            "SECRET_KEY": secrets.get(names.IDENTITY_SESSION_KEY),
            "CANAILLE_OIDC__ACTIVE_JWKS": json.dumps([signing_key]),
            "PYTHONWARNINGS": "ignore",
        }
    )


def _declared(
    layout: Layout, platform: Platform, secrets: Secrets, places: Mapping[str, int] | None
) -> Mapping[str, object]:
    return {
        "people": [
            {
                "user_name": person.user_name,
                "given_name": person.given_name,
                "family_name": person.family_name,
                "formatted_name": person.name,
                "emails": [person.email],
                "locked": not person.operator and not person.memberships,
                "password": secrets.get(names.person_password(person.user_name)),
            }
            for person in platform.people
        ],
        "groups": {group: list(members) for group, members in _groups(platform).items()},
        "clients": [
            {
                "client_id": client.client_id,
                "client_secret": client.secret,
                "client_name": client.name,
                "client_uri": client.uri,
                "redirect_uris": list(client.redirect_uris),
                "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
                "scope": list(SCOPES),
            }
            for client in clients_of(layout, platform, secrets, places)
        ],
    }


def _absent(absent: Absent) -> Mapping[str, list[str]]:
    return {
        "clients": [site_client_id(tenant) for tenant in absent.tenants],
        "groups": [group_name(tenant, role) for tenant in absent.tenants for role in Role],
        "people": list(absent.people),
    }


def _groups(platform: Platform) -> Mapping[str, tuple[str, ...]]:
    groups = {OPERATOR_GROUP: tuple(person.user_name for person in platform.people if person.operator)}
    for tenant in platform.tenants:
        for role in Role:
            groups[group_name(tenant.id, role)] = tuple(
                person.user_name for person in platform.people if person.memberships.get(tenant.id) is role
            )
    return groups
