"""What Presswerk needs inside Open WebUI: the Publish action for everybody, and models that authors may use."""

import dataclasses
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.model import Grant, ModelRecord

FUNCTION_ID = "presswerk_publish"
FUNCTION_NAME = "Publish"
FUNCTION_DESCRIPTION = "Sends this answer to a site of yours, as a draft of real blocks."

_TEXTS = re.compile(r"^(TEXTS: .* = )json\.loads\(.*$", re.MULTILINE)

EVERYBODY = Grant(principal_type="user", principal_id="*", permission="read")


Outcome = Literal["created", "updated", "removed", "unchanged"]


@dataclass(frozen=True)
class ChatChange:
    """One thing looked at: what it is and what had to be done about it."""

    what: str
    outcome: Outcome


def provision(
    client: OpenWebUIClient, hub_url: str, *, models: Collection[str] | None = None, hide_models: bool = False
) -> tuple[ChatChange, ...]:
    """Bring Open WebUI to the declared state; a second run changes nothing, and nothing of others is touched.

    Args:
        client: Signed in as an administrator.
        hub_url: Where the hub answers, as Open WebUI's process reaches it.
        models: Base models every author may use; all the AI endpoint offers when None.
        hide_models: Whether they are left out of the list to choose from, because each tenant has a preset of its own;
            what an administrator shows again stays shown.

    Raises:
        OpenWebUIError: Open WebUI refused or did not answer; run it again.
    """
    opened = client.base_models() if models is None else models
    stored = {record.id: record for record in client.model_records()}
    return (
        *_function(client),
        ChatChange(f"valve {FUNCTION_ID}.hub_url", _hub_url(client, hub_url)),
        *(
            ChatChange(f"model {model} for everybody", _model(client, model, stored.get(model), hide=hide_models))
            for model in sorted(set(opened))
        ),
    )


def publish_source() -> str:
    """The Action's source text, with what people read in it as Open WebUI needs it: in the one text."""
    functions = resources.files("presswerk.openwebui.functions")
    texts = json.loads(functions.joinpath("publish_texts.json").read_text(encoding="utf-8"))
    source = functions.joinpath("publish.py").read_text(encoding="utf-8")
    return _TEXTS.sub(lambda line: f"{line[1]}{texts!r}", source, count=1)


def _function(client: OpenWebUIClient) -> Iterator[ChatChange]:
    stored, source = client.function(FUNCTION_ID), publish_source()
    outcome: Outcome = "unchanged"
    if stored is None:
        client.create_function(FUNCTION_ID, name=FUNCTION_NAME, description=FUNCTION_DESCRIPTION, content=source)
        outcome = "created"
    elif (stored.name, stored.description, stored.content) != (FUNCTION_NAME, FUNCTION_DESCRIPTION, source):
        client.update_function(FUNCTION_ID, name=FUNCTION_NAME, description=FUNCTION_DESCRIPTION, content=source)
        outcome = "updated"
    yield ChatChange(f"function {FUNCTION_ID}", outcome)
    yield _switched(client, "active", "toggle", is_on=stored is not None and stored.is_active)
    yield _switched(client, "for all models", "toggle/global", is_on=stored is not None and stored.is_global)


def _switched(
    client: OpenWebUIClient, what: str, switch: Literal["toggle", "toggle/global"], *, is_on: bool
) -> ChatChange:
    if not is_on:
        client.flip_function(FUNCTION_ID, switch)
    return ChatChange(f"function {FUNCTION_ID} {what}", "unchanged" if is_on else "updated")


def _hub_url(client: OpenWebUIClient, hub_url: str) -> Outcome:
    wanted = {"hub_url": hub_url}
    if client.valves(FUNCTION_ID) == wanted:
        return "unchanged"
    client.set_valves(FUNCTION_ID, wanted)
    return "updated"


def _model(client: OpenWebUIClient, model_id: str, stored: ModelRecord | None, *, hide: bool) -> Outcome:
    grants = frozenset({EVERYBODY}) if stored is None else stored.grants | {EVERYBODY}
    to_hide = hide and (stored is None or "hidden" not in stored.meta)
    if stored is not None and stored.grants == grants and not to_hide:
        return "unchanged"
    client.grant_model(model_id, grants)
    if to_hide:
        record = next(each for each in client.model_records() if each.id == model_id)
        client.update_model(dataclasses.replace(record, meta={**record.meta, "hidden": True}))
    return "created" if stored is None else "updated"
