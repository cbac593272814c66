"""The parts of Open WebUI's inside that the Publish action uses; fails when another version moves them."""

import ast
import json
import os
import subprocess
from pathlib import Path

import pytest

from presswerk.openwebui.provision import publish_source
from tests.support.chat import chat_python

pytestmark = pytest.mark.integration

USED = {
    "open_webui.models.chats.Chats.get_message_by_id_and_message_id": ["id", "message_id"],
    "open_webui.models.chats.Chats.get_messages_map_by_chat_id": ["id"],
    "open_webui.models.chats.Chats.upsert_message_to_chat_by_id_and_message_id": ["id", "message_id", "message"],
    "open_webui.models.files.Files.get_file_by_id": ["id"],
    "open_webui.models.users.Users.get_user_by_id": ["id"],
    "open_webui.storage.provider.Storage.get_file": ["file_path"],
    "open_webui.utils.access_control.files.has_access_to_file": ["file_id", "access_type", "user"],
    "open_webui.utils.oauth.get_system_oauth_token": ["request", "user"],
}

INSPECT = """
import importlib, inspect, json, sys
found = {}
for name in json.loads(sys.argv[1]):
    parts = name.split(".")
    for split in range(len(parts) - 1, 0, -1):
        try:
            value = importlib.import_module(".".join(parts[:split]))
        except ModuleNotFoundError:
            continue
        for part in parts[split:]:
            value = getattr(value, part, None)
        break
    parameters = inspect.signature(value).parameters.values() if callable(value) else []
    required = [p.name for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    found[name] = required if callable(value) else None
import open_webui.env
print("RESULT" + json.dumps({"version": open_webui.env.VERSION, "found": found}))
"""


def imported_by_the_action() -> set[str]:
    """`module.name` of everything the Action imports from Open WebUI."""
    return {
        f"{node.module}.{name.name}"
        for node in ast.walk(ast.parse(publish_source()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("open_webui")
        for name in node.names
    }


def test_every_import_of_the_action_is_watched() -> None:
    watched = {name.rpartition(".")[0] for name in USED} | set(USED)

    assert imported_by_the_action() <= watched


def test_the_pinned_open_webui_has_them_all(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "USE_SLIM_DOCKER": "true",
        "OFFLINE_MODE": "true",
        "FROM_INIT_PY": "true",
        "DATA_DIR": str(tmp_path),
        "WEBUI_SECRET_KEY": "for-importing-only",
    }
    command = [str(chat_python()), "-c", INSPECT, json.dumps(sorted(USED))]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "RESULT" in done.stdout, done.stderr[-2000:]
    result = json.loads(done.stdout.rpartition("RESULT")[2])
    assert result["version"] == "0.12.4"
    assert result["found"] == USED
