"""Debian's LemonLDAP::NG as an identity provider: a product of its own, in Perl, with people in a file."""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from presswerk.declaration import GroupsFrom
from presswerk.identity import ClientCredentials
from presswerk.runtimes.local.layout import Ports
from tests.support.process import NO_AUTHORITIES, free_port
from tests.support.providers import (
    AUDIENCES,
    COLUMNS,
    HUB,
    LOGGED_OUT,
    PEOPLE,
    REDIRECT_URI,
    SITE,
    IdentityProvider,
    SiteAddresses,
    form_of,
    running_canaille,
    running_oidc_provider,
)
from tests.support.waiting import until

_PORTAL = "Lemonldap::NG::Portal::Issuer::OpenIDConnect"
_RP = "oidcRPMetaDataOptions"
_MAX_PAGES = 12
_APP = Path(__file__).with_name("lemonldap.psgi")
_INI = """\
[all]
logLevel = error
checkTime = 1
[configuration]
type = File
dirName = {directory}/conf
[portal]
templateDir = /usr/share/lemonldap-ng/portal/templates
staticPrefix = /static
languages = en
"""


def lemonldap_missing() -> str | None:
    """Why it cannot run here; None if it can. `scripts/setup.sh test` installs it."""
    if shutil.which("plackup") is None:
        return "LemonLDAP::NG is not installed: apt-get install liblemonldap-ng-portal-perl"
    found = subprocess.run(["perl", f"-M{_PORTAL}", "-e", "1"], capture_output=True, check=False)
    return None if found.returncode == 0 else "LemonLDAP::NG is not installed: liblemonldap-ng-portal-perl"


@dataclass
class LemonLdap:
    """A running portal.

    It keeps what it read of a person with their session, and says that in userinfo until the session ends. So whoever
    changes a person's groups there ends their sessions (its manager's "Sessions"), as is done here.
    """

    issuer: str
    hub: ClientCredentials
    redirect_uri: str
    directory: Path
    secrets: Mapping[str, str] = field(repr=False)
    groups_from: GroupsFrom = GroupsFrom.USERINFO
    logged_out: str = LOGGED_OUT
    people: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(PEOPLE))

    def secret(self, client_id: str) -> str:
        """A client's secret."""
        return self.secrets[client_id]

    def redirect_of(self, client_id: str) -> str:
        """Where a client's people are sent back to."""
        assert client_id in self.secrets
        return self.redirect_uri

    def sign_in(self, browser: httpx.Client, address: str, user_name: str) -> str:
        """Sign somebody in at the portal's page."""
        back = httpx.URL(address).params["redirect_uri"]
        answer = browser.get(address, follow_redirects=False)
        for _ in range(_MAX_PAGES):
            if answer.is_redirect:
                target = str(answer.url.join(answer.headers["location"]))
                if target.startswith(back):
                    return target
                answer = browser.get(target, follow_redirects=False)
                continue
            fields = form_of(answer)
            assert "user" in fields, answer.text
            # The demonstration backend takes everybody's name as their password.
            filled = {**fields, "user": user_name, "password": user_name}
            answer = browser.post(address, data=filled, follow_redirects=False)
        raise AssertionError(f"no way back from the portal: {answer.url}")

    def sign_out(self, browser: httpx.Client, address: str) -> str:
        """Sign out at the portal; where the browser is sent back to."""
        answer = browser.get(address, follow_redirects=False)
        while True:
            assert answer.is_redirect, answer.text
            target = str(answer.url.join(answer.headers["location"]))
            if not target.startswith(self.issuer):
                return target
            answer = browser.get(target, follow_redirects=False)

    def set_groups(self, user_name: str, groups: Sequence[str]) -> None:
        """Change somebody's groups, and end their sessions."""
        self.people[user_name] = tuple(groups)
        self._store(user_name)

    def delete(self, user_name: str) -> None:
        """Delete somebody, and end their sessions."""
        del self.people[user_name]
        self._store(user_name)

    def _store(self, changed: str | None = None) -> None:
        accounts = {
            name: {
                "uid": name,
                "cn": name.title(),
                "mail": f"{name}@example.org",
                **({"memberships": "; ".join(groups)} if groups else {}),
            }
            for name, groups in self.people.items()
        }
        file = self.directory / "people.json"
        new = file.with_suffix(".new")
        new.write_text(json.dumps(accounts), encoding="utf-8")
        new.replace(file)
        for session in (self.directory / "sessions").iterdir():
            if changed is not None and session.is_file() and f'"_user":"{changed}"' in session.read_text():
                session.unlink()


