"""The main way, walked as a real author: sign in, have an article written, publish it, look at it in WordPress."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from presswerk.certificates import authorities
from presswerk.errors import PresswerkError
from presswerk.openwebui.provision import FUNCTION_ID
from presswerk.openwebui.session import PersonSession, sign_in
from presswerk.runtimes.local import loopback
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.login import access_token, provider_login
from presswerk.runtimes.local.progress import Progress
from presswerk.wordpress.model import Connection

_DELIVERED = frozenset({"drafted", "published"})
_ENDED = _DELIVERED | {"held", "failed", "cancelled"}
_BLOCK = re.compile(r"<!-- wp:([a-z][a-z0-9/-]*)")
_TIMEOUT_SECONDS = 60.0
_POLL_SECONDS = 0.2


class NotProven(PresswerkError):
    """The way ended somewhere else than in a draft."""


@dataclass(frozen=True)
class Author:
    """Who walks: a person that can sign in."""

    user_name: str
    name: str
    password: str
    tenant: str


@dataclass(frozen=True)
class DraftProof:
    """What was found at the end of the way, read from the hub and from WordPress itself.

    Attributes:
        publication: Its id in the hub.
        post_id: The post in WordPress.
        status: The post's status there.
        title: The post's title there.
        author: Display name of the post's author there.
        blocks: The post's blocks in order, nested ones included.
        model: What wrote the article.
        preview_link: Where the author sees the draft.
        edit_link: Where the author edits it.
        editor_opened: Whether the author's browser, signed in once, was let into the editor.
        seconds: From pressing Publish until the Action told the author that the draft stands.
        told: The sentences the author saw meanwhile.
    """

    publication: str
    post_id: int
    status: str
    title: str
    author: str
    blocks: tuple[str, ...]
    model: str
    preview_link: str
    edit_link: str
    editor_opened: bool
    seconds: float
    told: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return asdict(self)


def walk(
    layout: Layout, author: Author, prompt: str, connection: Callable[[str], Connection], progress: Progress
) -> DraftProof:
    """Walk from the sign-in to the draft.

    Args:
        layout: Of a running installation.
        author: Who walks.
        prompt: What the author asks the AI for.
        connection: Gives a tenant's managed connection, with which the post is read from WordPress.
        progress: Told each step.

    Raises:
        NotProven: The article is not where it should be.
        OpenWebUIError: Open WebUI failed.
        PresswerkError: The identity provider refused the sign-in.
    """
    with loopback.browser() as browser:
        progress(f"{author.name} signs in once, at the identity provider")
        token = sign_in(layout.chat_url, provider_login(author.user_name, author.password), browser=browser)
        before = _newest_publication(layout, author, browser)
        with PersonSession(layout.chat_url, token) as session:
            model = session.models()[0]
            progress(f"asks {model}: {prompt}")
            message = session.ask(prompt, model=model)
            progress("presses Publish and confirms")
            run = session.run_action(FUNCTION_ID, message)
        publication = _ended(layout, author, browser, before)
        post = publication["post"]
        progress("follows the link to the editor, without signing in again")
        opened = _opens_editor(browser, str(post["edit_link"]))
    stored = _stored_post(connection(author.tenant), int(post["post_id"]))
    return DraftProof(
        publication=str(publication["id"]),
        post_id=int(post["post_id"]),
        status=str(stored["status"]),
        title=str(stored["title"]["raw"]),
        author=str(stored["_embedded"]["author"][0]["name"]),
        blocks=tuple(_BLOCK.findall(str(stored["content"]["raw"]))),
        model=message.model or model,
        preview_link=str(post["preview_link"]),
        edit_link=str(post["edit_link"]),
        editor_opened=opened,
        seconds=round(run.seconds, 2),
        told=run.statuses,
    )


def check(proof: DraftProof, author: Author) -> None:
    """Say what is not as it should be.

    Raises:
        NotProven: Something is not.
    """
    wrong = [
        told
        for good, told in (
            (proof.status == "draft", f"the post's status is {proof.status}, not draft"),
            (proof.author == author.name, f"the post's author is {proof.author}, not {author.name}"),
            ("heading" in proof.blocks and "paragraph" in proof.blocks, "the post has no headings or paragraphs"),
            (proof.editor_opened, "the editor did not open without another sign-in"),
        )
        if not good
    ]
    if wrong:
        raise NotProven("; ".join(wrong), f"look at {proof.edit_link}")


def _hub(layout: Layout, author: Author, browser: httpx.Client) -> httpx.Client:
    tokens = access_token(layout.identity_url, author.user_name, author.password, browser=browser)
    return httpx.Client(
        base_url=layout.hub_url,
        headers={"Authorization": f"Bearer {tokens.access_token}"},
        timeout=_TIMEOUT_SECONDS,
        verify=authorities(),
        trust_env=False,
    )


def _newest_publication(layout: Layout, author: Author, browser: httpx.Client) -> str | None:
    with _hub(layout, author, browser) as hub:
        return _newest(hub, author).get("id")


def _newest(hub: httpx.Client, author: Author) -> Mapping[str, Any]:
    answer = hub.get("/api/v1/publications", params={"tenant": author.tenant, "limit": 1})
    if answer.status_code != httpx.codes.OK:
        raise NotProven(f"the hub answered {answer.status_code} to {author.user_name}: {answer.text[:300]}")
    items: list[Mapping[str, Any]] = answer.json()["items"]
    return items[0] if items else {}


def _ended(layout: Layout, author: Author, browser: httpx.Client, before: str | None) -> Mapping[str, Any]:
    """The publication that is new since `before`, once its way has ended."""
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    with _hub(layout, author, browser) as hub:
        while True:
            newest = _newest(hub, author)
            new = bool(newest) and newest["id"] != before
            if new and newest["state"] in _DELIVERED:
                return newest
            if new and newest["state"] in _ENDED:
                raise NotProven(f"the publication {newest['state']}: {newest.get('failure')}")
            if time.monotonic() > deadline:
                raise NotProven(f"no article after {_TIMEOUT_SECONDS:.0f} s; the newest is {dict(newest)}")
            time.sleep(_POLL_SECONDS)


def _opens_editor(browser: httpx.Client, edit_link: str) -> bool:
    """Whether the editor opens by redirects alone."""
    answer = browser.get(edit_link, follow_redirects=True)
    return answer.status_code == httpx.codes.OK and "block-editor-page" in answer.text


def _stored_post(connection: Connection, post_id: int) -> Mapping[str, Any]:
    """The post as WordPress stores it."""
    answer = httpx.get(
        f"{connection.internal_url}/",
        params={"rest_route": f"/wp/v2/posts/{post_id}", "context": "edit", "_embed": "author"},
        headers={"Host": urlsplit(connection.public_url).netloc},
        auth=(connection.user_name, connection.application_password),
        timeout=_TIMEOUT_SECONDS,
        verify=authorities(),
        trust_env=False,
    )
    if answer.status_code != httpx.codes.OK:
        raise NotProven(f"WordPress answered {answer.status_code} when asked for post {post_id}")
    stored: Mapping[str, Any] = answer.json()
    return stored
