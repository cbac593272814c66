"""A tenant's house style in the chat: a model preset for its members alone, and gone with the tenant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.model import Grant, ModelRecord
from presswerk.openwebui.provision import Change
from presswerk.spec import Feature, Platform, Role, Tenant, group_name, parse_groups

_MARK = "presswerk"
_MARKED = "house-style"


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
    """The presets of a platform: one for each tenant with the feature `house-style`."""
    return tuple(
        Preset(
            id=f"tenant-{tenant.id}",
            name=tenant.name,
            base_model=base_model,
            prompt=house_style_prompt(tenant),
            groups=tuple(group_name(tenant.id, role) for role in Role),
        )
        for tenant in platform.tenants
        if Feature.HOUSE_STYLE in platform.allotment(tenant).features
    )


def house_style_prompt(tenant: Tenant) -> str:
    """What a model is told before anybody asks it anything."""
    style = tenant.house_style
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


def provision_presets(client: OpenWebUIClient, platform: Platform, base_model: str) -> tuple[Change, ...]:
    """Bring presets and tenants' groups to the declared state; a second run changes nothing.

    Only presets and groups of ours are touched; what somebody added to a preset of ours, such as a picture, stays.

    Args:
        client: Signed in as an administrator.
        platform: The tenants.
        base_model: What presets stand on.

    Raises:
        OpenWebUIError: Open WebUI refused or did not answer; run it again.
    """
    wanted = presets_of(platform, base_model)
    stored = {record.id: record for record in client.model_records()}
    groups = {group.name: group.id for group in client.groups()}
    return (
        *(_preset(client, preset, stored.get(preset.id), groups) for preset in wanted),
        *_without_tenant(client, platform, {preset.id for preset in wanted}, stored, groups),
    )


def _preset(client: OpenWebUIClient, preset: Preset, stored: ModelRecord | None, groups: dict[str, str]) -> Change:
    what = f"house style {preset.id}"
    record = _record(preset, stored, frozenset(_grants(client, preset, groups)))
    if stored is None:
        client.create_model(record)
        return Change(what, "created")
    if record == stored:
        return Change(what, "unchanged")
    client.update_model(record)
    return Change(what, "updated")


def _record(preset: Preset, stored: ModelRecord | None, grants: frozenset[Grant]) -> ModelRecord:
    params: Mapping[str, object] = {} if stored is None else stored.params
    meta: Mapping[str, object] = {} if stored is None else stored.meta
    description = f"Writes in the house style of {preset.name}."
    return ModelRecord(
        id=preset.id,
        name=preset.name,
        base_model_id=preset.base_model,
        params={**params, "system": preset.prompt},
        meta={**meta, "description": description, _MARK: _MARKED},
        grants=grants,
        is_active=True,
    )


def _grants(client: OpenWebUIClient, preset: Preset, groups: dict[str, str]) -> Iterator[Grant]:
    """The groups' grants; a group nobody has signed in with yet is made, and filled by the identity provider later."""
    for name in preset.groups:
        if name not in groups:
            groups[name] = client.create_group(name, description=f"Members of {preset.name}.").id
        yield Grant(principal_type="group", principal_id=groups[name], permission="read")


def _without_tenant(
    client: OpenWebUIClient,
    platform: Platform,
    wanted: set[str],
    stored: Mapping[str, ModelRecord],
    groups: Mapping[str, str],
) -> Iterator[Change]:
    for record in stored.values():
        if record.meta.get(_MARK) == _MARKED and record.id not in wanted:
            client.delete_model(record.id)
            yield Change(f"house style {record.id}", "removed")
    for name, group_id in groups.items():
        if any(platform.tenant(tenant) is None for tenant in parse_groups([name])):
            client.delete_group(group_id)
            yield Change(f"group {name}", "removed")
