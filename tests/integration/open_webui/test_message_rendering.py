"""What Chromium shows of messages in the real chat is what the site shows of the articles made of them."""

import json
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Page, sync_playwright

from presswerk.content import compose
from presswerk.openwebui.client import OpenWebUIClient
from tests.integration.open_webui.conftest import OpenWebUI
from tests.support.ai_double import MODEL
from tests.support.drill import DRILL, up_to
from tests.unit.content.messages import languages, messages
from tests.validation.chat import differing, lines_on_the_site, squeezed_lines

pytestmark = pytest.mark.integration

TITLE = "A title that no message has"
A_CHAT = 10
# The chat's code boxes are an editor that holds only the lines in view.
SHAPES = (
    "article", "contents", "recipe", "comparison", "visiting_card", "interview", "questions", "folds_in_folds",
    "stressed", "formulas", "tasks", "alerts", "placeholders", "links", "lead_ins", "long_lines",
)  # fmt: skip
READ = """(root) => {
  const blocks = new Set('P H1 H2 H3 H4 H5 H6 LI UL OL BLOCKQUOTE PRE TABLE TR TD TH DIV BR HR'.split(' '));
  const read = (node) => {
    if (node.nodeType === 3) return node.nodeValue;
    if (node.nodeType !== 1) return '';
    if (node.matches('svg, .invisible, .hover-reveal')) return '';
    if (node.matches('input[type=checkbox]')) return '\\n' + (node.checked ? '☑' : '☐') + '\\u0001';
    if (node.matches('.katex')) return '⟦' + node.querySelector('annotation').textContent.trim() + '⟧';
    const text = [...node.childNodes].map(read).join('');
    return blocks.has(node.nodeName) ? '\\n' + text + '\\n' : text;
  };
  return read(root).replace(/\\u0001\\s*/g, ' ');
}"""


def sample() -> dict[str, str]:
    """Forty messages: every shape, every language, none twice; in a drill, all of these shapes."""
    found, names = messages(), list(languages())
    if DRILL:
        return {name: text for name, text in found.items() if name.rsplit("-", 1)[0] in SHAPES}
    chosen = [f"{SHAPES[number % len(SHAPES)]}-{names[number * 5 % len(names)]}" for number in range(40)]
    return {name: found[name] for name in dict.fromkeys(chosen)}


def stored_chat(client: OpenWebUIClient, texts: list[str]) -> tuple[str, list[str]]:
    """Store a chat with answers, and return its id and theirs."""
    history: dict[str, dict[str, object]] = {}
    answers: list[str] = []
    parent: str | None = None
    for text in texts:
        asked, answered = str(uuid.uuid4()), str(uuid.uuid4())
        common = {"timestamp": int(time.time()), "models": [MODEL]}
        history[asked] = common | {
            "id": asked, "parentId": parent, "childrenIds": [answered], "role": "user", "content": "Write.",
        }  # fmt: skip
        history[answered] = common | {
            "id": answered, "parentId": asked, "childrenIds": [], "role": "assistant", "content": text,
            "model": MODEL, "modelName": MODEL, "modelIdx": 0, "done": True,
        }  # fmt: skip
        if parent:
            history[parent]["childrenIds"] = [asked]
        parent = answered
        answers.append(answered)
    chat = {
        "title": "Articles", "models": [MODEL], "params": {}, "tags": [], "files": [],
        "messages": list(history.values()), "history": {"messages": history, "currentId": parent},
    }  # fmt: skip
    stored = client.request_object("POST", "/api/v1/chats/new", "a new chat", json={"chat": chat})
    return str(stored["id"]), answers


@pytest.fixture(scope="module")
def page(open_webui: OpenWebUI, administrator: OpenWebUIClient) -> Iterator[Page]:
    administrator.request_object(
        "POST", "/api/v1/users/user/settings/update", "settings", json={"ui": {"expandDetails": True}}
    )
    body = administrator.request_object(
        "POST",
        "/api/v1/auths/signin",
        "a sign-in",
        json={"email": open_webui.chat.admin_email, "password": open_webui.chat.admin_password},
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 20_000}, locale="en-US")
        page.set_default_timeout(60_000)
        page.add_init_script(f"localStorage.token = {json.dumps(body['token'])}")
        yield page
        browser.close()


def shown_in_the_chat(page: Page, client: OpenWebUIClient, url: str, texts: Mapping[str, str]) -> dict[str, list[str]]:
    chat_id, answers = stored_chat(client, list(texts.values()))
    page.goto(f"{url}/c/{chat_id}")
    shown: dict[str, list[str]] = {}
    for name, answer in zip(texts, answers, strict=True):
        message = page.locator(f"#message-{answer} .markdown-prose").first
        message.wait_for()
        if "\\(" in texts[name]:
            message.locator(".katex").first.wait_for()
        shown[name] = squeezed_lines(str(message.evaluate(READ)))
    return shown


def test_messages_show_the_same_lines_in_the_chat_and_on_the_site(
    page: Page, administrator: OpenWebUIClient, open_webui: OpenWebUI
) -> None:
    chosen = sample()
    assert len(chosen) >= up_to(200, 40)
    names = list(chosen)
    shown: dict[str, list[str]] = {}
    for first in range(0, len(names), A_CHAT):
        part = {name: chosen[name] for name in names[first : first + A_CHAT]}
        shown |= shown_in_the_chat(page, administrator, open_webui.chat.url, part)

    published = {name: compose(text, dialect="chat", title=TITLE).content for name, text in chosen.items()}

    assert differing(shown, {name: lines_on_the_site(content) for name, content in published.items()}) == {}
