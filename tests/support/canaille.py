"""A real Canaille for the chat's tests: people, groups and Open WebUI's client."""

import html
import json
import re
import secrets
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from presswerk.openwebui.session import CALLBACK_PATH, ProviderLogin
from presswerk.runtimes.local.layout import default_cache
from presswerk.runtimes.local.service import Service
from tests.support.process import free_port, running

REQUIREMENT = "canaille[front,oidc,server,sqlite]==0.3.6"
CLIENT_ID = "presswerk-chat"
PEOPLE: Mapping[str, Sequence[str]] = {
    "anna": ("tenant-acme-author",),
    "emil": ("tenant-acme-author", "tenant-beta-editor"),
    "nora": (),
    "olga": ("presswerk-admin",),
}

SEED = """
import json, sys
from datetime import UTC, datetime
from canaille import create_app
from canaille.app import models
from canaille.backends import Backend

wanted = json.loads(sys.stdin.read())
with create_app().app_context(), Backend.instance.session():
    save = Backend.instance.save
    members = {}
    for name, groups in wanted["people"].items():
        person = models.User(user_name=name, formatted_name=f"{name.title()} Example", given_name=name.title(),
                             family_name="Example", emails=[f"{name}@example.org"], password=wanted["password"])
        save(person)
        for group in groups:
            members.setdefault(group, []).append(person)
    for group, people in members.items():
        save(models.Group(display_name=group, members=people))
    client = models.Client(
        client_id=wanted["client_id"], client_secret=wanted["client_secret"], client_name="Chat",
        client_uri=wanted["chat_url"], redirect_uris=[wanted["redirect_uri"]], post_logout_redirect_uris=[],
        grant_types=["authorization_code", "refresh_token"], response_types=["code"],
        scope=["openid", "profile", "email", "groups", "offline_access"],
        token_endpoint_auth_method="client_secret_basic", client_id_issued_at=datetime.now(UTC))
    save(client)
    client.audience = [client]
    save(client)
"""


@dataclass(frozen=True)
class Provider:
    """A running Canaille; every person has the same password."""

    issuer: str
    client_secret: str = field(repr=False)
    password: str = field(repr=False)

    def login(self, name: str) -> ProviderLogin:
        """Signs this person in through Canaille's own pages."""

        def sign_in(browser: httpx.Client, address: str) -> str:
            answer = browser.get(address, follow_redirects=False)
            for _ in range(15):
                if answer.is_redirect:
                    address = str(answer.url.join(answer.headers["location"]))
                    if httpx.URL(address).path == CALLBACK_PATH:
                        return address
                    answer = browser.get(address, follow_redirects=False)
                else:
                    answer = browser.post(answer.url, data=self._form(answer.text, name), follow_redirects=False)
            raise AssertionError(f"Canaille did not let {name} in; last at {answer.url}")

        return sign_in

    def _form(self, page: str, name: str) -> dict[str, str]:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        known = {"login": name, "password": self.password}
        filled = {field: value for field, value in known.items() if f'name="{field}"' in page}
        assert token is not None, "Canaille shows a page without a form"
        assert filled, "Canaille shows a form that is no sign-in"
        return {"csrf_token": html.unescape(token[1]), **filled}


@contextmanager
def provider_running(state: Path, *, chat_url: str) -> Iterator[Provider]:
    """Canaille with `PEOPLE` and Open WebUI's client, until the block ends."""
    state.mkdir(parents=True, exist_ok=True)
    port = free_port()
    provider = Provider(f"http://localhost:{port}", secrets.token_urlsafe(24), secrets.token_urlsafe(12))
    configuration = state / "canaille.toml"
    configuration.write_text(_configuration(port, state / "canaille.sqlite"))
    environment = {"CONFIG": str(configuration)}
    python = _python()
    command = str(python.parent / "canaille")
    subprocess.run([command, "install"], env=environment, cwd=state, check=True, capture_output=True)
    wanted = {
        "people": PEOPLE,
        "password": provider.password,
        "client_id": CLIENT_ID,
        "client_secret": provider.client_secret,
        "chat_url": chat_url,
        "redirect_uri": f"{chat_url}{CALLBACK_PATH}",
    }
    subprocess.run(
        [str(python), "-c", SEED],
        env=environment,
        cwd=state,
        check=True,
        input=json.dumps(wanted).encode(),
        capture_output=True,
    )
    service = Service(
        name="identity",
        command=(command, "run", "--bind", f"127.0.0.1:{port}"),
        directory=state,
        environment=environment,
        health_url=f"http://localhost:{port}/.well-known/openid-configuration",
    )
    with running(service, state / "canaille.log"):
        yield provider


def _configuration(port: int, database: Path) -> str:
    return f"""
SECRET_KEY = "{secrets.token_urlsafe(24)}"
SERVER_NAME = "localhost:{port}"
PREFERRED_URL_SCHEME = "http"
[CANAILLE]
DATABASE = "sql"
[CANAILLE_SQL]
DATABASE_URI = "sqlite:///{database}"
[CANAILLE_OIDC]
TRUSTED_DOMAINS = ["localhost"]
"""


def _python() -> Path:
    place = default_cache() / "environments" / "canaille-0.3.6-tests"
    python = place / "bin" / "python"
    if not (place / ".complete").exists():
        subprocess.run(["uv", "venv", "--quiet", "--clear", "--python", "3.11", str(place)], check=True)
        subprocess.run(["uv", "pip", "install", "--quiet", "--python", str(python), REQUIREMENT], check=True)
        (place / ".complete").touch()
    return python
