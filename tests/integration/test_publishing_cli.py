"""`presswerk login`, `publish` and `api-key` as a person and a script use them, with a real identity provider."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from presswerk.runtimes.local.login import sign_in
from tests.support.command import Ended, run
from tests.support.hub import HubProcess, hub_environment, register, running_hub
from tests.support.identity import Identity, identity_running
from tests.support.press import PNG
from tests.support.site_double import SiteDouble, running_site_double

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Desk:
    """A person's command line, with a home of its own."""

    hub: HubProcess
    site: SiteDouble
    identity: Identity
    home: Path

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.home / "state"),
            "PRESSWERK_HUB_URL": self.hub.url,
            "COLUMNS": "200",
            **more,
        }

    def run(self, *arguments: str, **more: str) -> Ended:
        return run(*arguments, environment=self.environment(**more), all_of_it=True)

    def login(self, person: str) -> str:
        """Sign in with a browser of our own; what the command said."""
        command = [sys.executable, "-m", "presswerk.cli", "login", "--no-browser"]
        process = subprocess.Popen(
            command, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.home
        )
        try:
            assert process.stderr is not None
            address = next(line.strip() for line in process.stderr if line.startswith("http"))
            with httpx.Client(timeout=60) as browser:
                back = sign_in(browser, address, person, self.identity.password(person))
                assert browser.get(back).status_code == 200
            output, problems = process.communicate(timeout=120)
            assert process.returncode == 0, problems
            return output
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    directory: Path = tmp_path_factory.mktemp("desk")
    (directory / "home").mkdir()
    with identity_running(directory / "identity") as identity, running_site_double() as site:
        environment = hub_environment(f"sqlite:///{directory}/hub.db", identity.issuer)
        register(environment, {"acme": site.connection, "nordlicht": site.connection})
        with running_hub(directory, environment) as hub:
            yield Desk(hub, site, identity, directory / "home")


@pytest.fixture
def article(desk: Desk) -> Path:
    (desk.home / "pictures").mkdir(exist_ok=True)
    (desk.home / "pictures" / "my photo.png").write_bytes(PNG)
    path = desk.home / "article.md"
    path.write_text(
        "---\ntitle: From a file\ntags: [one, two]\ncategories: News, Local\nlayout: post\n---\n"
        "Text.\n\n![A photo](<pictures/my photo.png>)\n"
    )
    return path


def test_without_a_login_it_says_what_to_do(desk: Desk, article: Path) -> None:
    done = desk.run("publish", str(article), "--tenant", "acme", XDG_STATE_HOME=str(desk.home / "nobody"))
    assert done.status == 1
    assert "presswerk login" in done.err
    assert "Traceback" not in done.err


