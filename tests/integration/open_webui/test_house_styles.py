"""Tenants' house styles in the real Open WebUI: whose they are, what the model is told, and that they go."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from presswerk.declaration import Feature, HouseStyle, Platform, Tenant, TierName, demo_platform
from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.model import ModelRecord
from presswerk.openwebui.presets import house_style_prompt, provision_presets
from presswerk.openwebui.provision import provision
from presswerk.openwebui.session import PersonSession, sign_in
from presswerk.operations.external_services import OpenWebUIChat
from presswerk.runtimes.cluster.operator.outcome import ServiceError
from tests.integration.open_webui.conftest import OpenWebUI
from tests.support.ai_double import MODEL, AiDouble
from tests.support.chat import Chat, changed
from tests.support.identity import Identity
from tests.support.process import free_port

pytestmark = pytest.mark.integration

STYLE = HouseStyle(voice="Short sentences.", audience="Bakers", forbidden_words=("revolutionary",))
ACME = Tenant(id="acme", name="Acme News", tier=TierName.PRO, house_style=STYLE)
NORDLICHT = Tenant(id="nordlicht", name="Verlag Nordlicht", tier=TierName.ENTERPRISE, language="de")
PLATFORM = demo_platform().model_copy(update={"tenants": (ACME, NORDLICHT)})


@dataclass(frozen=True)
class House:
    """Open WebUI with single sign-on, and an administrator of it."""

    chat: Chat
    identity: Identity
    ai: AiDouble
    administrator: OpenWebUIClient

    def person(self, user_name: str) -> PersonSession:
        """Somebody who has just signed in."""
        return PersonSession(self.chat.url, sign_in(self.chat.url, self.identity.login(user_name)))

    def apply(self, platform: Platform) -> list[str]:
        """Provision, and tell what was changed."""
        changes = provision_presets(self.administrator, platform, MODEL)
        return [f"{change.what}: {change.outcome}" for change in changes if change.outcome != "unchanged"]

    def preset(self, model_id: str) -> ModelRecord | None:
        """A stored preset."""
        return next((record for record in self.administrator.model_records() if record.id == model_id), None)


@pytest.fixture(scope="module")
def house(open_webui: OpenWebUI, administrator: OpenWebUIClient) -> Iterator[House]:
    provision(administrator, open_webui.identity.layout.hub_url)
    house = House(open_webui.chat, open_webui.identity, open_webui.ai, administrator)
    yield house
    house.apply(PLATFORM.model_copy(update={"tenants": ()}))


@pytest.fixture(autouse=True)
def as_declared(house: House) -> None:
    house.apply(PLATFORM)


def test_a_second_time_changes_nothing(house: House) -> None:
    assert house.apply(PLATFORM) == []


def test_members_find_their_tenants_preset_and_nobody_elses(house: House) -> None:
    seen = {}
    for name in ("acme-author", "nordlicht-editor", "frida"):
        with house.person(name) as person:
            seen[name] = {model for model in person.models() if model.startswith("tenant-")}

    assert seen == {
        "acme-author": {"tenant-acme"},
        "nordlicht-editor": {"tenant-nordlicht"},
        "frida": {"tenant-acme", "tenant-nordlicht"},
    }


def test_the_model_is_told_the_house_style(house: House) -> None:
    house.ai.prompts.clear()

    with house.person("acme-author") as anna:
        anna.ask("Write about bread.", model="tenant-acme")

    told = house.ai.prompts[0][0]
    assert told == {"role": "system", "content": house_style_prompt(ACME, STYLE)}


def test_a_changed_style_is_brought_there_and_what_an_administrator_added_stays(house: House) -> None:
    preset = house.preset("tenant-acme")
    assert preset is not None
    with_picture = dataclasses.replace(preset, meta={**preset.meta, "profile_image_url": "/static/favicon.png"})
    house.administrator.update_model(with_picture)
    style = STYLE.model_copy(update={"voice": "Long sentences."})
    changed = PLATFORM.model_copy(
        update={"tenants": (ACME.model_copy(update={"house_style": style}), NORDLICHT)},
    )

    assert house.apply(changed) == ["house style tenant-acme: updated"]

    preset = house.preset("tenant-acme")
    assert preset is not None
    assert "Voice: Long sentences." in str(preset.params["system"])
    assert preset.meta["profile_image_url"] == "/static/favicon.png"


def test_a_preset_somebody_opened_to_all_is_closed_again(house: House) -> None:
    preset = house.preset("tenant-acme")
    assert preset is not None
    house.administrator.grant_model("tenant-acme", [])

    assert house.apply(PLATFORM) == ["house style tenant-acme: updated"]
    assert house.preset("tenant-acme") == preset


def test_with_the_tenant_go_its_preset_and_its_groups(house: House) -> None:
    without = PLATFORM.model_copy(update={"tenants": (ACME,)})

    removed = house.apply(without)

    assert "house style tenant-nordlicht: removed" in removed
    assert {line for line in removed if line.startswith("group ")} == {
        f"group tenant-nordlicht-{role}: removed" for role in ("admin", "editor", "author")
    }
    assert not any("nordlicht" in group.name for group in house.administrator.groups())
    assert house.apply(without) == []


def test_a_tier_without_the_feature_has_a_preset_without_its_style(house: House) -> None:
    free = Tenant(id="acme", name="Acme News", house_style=STYLE)
    assert Feature.HOUSE_STYLE not in PLATFORM.allotment(free).features

    house.apply(PLATFORM.model_copy(update={"tenants": (free, NORDLICHT)}))

    preset = house.preset("tenant-acme")
    assert preset is not None
    assert "You write articles for Acme News." in str(preset.params["system"])
    assert "Voice:" not in str(preset.params["system"])


def test_the_start_page_greets_with_the_tenants_name_and_suggests_articles_in_both_languages(house: House) -> None:
    preset = house.preset("tenant-nordlicht")

    assert preset is not None
    assert preset.name == "Verlag Nordlicht"
    meta: Any = preset.meta
    assert "Writes articles for Verlag Nordlicht." in meta["description"]
    assert "Schreibt Artikel für Verlag Nordlicht." in meta["i18n"]["de"]["description"]
    assert meta["suggestion_prompts"][0]["content"].startswith("Write an article for Verlag Nordlicht")
    assert meta["i18n"]["de"]["suggestion_prompts"][0]["content"].startswith("Schreibe einen Artikel")


def test_base_models_leave_the_list_and_stay_where_an_administrator_shows_them_again(house: House) -> None:
    def hidden() -> object:
        return next(each for each in house.administrator.model_records() if each.id == MODEL).meta.get("hidden")

    hub = "http://127.0.0.1:9"
    record = next(each for each in house.administrator.model_records() if each.id == MODEL)
    try:
        provision(house.administrator, hub, hide_models=True)
        assert hidden() is True
        assert not changed(provision(house.administrator, hub, hide_models=True))
        with house.person("acme-author") as anna:
            assert anna.ask("Write about bread.", model="tenant-acme").content
        house.administrator.update_model(dataclasses.replace(record, meta={**record.meta, "hidden": False}))
        provision(house.administrator, hub, hide_models=True)
        assert hidden() is False
    finally:
        house.administrator.update_model(record)


def test_a_preset_of_somebody_else_is_left_alone(house: House) -> None:
    own = ModelRecord("tenant-of-mine", "Mine", MODEL, {"system": "Be brief."}, {}, frozenset(), is_active=True)
    house.administrator.create_model(own)

    assert house.apply(PLATFORM) == []
    assert house.preset("tenant-of-mine") is not None
    house.administrator.delete_model("tenant-of-mine")


def test_a_clusters_operator_brings_one_tenants_preset_there_and_takes_it_away(house: House) -> None:
    chat = OpenWebUIChat(house.chat.url, house.chat.admin_email, house.chat.admin_password, MODEL)
    plain = PLATFORM.allotment(Tenant(id="any", name="Any"))
    bakery = Tenant(id="bakery", name="Bakery", tier=TierName.PRO, house_style=STYLE)
    groups = {group.name for group in house.administrator.groups()}

    chat.ensure(bakery, PLATFORM.allotment(bakery))
    made = house.preset("tenant-bakery")
    chat.ensure(bakery, plain)
    plainly = house.preset("tenant-bakery")
    chat.ensure(bakery, PLATFORM.allotment(bakery))
    chat.remove("bakery")
    chat.remove("bakery")

    assert made is not None
    assert "Voice: Short sentences." in str(made.params["system"])
    assert plainly is not None
    assert "Voice:" not in str(plainly.params["system"])
    assert house.preset("tenant-bakery") is None
    assert {group.name for group in house.administrator.groups()} == groups
    assert house.preset("tenant-acme") is not None


def test_an_open_webui_that_does_not_answer_or_refuses_is_said(house: House) -> None:
    nobody = OpenWebUIChat(f"http://127.0.0.1:{free_port()}", house.chat.admin_email, "any", MODEL)
    wrong = OpenWebUIChat(house.chat.url, house.chat.admin_email, "not the password", MODEL)

    with pytest.raises(ServiceError, match="no answer") as silent:
        nobody.remove("bakery")
    with pytest.raises(ServiceError) as refused:
        wrong.remove("bakery")

    assert (silent.value.reason, refused.value.reason) == ("ChatUnavailable", "ChatRefused")
    assert "not the password" not in str(refused.value)
