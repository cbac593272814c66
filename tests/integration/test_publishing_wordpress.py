"""The way of an article through the real hub to a real WordPress with the connector."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.hub import HubProcess, hub_environment, register, running_hub
from tests.support.issuer import Issuer
from tests.support.press import PNG
from tests.support.sites import RunningSite, running_site

pytestmark = pytest.mark.integration

ARTICLE = """# How bread rises

Yeast eats sugar.

## Flour

- rye
- wheat

| a | b |
|---|---|
| 1 | 2 |

![A loaf](loaf.png)
"""


@dataclass(frozen=True)
class Stack:
    site: RunningSite
    hub: HubProcess
    issuer: Issuer


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Stack]:
    directory: Path = tmp_path_factory.mktemp("stack")
    environment = hub_environment(f"sqlite:///{directory}/hub.db", issuer.url)
    with running_site(directory / "site") as site:
        register(environment, {"acme": site.connection})
        with running_hub(directory, environment) as hub:
            yield Stack(site, hub, issuer)


def test_a_confirmed_preview_is_what_the_post_holds_with_the_sites_own_tags(stack: Stack) -> None:
    """First of all: what the hub knows of a site's tags may be ten minutes old."""
    stack.site.php(
        "foreach ( array( 'Yeast', 'Cheese', 'Rye & more' ) as $name ) { wp_insert_term( $name, 'post_tag' ); }"
        " return true;"
    )
    anna = stack.hub.client(stack.issuer.access_token("anna", name="Anna Acme", groups=["tenant-acme-author"]))
    picture = {"reference": "loaf.png", "filename": "loaf.png", "data": base64.b64encode(PNG).decode()}
    body = {"tenant": "acme", "markdown": ARTICLE, "attachments": [picture]}
    shown = anna.request("POST", "/previews", json=body).json()
    assert (shown["tags"], shown["categories"], shown["default_category"]) == (["Yeast"], [], "Uncategorized")

    confirmed = {"preview": shown["id"], "sha256": shown["sha256"]}
    done = anna.await_state(anna.request("POST", "/publications", json=confirmed).json()["id"])

    assert (done["state"], done["warnings"]) == ("drafted", [])
    post = stack.site.php(
        "$post = get_post( $input['id'] ); $image = get_post_thumbnail_id( $post ); return array("
        " 'title' => $post->post_title, 'slug' => $post->post_name, 'excerpt' => $post->post_excerpt,"
        " 'content' => $post->post_content, 'image' => $image, 'address' => wp_get_attachment_url( $image ),"
        " 'tags' => wp_get_post_tags( $post->ID, array( 'fields' => 'names' ) ),"
        " 'categories' => wp_get_post_categories( $post->ID, array( 'fields' => 'names' ) ) );",
        id=done["post"]["post_id"],
    )
    assert {name: post[name] for name in ("title", "slug", "excerpt", "tags")} == {
        name: shown[name] for name in ("title", "slug", "excerpt", "tags")
    }
    assert post["categories"] == [shown["default_category"]]
    placed = shown["content"].replace(shown["pictures"][0]["address"], post["address"])
    placed = placed.replace('"id":1,', f'"id":{post["image"]},').replace("wp-image-1", f"wp-image-{post['image']}")
    assert post["content"] == placed


def test_an_article_becomes_a_draft_of_blocks_by_its_author(stack: Stack) -> None:
    anna = stack.hub.client(stack.issuer.access_token("anna", name="Anna Acme", groups=["tenant-acme-author"]))
    picture = {"reference": "loaf.png", "filename": "loaf.png", "media_type": "image/png"}
    done = anna.await_state(
        anna.publish(
            "acme",
            ARTICLE,
            categories=["Baking"],
            tags=["bread"],
            attachments=[{**picture, "data": base64.b64encode(PNG).decode()}],
        )["id"]
    )

    assert (done["state"], done["warnings"], done["failure"]) == ("drafted", [], None)
    assert done["post"]["author"] == "Anna Acme"
    post = stack.site.php(
        "$post = get_post( $input['id'] ); return array("
        " 'title' => $post->post_title, 'status' => $post->post_status,"
        " 'blocks' => array_values( array_filter( array_column( parse_blocks( $post->post_content ), 'blockName' ) ) ),"
        " 'tags' => wp_get_post_tags( $post->ID, array( 'fields' => 'names' ) ),"
        " 'categories' => wp_get_post_categories( $post->ID, array( 'fields' => 'names' ) ),"
        " 'featured' => (int) get_post_thumbnail_id( $post ),"
        " 'author' => get_userdata( $post->post_author )->display_name );",
        id=done["post"]["post_id"],
    )
    assert post["title"] == "How bread rises"
    assert post["status"] == "draft"
    assert post["blocks"] == ["core/paragraph", "core/heading", "core/list", "core/table", "core/image"]
    assert (post["tags"], post["categories"]) == (["bread"], ["Baking"])
    assert post["featured"] > 0
    assert post["author"] == "Anna Acme"


def test_a_draft_is_revised_then_published_by_an_editor_in_the_same_post(stack: Stack) -> None:
    anna = stack.hub.client(stack.issuer.access_token("anna", groups=["tenant-acme-author"]))
    emil = stack.hub.client(stack.issuer.access_token("emil", groups=["tenant-acme-editor"]))
    draft = anna.await_state(anna.publish("acme", "# One\n\nFirst.")["id"])
    anna.revise(draft["id"], "acme", "# Two\n\nSecond.")
    revised = anna.await_that(draft["id"], lambda found: (found["revision"], found["state"]) == (2, "drafted"))
    emil.revise(draft["id"], "acme", "# Two\n\nSecond.", target="publish")
    live = emil.await_that(draft["id"], lambda found: found["state"] == "published")
    assert draft["post"]["post_id"] == revised["post"]["post_id"] == live["post"]["post_id"]
    assert live["post"]["status"] == "publish"
    with stack.site.http() as browser:
        moved = browser.get(f"/?p={live['post']['post_id']}")
        shown = browser.get(httpx.URL(moved.headers["location"]).path)
    assert "Second." in shown.text


def test_no_secret_of_the_run_is_in_the_hubs_log(stack: Stack) -> None:
    log = stack.hub.log
    assert stack.site.connection.application_password not in log
    assert stack.hub.environment["PRESSWERK_ENCRYPTION_KEYS"] not in log
    assert all(json.loads(line) for line in log.splitlines())
