import pytest
from cryptography.fernet import Fernet

from presswerk.web.settings import SettingsError, load_settings

KEY = Fernet.generate_key().decode()
GOOD = {"PRESSWERK_ENCRYPTION_KEYS": KEY, "PRESSWERK_OIDC_ISSUER": "http://localhost:9000"}


def test_what_must_be_set_is_named_with_a_remedy() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({})
    first, second = caught.value.problems
    assert first.startswith("PRESSWERK_ENCRYPTION_KEYS: is not set; give")
    assert second.startswith("PRESSWERK_OIDC_ISSUER: is not set; give")


def test_defaults() -> None:
    settings = load_settings(GOOD)
    assert settings.hub_host == "127.0.0.1"
    assert settings.public_url == "http://localhost:8000"
    assert settings.oidc_audiences == ("presswerk-chat", "presswerk-hub", "presswerk-cli")
    assert settings.ai_is_stand_in
    assert not load_settings({**GOOD, "PRESSWERK_AI_API_KEY": "k"}).ai_is_stand_in


def test_lists_are_split_at_commas() -> None:
    settings = load_settings({**GOOD, "PRESSWERK_OIDC_AUDIENCES": "a, b,,c"})
    assert settings.oidc_audiences == ("a", "b", "c")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ENCRYPTION_KEYS", "not-a-key-but-secret"),
        ("OIDC_ISSUER", "localhost"),
        ("OIDC_AUDIENCES", " , "),
        ("DATABASE_URL", "mysql://user:secret@host/x"),
        ("DATABASE_URL", "secret"),
        ("HUB_PORT", "70000"),
        ("LOG_LEVEL", "LOUD"),
        ("EXECUTOR_ID", "no spaces"),
        ("RETRY_GIVE_UP_HOURS", "0"),
    ],
)
def test_a_wrong_value_is_named_and_not_shown(variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({**GOOD, f"PRESSWERK_{variable}": value})
    (problem,) = caught.value.problems
    assert problem.startswith(f"PRESSWERK_{variable}")
    assert "secret" not in problem.replace("secret_", "")


def test_secrets_are_not_in_the_repr() -> None:
    settings = load_settings(
        {**GOOD, "PRESSWERK_AI_API_KEY": "ai-secret", "PRESSWERK_DATABASE_URL": "postgresql://u:db-secret@h/n"}
    )
    assert KEY not in repr(settings)
    assert "ai-secret" not in repr(settings)
    assert "db-secret" not in repr(settings)
