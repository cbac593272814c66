"""One Open WebUI with single sign-on for all tests here: to start it costs as much as all they do."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from presswerk.declaration import Person, demo_platform
from presswerk.openwebui.client import OpenWebUIClient
from presswerk.runtimes.local.layout import Ports
from tests.support.ai_double import ARTICLE, MODEL, AiDouble, ai_double
from tests.support.chat import Chat, chat_running
from tests.support.identity import Identity, identity_running
from tests.support.process import free_port

# How long a page takes depends on what else the machine does.
expect.set_options(timeout=60_000)

NOBODYS_MEMBER = Person(user_name="gast", given_name="Gesa", family_name="Gast", email="gast@example.localhost")


@dataclass(frozen=True)
class OpenWebUI:
    """What runs; each module provisions it as it needs it, and leaves no preset behind."""

    chat: Chat
    identity: Identity
    ai: AiDouble


@pytest.fixture(scope="package")
def running_open_webui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenWebUI]:
    ports = Ports(identity=free_port(), hub=free_port(), chat=free_port())
    platform = demo_platform()
    platform = platform.model_copy(update={"people": (*platform.people, NOBODYS_MEMBER)})
    with (
        ai_double() as ai,
        identity_running(tmp_path_factory.mktemp("open-webui"), ports=ports, platform=platform) as identity,
        chat_running(identity, ai_base_url=ai.base_url, default_model=MODEL) as chat,
    ):
        yield OpenWebUI(chat, identity, ai)


@pytest.fixture(scope="module")
def open_webui(running_open_webui: OpenWebUI) -> OpenWebUI:
    running_open_webui.ai.answer, running_open_webui.ai.reasoning = ARTICLE, ""
    return running_open_webui


@pytest.fixture(scope="module")
def administrator(open_webui: OpenWebUI) -> Iterator[OpenWebUIClient]:
    with OpenWebUIClient(open_webui.chat.url) as client:
        client.sign_in(open_webui.chat.admin_email, open_webui.chat.admin_password)
        yield client