@contextlib.contextmanager
def running_lemonldap(
    directory: Path, *, redirect_uri: str = REDIRECT_URI, site: SiteAddresses | None = None
) -> Iterator[LemonLdap]:
    """The portal on a free port until the block ends; `site` is a real one, if there is one."""
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    made = {client_id: secrets.token_urlsafe(24) for client_id in (*AUDIENCES, SITE)}
    for name in ("conf", "sessions", "locks"):
        (directory / name).mkdir()
    (directory / "lemonldap-ng.ini").write_text(_INI.format(directory=directory), encoding="utf-8")
    configuration = json.dumps(_configuration(directory, issuer, made, redirect_uri, site))
    (directory / "conf" / "lmConf-1.json").write_text(configuration, encoding="utf-8")
    provider = LemonLdap(issuer, ClientCredentials(HUB, made[HUB]), redirect_uri, directory, made)
    provider._store()
    with (directory / "portal.log").open("wb") as log:
        process = subprocess.Popen(
            ["plackup", "--server", "HTTP::Server::PSGI", "--host", "127.0.0.1", "--port", str(port), str(_APP)],
            env={
                **os.environ,
                "PLACK_ENV": "deployment",
                "LLNG_DEFAULTCONFFILE": str(directory / "lemonldap-ng.ini"),
                "LLNG_TEST_PEOPLE": str(directory / "people.json"),
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _await_ready(process, issuer, directory / "portal.log")
        yield provider
    finally:
        process.terminate()
        process.wait(timeout=60)


def running_provider(
    name: str, directory: Path, *, site: SiteAddresses | None = None, ports: Ports | None = None
) -> contextlib.AbstractContextManager[IdentityProvider]:
    """One of `PROVIDERS`, until the block ends; a provider that cannot run here is a skip with its reason.

    Args:
        name: Which.
        directory: For its state.
        site: A real site that trusts it, with the `ports` it was made with.
    """
    if name == "canaille":
        return running_canaille(directory, ports=ports)
    if name == "lemonldap":
        if (missing := lemonldap_missing()) is not None:
            pytest.skip(missing)
        return running_lemonldap(directory, site=site)
    return running_oidc_provider(COLUMNS[name], site=site)


def _await_ready(process: "subprocess.Popen[bytes]", issuer: str, log: Path) -> None:
    def ready() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            document = httpx.get(f"{issuer}/.well-known/openid-configuration", timeout=10, verify=NO_AUTHORITIES)
        except httpx.HTTPError:
            return False
        assert document.status_code == 200, document.text
        return True

    until(ready, log.read_text)


def _configuration(
    directory: Path, issuer: str, made: Mapping[str, str], redirect_uri: str, site: SiteAddresses | None
) -> Mapping[str, object]:
    key = RSAKey.generate_key(2048)
    options = {client_id: _options(client_id, made[client_id], redirect_uri) for client_id in made}
    if site is not None:
        options[SITE] |= {f"{_RP}RedirectUris": site.redirect_uri, f"{_RP}PostLogoutRedirectUris": site.logged_out}
    claims = {"name": "cn", "email": "mail", "groups": "memberships;string;always"}
    return {
        "cfgNum": 1,
        "cfgAuthor": "a test",
        "cfgDate": int(time.time()),
        "cfgVersion": "2.16.1",
        "key": secrets.token_urlsafe(24),
        "portal": f"{issuer}/",
        "domain": "127.0.0.1",
        "securedCookie": 0,
        "requireToken": 0,
        "authentication": "Demo",
        "userDB": "Same",
        "passwordDB": "Null",
        "registerDB": "Null",
        "captcha": "::Captcha::None",
        "exportedVars": {},
        "locationRules": {"127.0.0.1": {"default": "accept"}},
        "demoExportedVars": {name: name for name in ("uid", "cn", "mail", "memberships")},
        "globalStorage": "Apache::Session::File",
        "globalStorageOptions": {
            "Directory": str(directory / "sessions"),
            "LockDirectory": str(directory / "locks"),
            "generateModule": "Lemonldap::NG::Common::Apache::Session::Generate::SHA256",
        },
        # No cache of sessions: one that was deleted is gone.
        "localSessionStorage": "",
        "issuerDBOpenIDConnectActivation": 1,
        "issuerDBOpenIDConnectRule": 1,
        "issuerDBOpenIDConnectPath": "^/oauth2/",
        "oidcServiceMetaDataIssuer": issuer,
        "oidcServicePrivateKeySig": key.as_pem(private=True).decode(),
        "oidcServicePublicKeySig": key.as_pem(private=False).decode(),
        "oidcServiceKeyIdSig": "signs",
        "oidcRPMetaDataOptions": options,
        "oidcRPMetaDataExportedVars": dict.fromkeys(made, claims),
        "oidcRPMetaDataOptionsExtraClaims": {client_id: {"groups": "groups"} for client_id in made},
        "oidcRPMetaDataScopeRules": {},
        "oidcRPMetaDataMacros": {},
    }


def _options(client_id: str, secret: str, redirect_uri: str) -> dict[str, Any]:
    options = {
        "ClientID": client_id,
        "ClientSecret": secret,
        "RedirectUris": redirect_uri,
        "PostLogoutRedirectUris": LOGGED_OUT,
        "IDTokenSignAlg": "RS256",
        "BypassConsent": 1,
        "LogoutBypassConfirm": 1,
        "RefreshToken": 1,
        "UserIDAttr": "uid",
    }
    return {f"{_RP}{name}": value for name, value in options.items()}
