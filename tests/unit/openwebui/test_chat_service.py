"""Open WebUI's settings, its service and its pinned environment."""

import re
from pathlib import Path

import pytest

from presswerk.runtimes.local import chat
from presswerk.runtimes.local.chat import chat_service
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.service import Service

LOCKS = Path(chat.__file__).parent / "locks"
SECRETS = {
    "secret_key": "secret-key-value",
    "admin_password": "admin-password-value",
    "client_secret": "client-secret-value",
    "ai_key": "api-key-value",
}


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return chat_service(
        Layout(state=tmp_path, ports=Ports(chat=18080, identity=19000)),
        admin_email="platform@example.org",
        ai_url="http://127.0.0.1:18090/v1",
        default_model="stand-in",
        python=Path("/environment/bin/python"),
        secret_key=SECRETS["secret_key"],
        admin_password=SECRETS["admin_password"],
        client_secret=SECRETS["client_secret"],
        ai_key=SECRETS["ai_key"],
    )


def test_secrets_stand_in_the_environment_and_nowhere_else(service: Service) -> None:
    for secret in SECRETS.values():
        assert secret in service.environment.values()
        assert secret not in repr(service)
        assert secret not in " ".join(service.command)


def test_it_listens_on_loopback_only(service: Service) -> None:
    command = ("/environment/bin/open-webui", "serve", "--host", "127.0.0.1", "--port", "18080")

    assert service.command == command


def test_it_is_ready_when_its_database_is(service: Service) -> None:
    assert service.health_url == "http://127.0.0.1:18080/ready"


def test_the_provider_is_discovered_and_sends_people_back(service: Service) -> None:
    discovery = "http://localhost:19000/.well-known/openid-configuration"

    assert service.environment["OPENID_PROVIDER_URL"] == discovery
    assert service.environment["OPENID_REDIRECT_URI"] == "http://localhost:18080/oauth/oidc/callback"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("USE_SLIM_DOCKER", "true"),
        ("OFFLINE_MODE", "true"),
        ("ENABLE_PERSISTENT_CONFIG", "false"),
        ("ENABLE_PIP_INSTALL_FRONTMATTER_REQUIREMENTS", "false"),
        ("ENABLE_SIGNUP", "false"),
        ("ENABLE_LOGIN_FORM", "false"),
        ("ENABLE_OAUTH_ROLE_MANAGEMENT", "false"),
        ("OAUTH_MERGE_ACCOUNTS_BY_EMAIL", "false"),
        ("ENABLE_OAUTH_ID_TOKEN_COOKIE", "false"),
        ("OAUTH_CODE_CHALLENGE_METHOD", "S256"),
        ("DEFAULT_USER_ROLE", "user"),
    ],
)
def test_what_safety_rests_on_is_set(service: Service, setting: str, value: str) -> None:
    assert service.environment[setting] == value


def pins(text: str) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;#\\]+)", text, re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in found}


def test_the_lock_holds_what_was_asked_for() -> None:
    asked = pins((LOCKS / "open-webui.in").read_text())
    locked = pins((LOCKS / "open-webui.txt").read_text())

    assert asked["open-webui"] == "0.12.4"
    assert {name: locked.get(name) for name in asked} == asked


def test_every_locked_package_has_hashes_and_none_names_a_host() -> None:
    text = (LOCKS / "open-webui.txt").read_text()
    blocks = re.split(r"\n(?=\S)", text.strip())

    assert len(blocks) > 150
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in text