def test_a_person_signs_in_publishes_makes_a_key_and_signs_out(desk: Desk, article: Path) -> None:
    assert re.search(r"Signed in as Ada \w+: acme \(admin\)", desk.login("acme-admin"))
    file = desk.home / "state" / "presswerk" / "logins.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    done = desk.run("publish", str(article), "--tenant", "acme", "--wait")
    assert done.status == 0, done.err
    assert "The draft stands on the site." in done.out
    assert "Preview: " in done.out
    (publication,) = re.findall(r"publication ([0-9a-f-]{36})", done.out)
    sent = desk.site.posts[publication].payload
    assert (sent["title"], sent["tags"], sent["categories"]) == ("From a file", ["one", "two"], ["News", "Local"])
    assert "wp-image-" in sent["content"]

    again = desk.run("publish", str(article), "--tenant", "acme", "--wait", "--json")
    assert json.loads(again.out)["id"] == publication

    article.write_text("# Newer\n\nText.")
    newer = desk.run(
        "publish", str(article), "--tenant", "acme", "--wait", "--json", "--update", publication, "--publish"
    )
    assert newer.status == 0, newer.err
    found = json.loads(newer.out)
    assert (found["revision"], found["state"], found["title"]) == (2, "published", "Newer")

    desk.site.posts[publication].trashed = True
    gone = desk.run("publish", str(article), "--tenant", "acme", "--wait", "--update", publication, "--publish")
    assert gone.status == 1
    assert "put the post into the trash" in gone.out
    assert "Preview: " not in gone.out
    (command,) = re.findall(r"Next: `\S*presswerk (retry .* --if-gone restore --wait)`", gone.out)
    back = desk.run(*command.split())
    assert back.status == 0, back.err
    assert "published" in back.out

    made = desk.run("api-key", "create", "--tenant", "acme", "--label", "ci", "--role", "author")
    assert made.status == 0, made.err
    secret = made.out.strip()
    assert secret.startswith("pwk_")
    listed = json.loads(desk.run("api-key", "list", "--json").out)["items"]
    assert secret not in json.dumps(listed)

    article.write_text("By a script.")
    elsewhere = {"XDG_STATE_HOME": str(desk.home / "nobody"), "PRESSWERK_API_KEY": secret}
    script = desk.run("publish", str(article), "--tenant", "acme", "--wait", "--json", **elsewhere)
    assert script.status == 0, script.err
    refused = desk.run("publish", str(article), "--tenant", "acme", "--publish", **elsewhere)
    assert refused.status == 1
    assert "may create drafts only" in refused.err
    foreign = desk.run("publish", str(article), "--tenant", "nordlicht", **elsewhere)
    assert (foreign.status, "no such tenant" in foreign.err) == (1, True)

    assert desk.run("api-key", "revoke", listed[0]["id"]).status == 0
    assert desk.run("publish", str(article), "--tenant", "acme", **elsewhere).status == 1

    assert "Signed out" in desk.run("logout").out
    assert desk.run("publish", str(article), "--tenant", "acme").status == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("---\ntitle: [\n---\nx", "not valid YAML"),
        ("---\ntags: {a: b}\n---\nx", "tags must be a list"),
        ("---\nstatus: later\n---\nx", "status must be draft or publish"),
    ],
)
def test_a_file_that_cannot_be_sent_is_explained(desk: Desk, text: str, why: str) -> None:
    path = desk.home / "bad.md"
    path.write_text(text)
    done = desk.run("publish", str(path), "--tenant", "acme", PRESSWERK_API_KEY="pwk_x")
    assert done.status == 2
    assert why in done.err
    assert "Traceback" not in done.err


def test_an_article_is_sent_without_the_images_that_may_not_go_along(desk: Desk) -> None:
    secret = desk.home / "private" / "scan.png"
    secret.parent.mkdir()
    secret.write_bytes(PNG)
    folder = desk.home / "site"
    (folder / "content").mkdir(parents=True)
    (folder / "static" / "images").mkdir(parents=True)
    (folder / "static" / "images" / "loaf.png").write_bytes(PNG)
    path = folder / "content" / "bread.md"
    path.write_text(f"# Bread\n\n![Loaf](/images/loaf.png) ![Scan]({secret}) ![Gone](gone.png)\n\nText.")

    done = desk.run(
        "publish", str(path), "--tenant", "acme", PRESSWERK_API_KEY="pwk_x", PRESSWERK_HUB_URL="http://x.invalid"
    )
    allowed = desk.run("publish", str(path), "--tenant", "acme", "--allow", str(secret), PRESSWERK_API_KEY="pwk_x")

    assert f"Note: The image {secret} is left out: it is not there" in done.err
    assert "Note: The image gone.png is left out: it is not there" in done.err
    assert "loaf.png" not in done.err
    assert "scan.png" not in allowed.err
    assert done.status == allowed.status == 1  # neither the hub nor the key exists


def test_no_hub_is_explained(desk: Desk, article: Path) -> None:
    done = desk.run(
        "publish", str(article), "--tenant", "acme", PRESSWERK_API_KEY="pwk_x", PRESSWERK_HUB_URL="http://127.0.0.1:9"
    )
    assert done.status == 1
    assert "There is no hub at http://127.0.0.1:9" in done.err
