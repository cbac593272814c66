"""What an article costs the hub's databases, on both kinds: counted, since time depends on the machine."""

import base64
from collections import Counter
from pathlib import Path

import pytest

from presswerk.database import connect
from presswerk.publishing.model import State
from presswerk.publishing.store import PublicationStore
from tests.support.hub import hub_environment, register, running_hub
from tests.support.issuer import Issuer
from tests.support.press import PNG
from tests.support.site_double import running_site_double
from tests.support.waiting import until

pytestmark = pytest.mark.integration

MOST_COMMITS = 12
MOST_STATEMENTS = 40
ARTICLES = 5
# Those of requests, of runs, and of what lets runs begin: all that an article sets going. Others go by the clock.
THREADS = ("AnyIO worker thread", "run", "dispatcher")


def test_an_article_takes_few_commits_and_statements(tmp_path: Path, database_url: str, issuer: Issuer) -> None:
    noted = tmp_path / "statements"
    environment = hub_environment(database_url, issuer.url, PRESSWERK_TEST_STATEMENTS=str(noted))
    command = ("-m", "tests.support.counting_hub")
    token = issuer.access_token("anna", groups=["tenant-acme-author"])

    with running_site_double() as site:
        register(environment, {"acme": site.connection})
        with running_hub(tmp_path, environment, command) as hub:
            client, store = hub.client(token), PublicationStore(connect(database_url))
            for number in range(ARTICLES + 1):
                if number == 1:
                    # The first finds nothing prepared: people, terms and connections are looked up.
                    first = len(noted.read_text(encoding="utf-8"))
                picture = {"reference": "p.png", "filename": "p.png", "media_type": "image/png"}
                picture["data"] = base64.b64encode(PNG + bytes([number])).decode()
                made = client.publish("acme", f"# Article {number}\n\n![p](p.png)", attachments=[picture])
                # The hub is not asked meanwhile: that would be counted.
                until(lambda made=made: store.get(made["id"]).state is State.DRAFTED)  # type: ignore[misc]
    lines = [line.split("\t", 1) for line in noted.read_text(encoding="utf-8")[first:].splitlines()]
    counted = [what for thread, what in lines if thread.startswith(THREADS)]
    commits = counted.count("COMMIT")
    told = "\n".join(f"{count:4} {what[:150]}" for what, count in Counter(counted).most_common())
    print(f"{commits / ARTICLES} commits, {(len(counted) - commits) / ARTICLES} statements an article\n{told}")
    assert commits <= MOST_COMMITS * ARTICLES, told
    assert len(counted) - commits <= MOST_STATEMENTS * ARTICLES, told
