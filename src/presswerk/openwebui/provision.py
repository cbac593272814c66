"""What Presswerk needs inside Open WebUI: the Publish action for everybody, and models that authors may use."""

from collections.abc import Collection
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.model import Function, Grant, ModelRecord

FUNCTION_ID = "presswerk_publish"
FUNCTION_NAME = "Publish"
FUNCTION_DESCRIPTION = "Sends this answer to a site of yours, as a draft of real blocks."

EVERYBODY = Grant(principal_type="user", principal_id="*", permission="read")


@dataclass(frozen=True)
class Change:
    """One thing looked at: what it is and what had to be done about it."""

    what: str
    outcome: Literal["created", "updated", "removed", "unchanged"]


@dataclass(frozen=True)
class ProvisionReport:
    """All that was looked at, in order."""

    changes: tuple[Change, ...]

    @property
    def unchanged(self) -> bool:
        """Whether everything was as it should be already."""
        return all(change.outcome == "unchanged" for change in self.changes)


def provision(client: OpenWebUIClient, hub_url: str, *, models: Collection[str] | None = None) -> ProvisionReport:
    """Bring Open WebUI to the declared state; a second run changes nothing, and nothing of others is touched.

    Args:
        client: Signed in as an administrator.
        hub_url: Where the hub answers, as Open WebUI's process reaches it.
        models: Base models every author may use; all the AI endpoint offers when None.

    Raises:
        OpenWebUIError: Open WebUI refused or did not answer; run it again.
    """
    opened = client.base_models() if models is None else models
    stored = {record.id: record for record in client.model_records()}
    return ProvisionReport(
        (
            Change(f"function {FUNCTION_ID}", _function(client)),
            Change(f"valve {FUNCTION_ID}.hub_url", _hub_url(client, hub_url)),
            Change(f"function {FUNCTION_ID} active", _active(client)),
            Change(f"function {FUNCTION_ID} for all models", _global(client)),
            *(
                Change(f"model {model} for everybody", _model(client, model, stored.get(model)))
                for model in sorted(set(opened))
            ),
        )
    )


def publish_source() -> str:
    """The Action's source text."""
    return resources.files("presswerk.openwebui.functions").joinpath("publish.py").read_text(encoding="utf-8")


def _function(client: OpenWebUIClient) -> Literal["created", "updated", "unchanged"]:
    source = publish_source()
    stored = client.function(FUNCTION_ID)
    if stored is None:
        client.create_function(FUNCTION_ID, name=FUNCTION_NAME, description=FUNCTION_DESCRIPTION, content=source)
        return "created"
    if _differs(stored, source):
        client.update_function(FUNCTION_ID, name=FUNCTION_NAME, description=FUNCTION_DESCRIPTION, content=source)
        return "updated"
    return "unchanged"


def _differs(stored: Function, source: str) -> bool:
    wanted = (FUNCTION_NAME, FUNCTION_DESCRIPTION, source)
    return (stored.name, stored.description, stored.content) != wanted


def _hub_url(client: OpenWebUIClient, hub_url: str) -> Literal["updated", "unchanged"]:
    wanted = {"hub_url": hub_url}
    if client.valves(FUNCTION_ID) == wanted:
        return "unchanged"
    client.set_valves(FUNCTION_ID, wanted)
    return "updated"


def _active(client: OpenWebUIClient) -> Literal["updated", "unchanged"]:
    return "updated" if client.set_function_active(FUNCTION_ID, active=True) else "unchanged"


def _global(client: OpenWebUIClient) -> Literal["updated", "unchanged"]:
    return "updated" if client.set_function_global(FUNCTION_ID, for_all_models=True) else "unchanged"


def _model(
    client: OpenWebUIClient, model_id: str, stored: ModelRecord | None
) -> Literal["created", "updated", "unchanged"]:
    if stored is None:
        client.grant_model(model_id, [EVERYBODY])
        return "created"
    if EVERYBODY in stored.grants:
        return "unchanged"
    client.grant_model(model_id, [*stored.grants, EVERYBODY])
    return "updated"
