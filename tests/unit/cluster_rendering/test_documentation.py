"""What docs/gitops.md says is what is rendered."""

import re
from pathlib import Path

from presswerk.runtimes.cluster.rendering.changes import RECORD
from presswerk.runtimes.cluster.rendering.releases import OPEN_WEBUI
from presswerk.runtimes.cluster.rendering.secrets import required_secrets
from presswerk.runtimes.cluster.rendering.tree import rendered_tree
from tests.unit.cluster_rendering.test_rendered_values import RESOURCES, example

TEXT = (Path(__file__).parents[3] / "docs" / "gitops.md").read_text(encoding="utf-8")
TABLE = TEXT.partition("## What it writes")[2].partition("It touches only")[0]


def test_every_rendered_file_is_explained_and_no_other() -> None:
    explained = set(re.findall(r"`([\w<>./-]+\.(?:yaml|md|json))`", TABLE))
    rendered = {
        re.sub(r"^tenants/.*", "tenants/<id>.yaml", path)
        for controller in ("envoy-gateway", "traefik")
        for path in rendered_tree(example(controller), RESOURCES)
    }

    assert explained == {*rendered, RECORD}


def test_every_secret_is_named_with_its_namespace() -> None:
    for secret in required_secrets(example()):
        assert f"| `{secret.name}` | `{secret.namespace}` |" in TEXT


def test_the_example_names_the_version_that_is_pinned() -> None:
    assert f"targetRevision: {OPEN_WEBUI.version}" in TEXT
    assert f"repoURL: {OPEN_WEBUI.repository}" in TEXT


def test_the_counts_in_the_example_are_todays() -> None:
    assert f"cluster: {len(rendered_tree(example(), RESOURCES))} made, 0 changed" in TEXT
