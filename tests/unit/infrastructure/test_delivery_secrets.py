"""What is done about each key of the Secrets: nothing is replaced, what must be alike is, what cannot be is refused."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presswerk.declaration import Platform, load_platform
from presswerk.declaration.images import ContainerImages
from presswerk.errors import PresswerkError
from presswerk.infrastructure.delivery.secrets import SecretEntry, SecretValues, ValueSource, complete, planned, taken
from presswerk.runtimes.cluster.rendering.secrets import Fresh, Key, RequiredSecret, SecretPlace, required_secrets

EXAMPLE = Path(__file__).parents[3] / "examples" / "platform.yaml"
GIVEN = {
    "AUTHENTIK_POSTGRESQL__HOST": "pg.lan",
    "AUTHENTIK_POSTGRESQL__NAME": "authentik",
    "AUTHENTIK_POSTGRESQL__USER": "authentik",
    "AUTHENTIK_POSTGRESQL__PASSWORD": "aa11",
    "AUTHENTIK_BOOTSTRAP_EMAIL": "ops@press.example",
    "DATABASE_URL": "postgresql://chat:bb22@pg.lan:5432/chat",
    "REDIS_URL": "redis://presswerk:cc33@redis.lan:6379/0",
    "OPENAI_API_KEY": "dd44",
    "S3_ACCESS_KEY_ID": "ee55",
    "S3_SECRET_ACCESS_KEY": "ff66",
    "S3_ENDPOINT_URL": "https://s3.eu-central-3.ionoscloud.com",
    "S3_REGION_NAME": "eu-central-3",
    "S3_BUCKET_NAME": "press-media",
    "PRESSWERK_DATABASE_URL": "postgresql://hub:gg77@pg.lan:5432/hub?sslmode=require",
    "PRESSWERK_MARIADB_URL": "mysql://presswerk:hh88@mariadb.lan:3306",
    "IONOS_TOKEN": "ii99",
    "PRESSWERK_IONOS_DATACENTER_ID": "8a53",
    "PRESSWERK_IONOS_LAN_ID": "2",
    "PRESSWERK_IONOS_FIRST_ADDRESS": "10.7.222.128/24",
}


def platform(*, private: bool = False) -> Platform:
    found = load_platform(EXAMPLE.read_text(encoding="utf-8"), source=str(EXAMPLE))
    return found.model_copy(update={"images": ContainerImages(registry="registry.example/our", private=private)})


REQUIRED = required_secrets(platform())
PLACES = [SecretPlace(secret.namespace, secret.name, key.name) for secret in REQUIRED for key in secret.keys]


def _after(entries: tuple[SecretEntry, ...]) -> SecretValues:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for entry in entries:
        assert entry.value is not None, entry.place
        found.setdefault((entry.place.namespace, entry.place.secret), {})[entry.place.key] = entry.value
    return found


def test_everything_is_filled_as_a_delivery_wants_it() -> None:
    entries = planned(REQUIRED, {}, GIVEN)

    assert {entry.origin for entry in entries} == {ValueSource.FRESH, ValueSource.COPIED, ValueSource.GIVEN}
    assert "are there" in complete(platform(), _after(entries))


def test_what_somebody_gives_out_is_missing_until_it_is_given_and_only_once() -> None:
    entries = planned(REQUIRED, {}, {})

    assert {entry.key.name for entry in entries if entry.origin is ValueSource.MISSING} == set(GIVEN)
    assert [entry.value for entry in entries if entry.origin is ValueSource.MISSING] == [None] * len(GIVEN)


def _drawn() -> list[SecretEntry]:
    """Those whose values are secrets that nobody gave."""
    entries = planned(REQUIRED, {}, GIVEN)
    return [entry for entry in entries if entry.origin is ValueSource.FRESH and entry.key.fresh is not Fresh.NOBODY]


def test_every_fresh_value_is_another() -> None:
    drawn = [entry.value for _ in range(3) for entry in _drawn()]

    assert len(set(drawn)) == len(drawn)


def test_the_account_that_only_provisions_is_nobodys_unless_somebody_says_otherwise() -> None:
    for told in ({}, {"WEBUI_ADMIN_EMAIL": "robot@press.example"}):
        found = {entry.key.name: entry.value for entry in planned(REQUIRED, {}, {**GIVEN, **told})}
        expected = told.get("WEBUI_ADMIN_EMAIL", "presswerk@presswerk.invalid")
        assert found["WEBUI_ADMIN_EMAIL"] == found["PRESSWERK_CHAT_ADMIN_EMAIL"] == expected


@settings(max_examples=60)
@given(there=st.sets(st.sampled_from(PLACES)), written=st.integers(0, len(PLACES)))
def test_nothing_that_is_there_is_replaced_and_a_repeat_after_any_interruption_ends_alike(
    there: set[SecretPlace], written: int
) -> None:
    # A whole installation of before, of which somebody has lost all but `there`.
    before = _after(planned(REQUIRED, {}, GIVEN))
    kept: SecretValues = {
        name: {key: value for key, value in keys.items() if SecretPlace(*name, key) in there}
        for name, keys in before.items()
    }
    cut_off: dict[tuple[str, str], dict[str, str]] = {name: dict(keys) for name, keys in kept.items()}
    for entry in planned(REQUIRED, kept, GIVEN)[:written]:
        cut_off[entry.place.namespace, entry.place.secret][entry.place.key] = entry.value or ""

    after = _after(planned(REQUIRED, cut_off, GIVEN))

    for name, keys in cut_off.items():
        assert {key: after[name][key] for key in keys} == keys
    assert "are there" in complete(platform(), after)


def test_a_lost_source_is_what_its_copy_says() -> None:
    before = _after(planned(REQUIRED, {}, GIVEN))
    lost: Mapping[tuple[str, str], Mapping[str, str]] = {
        name: keys for name, keys in before.items() if name != ("authentik", "authentik")
    }

    after = _after(planned(REQUIRED, lost, GIVEN))

    (chat,) = [entry for entry in planned(REQUIRED, lost, GIVEN) if entry.key.name == "OAUTH_CLIENT_SECRET"]
    assert chat.key.same_as is not None
    assert (
        after["authentik", "authentik"][chat.key.same_as.key]
        == before["presswerk", "open-webui"]["OAUTH_CLIENT_SECRET"]
    )


def test_a_value_may_be_given_by_the_name_of_its_copy() -> None:
    given_by_copy = {**GIVEN, "PRESSWERK_AI_API_KEY": "dd44"}
    del given_by_copy["OPENAI_API_KEY"]

    assert "are there" in complete(platform(), _after(planned(REQUIRED, {}, given_by_copy)))


def _key(name: str, secrets: tuple[RequiredSecret, ...] = REQUIRED) -> Key:
    return next(key for secret in secrets for key in secret.keys if key.name == name and key.same_as is None)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DATABASE_URL", "postgresql://chat:PASSWORD@pg.lan:5432/chat", "still holds a word"),
        ("DATABASE_URL", "postgresql://chat:s3cret@HOST:5432/chat", "still holds a word"),
        ("DATABASE_URL", "postgresql://chat:password@pg.lan:5432/chat", "still holds a word"),
        ("PRESSWERK_MARIADB_URL", "mysql://administrator:s3cret@host:3306", "still holds a word"),
        ("DATABASE_URL", "postgres://chat:s3cret@pg.lan/chat", "has another form"),
        ("DATABASE_URL", "postgresql://pg.lan/chat", "has another form"),
        ("DATABASE_URL", "postgresql://chat:s3cret@pg.lan/chat\nmore", "has another form"),
        ("PRESSWERK_MARIADB_URL", "mysql://presswerk@mariadb.lan", "has another form"),
        ("REDIS_URL", "http://presswerk:s3cret@redis.lan", "has another form"),
        ("S3_ENDPOINT_URL", "s3.example.org", "has another form"),
        ("AUTHENTIK_BOOTSTRAP_EMAIL", "ops", "has another form"),
        ("S3_SECRET_ACCESS_KEY", "two words", "has a space or a line end within"),
        ("IONOS_TOKEN", " \n", "is empty"),
        ("IONOS_TOKEN", "...", "still holds a word"),
    ],
)
def test_what_cannot_be_a_value_is_refused_by_its_key_and_never_shown(name: str, value: str, told: str) -> None:
    with pytest.raises(PresswerkError) as refused:
        taken(_key(name), value)

    assert told in refused.value.problem
    assert name in refused.value.problem
    assert value.strip() == "" or value not in f"{refused.value.problem} {refused.value.remedy}"


def test_a_line_end_is_no_part_of_a_value() -> None:
    assert taken(_key("IONOS_TOKEN"), "ii99\r\n") == "ii99"


@pytest.mark.parametrize("value", ["pull:s3cret:with colon", '{"auths": {"registry.example": {"auth": "cHVsbDp4"}}}'])
def test_a_registrys_credentials_are_a_name_and_a_password_or_dockers_own_file(value: str) -> None:
    key = _key(".dockerconfigjson", required_secrets(platform(private=True)))

    auths = json.loads(taken(key, value))["auths"]

    shown = auths["registry.example"]
    assert shown in ({"username": "pull", "password": "s3cret:with colon"}, {"auth": "cHVsbDp4"})


@pytest.mark.parametrize("value", ["{no json}", '{"auths": []}', '{"registry.example": {"auth": "cHVsbDp4"}}'])
def test_what_is_no_file_of_credentials_is_refused(value: str) -> None:
    key = _key(".dockerconfigjson", required_secrets(platform(private=True)))

    with pytest.raises(PresswerkError, match="neither name:password nor Docker's file"):
        taken(key, value)


def test_no_value_is_in_what_is_shown_of_an_entry() -> None:
    drawn = _drawn()

    assert drawn
    assert [entry for entry in drawn if (entry.value or "") in repr(entry)] == []
