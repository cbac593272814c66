"""A tenant in the chat: a model preset for its members alone, with its house style, and gone with the tenant."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Self

from presswerk.declaration import Feature, HouseStyle, Platform, Role, Tenant, group_name, parse_groups
from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.model import Grant, ModelRecord
from presswerk.openwebui.provision import ChatChange

_MARK = "presswerk"
_MARKED = "house-style"
_START_PAGE = {
    "en": (
        "Writes articles for {name}. Ask for one, then press Publish below the answer.",
        (
            (("Write an article", "about a topic you choose"), "Write an article for {name} about "),
            (("Turn notes into an article", "paste them below"), "Write an article from these notes:\n\n"),
            (("Suggest five headlines", "for an article"), "Suggest five headlines for an article about "),
            (("Improve a text", "without changing what it says"), "Improve this text without changing it:\n\n"),
        ),
    ),
    "de": (
        "Schreibt Artikel für {name}. Bitten Sie um einen und drücken Sie dann unter der Antwort auf Publish.",
        (
            (("Einen Artikel schreiben", "über ein Thema Ihrer Wahl"), "Schreibe einen Artikel für {name} über "),
            (
                ("Aus Notizen einen Artikel machen", "fügen Sie sie ein"),
                "Schreibe aus diesen Notizen einen Artikel:\n\n",
            ),
            (
                ("Fünf Überschriften vorschlagen", "für einen Artikel"),
                "Schlage fünf Überschriften vor für einen Artikel über ",
            ),
            (
                ("Einen Text verbessern", "ohne seine Aussage zu ändern"),
                "Verbessere diesen Text, ohne seine Aussage zu ändern:\n\n",
            ),
        ),
    ),
}


@dataclass(frozen=True)
class Preset:
    """What a tenant's members find among the models.

    Attributes:
        id: Of the model, such as `tenant-acme`.
        name: As people read it.
        base_model: The endpoint's model it stands on.
        prompt: The system prompt.
        groups: Names of the groups that may use it.
    """

    id: str
    name: str
    base_model: str
    prompt: str
    groups: tuple[str, ...]


def presets_of(platform: Platform, base_model: str) -> tuple[Preset, ...]:
    """The presets of a platform: one for each tenant, with its house style where its tier has it."""
    return tuple(preset_of(tenant, base_model, platform.allotment(tenant).features) for tenant in platform.tenants)


def preset_of(tenant: Tenant, base_model: str, features: Collection[Feature]) -> Preset:
    """The preset of a tenant."""
    style = tenant.house_style if Feature.HOUSE_STYLE in features else HouseStyle()
    return Preset(
        id=_preset_id(tenant.id),
        name=tenant.name,
        base_model=base_model,
        prompt=house_style_prompt(tenant, style),
        groups=tuple(group_name(tenant.id, role) for role in Role),
    )


def _preset_id(tenant_id: str) -> str:
    return f"tenant-{tenant_id}"


def house_style_prompt(tenant: Tenant, style: HouseStyle) -> str:
    """What a model is told before anybody asks it anything."""
    lines = [
        f"You write articles for {tenant.name}.",
        f"Write in the language with the tag {tenant.language}, whatever language you are asked in.",
    ]
    if style.voice:
        lines.append(f"Voice: {style.voice}")
    if style.audience:
        lines.append(f"Readers: {style.audience}")
    if style.forbidden_words:
        lines.append(f"Never use these words: {', '.join(style.forbidden_words)}.")
    lines.append("Write Markdown that begins with one first-level heading: the article's title.")
    return "\n".join(lines)


@dataclass(frozen=True)
class Stored:
    """What Open WebUI has now; kept up to date by whoever changes it through here.

    Attributes:
        records: Presets and models by id.
        groups: Ids of groups by name.
    """

    records: dict[str, ModelRecord]
    groups: dict[str, str]

    @classmethod
    def read(cls, client: OpenWebUIClient) -> Self:
        """Ask, with two requests.

        Raises:
            OpenWebUIError: Open WebUI refused or did not answer.
        """
        records = {record.id: record for record in client.model_records()}
        return cls(records, {group.name: group.id for group in client.groups()})

    def presets(self) -> tuple[str, ...]:
        """The ids of the presets of ours."""
        return tuple(each.id for each in self.records.values() if each.meta.get(_MARK) == _MARKED)


def provision_presets(client: OpenWebUIClient, platform: Platform, base_model: str) -> tuple[ChatChange, ...]:
    """Bring presets and tenants' groups to the declared state; a second run changes nothing.

    Only presets and groups of ours are touched; what somebody added to a preset of ours, such as a picture, stays.

    Args:
        client: Signed in as an administrator.
        platform: The tenants.
        base_model: What presets stand on.

    Raises:
        OpenWebUIError: Open WebUI refused or did not answer; run it again.
    """
    wanted, stored = presets_of(platform, base_model), Stored.read(client)
    ids, tenants = {preset.id for preset in wanted}, {tenant.id for tenant in platform.tenants}
    nobodys = [name for name in stored.groups if not parse_groups([name]).keys() <= tenants]
    return (
        *(provision_preset(client, preset, stored) for preset in wanted),
        *_remove(client, stored, [preset_id for preset_id in stored.presets() if preset_id not in ids], nobodys),
    )


def provision_preset(client: OpenWebUIClient, preset: Preset, stored: Stored) -> ChatChange:
    """Bring one preset to what it shall be; a second time changes nothing.

    Raises:
        OpenWebUIError: Open WebUI refused or did not answer; read what is stored again.
    """
    what, found = f"house style {preset.id}", stored.records.get(preset.id)
    record = _record(preset, found, frozenset(_grants(client, preset, stored.groups)))
    if record == found:
        return ChatChange(what, "unchanged")
    if found is None:
        client.create_model(record)
    else:
        client.update_model(record)
    stored.records[preset.id] = record
    return ChatChange(what, "created" if found is None else "updated")


def remove_presets(client: OpenWebUIClient, tenant_id: str, stored: Stored) -> tuple[ChatChange, ...]:
    """Remove a tenant's preset, if there is one, and its groups.

    Raises:
        OpenWebUIError: Open WebUI refused or did not answer; read what is stored again.
    """
    presets = [preset_id for preset_id in stored.presets() if preset_id == _preset_id(tenant_id)]
    groups = [name for name in stored.groups if tenant_id in parse_groups([name])]
    return tuple(_remove(client, stored, presets, groups))


def _record(preset: Preset, stored: ModelRecord | None, grants: frozenset[Grant]) -> ModelRecord:
    params: Mapping[str, object] = {} if stored is None else stored.params
    meta: Mapping[str, object] = {} if stored is None else stored.meta
    return ModelRecord(
        id=preset.id,
        name=preset.name,
        base_model_id=preset.base_model,
        params={**params, "system": preset.prompt},
        meta={**meta, **_greeting("en", preset), "i18n": {"de": _greeting("de", preset)}, _MARK: _MARKED},
        grants=grants,
        is_active=True,
    )


def _greeting(language: Literal["en", "de"], preset: Preset) -> dict[str, object]:
    """What the chat's start page says below the preset's name, and what it suggests to begin with."""
    described, suggestions = _START_PAGE[language]
    return {
        "description": described.format(name=preset.name),
        "suggestion_prompts": [
            {"title": list(title), "content": content.format(name=preset.name)} for title, content in suggestions
        ],
    }


def _grants(client: OpenWebUIClient, preset: Preset, groups: dict[str, str]) -> Iterator[Grant]:
    """The groups' grants; a group nobody has signed in with yet is made, and filled by the identity provider later."""
    for name in preset.groups:
        if name not in groups:
            groups[name] = client.create_group(name, description=f"Members of {preset.name}.").id
        yield Grant(principal_type="group", principal_id=groups[name], permission="read")


def _remove(
    client: OpenWebUIClient, stored: Stored, presets: Iterable[str], groups: Iterable[str]
) -> Iterator[ChatChange]:
    for preset_id in presets:
        client.delete_model(preset_id)
        del stored.records[preset_id]
        yield ChatChange(f"house style {preset_id}", "removed")
    for name in groups:
        client.delete_group(stored.groups.pop(name))
        yield ChatChange(f"group {name}", "removed")
