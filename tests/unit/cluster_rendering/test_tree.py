"""The rendered files: the same bytes each time, complete, without a secret, and such that a cluster takes them."""

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from presswerk.declaration import Platform, Tenant
from presswerk.runtimes.cluster.crd import tenant_crd
from presswerk.runtimes.cluster.rendering.chart_files import chart_files
from presswerk.runtimes.cluster.rendering.releases import releases
from presswerk.runtimes.cluster.rendering.rights import operator_rules
from presswerk.runtimes.cluster.rendering.secrets import required_secrets
from presswerk.runtimes.cluster.rendering.tree import rendered_tree
from presswerk.runtimes.cluster.resource import tenant_of
from tests.support.cluster_schemas import VERSIONS, problems_with
from tests.unit.cluster_rendering.test_rendered_values import CHART_VALUES, RESOURCES, example

CHART = CHART_VALUES.parent
CONTROLLERS = ("envoy-gateway", "traefik")


def _objects(platform: Platform) -> list[dict[str, Any]]:
    return [
        document
        for path, text in rendered_tree(platform, RESOURCES).items()
        if path.startswith(("objects/", "tenants/"))
        for document in yaml.safe_load_all(text)
    ]


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_a_cluster_takes_every_object(controller: str) -> None:
    platform = example(controller)
    objects = _objects(platform)

    for version in VERSIONS:
        told = [problem for each in objects for problem in problems_with(each, version, [tenant_crd()])]
        assert told == []
    assert {"Namespace", "ConfigMap", "CustomResourceDefinition", "NetworkPolicy", "Tenant"} <= {
        each["kind"] for each in objects
    }


def test_another_process_renders_the_same_bytes() -> None:
    # Another seed of hashes orders sets another way.
    program = (
        "import sys; from tests.unit.cluster_rendering.test_rendered_values import RESOURCES, example;"
        "from presswerk.runtimes.cluster.rendering.tree import rendered_tree;"
        "sys.stdout.write(repr(list(rendered_tree(example(), RESOURCES).items())))"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        env={"PYTHONHASHSEED": "4711", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == repr(list(rendered_tree(example(), RESOURCES).items()))


def test_nothing_of_the_day_it_was_rendered_is_in_it() -> None:
    today = dt.datetime.now(dt.UTC).date().isoformat()

    assert not [path for path, text in rendered_tree(example(), RESOURCES).items() if today in text]


def test_the_order_of_tenants_changes_their_place_in_the_declaration_only() -> None:
    platform = example()
    turned = platform.model_copy(update={"tenants": tuple(reversed(platform.tenants))})
    one, other = rendered_tree(platform, RESOURCES), rendered_tree(turned, RESOURCES)

    assert {path for path in one if one[path] != other[path]} == {"values/presswerk.yaml"}


def test_each_file_says_where_it_is_from_and_ends_with_a_line() -> None:
    for path, text in rendered_tree(example(), RESOURCES).items():
        assert "`presswerk render`" in text.splitlines()[0 if path.endswith(".yaml") else 2]
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


def test_every_document_is_yaml_without_anchors() -> None:
    for path, text in rendered_tree(example(), RESOURCES).items():
        if path.endswith(".yaml"):
            assert list(yaml.safe_load_all(text))
            assert not re.search(r"^[^#\n]*: [&*]\w", text, re.MULTILINE)


def test_no_object_is_a_secret_and_no_secret_has_a_value() -> None:
    tree = rendered_tree(example(), RESOURCES)

    assert not [each for each in _objects(example()) if each["kind"] == "Secret"]
    for secret in yaml.safe_load(tree["secrets.yaml"]):
        for key in secret["keys"]:
            assert set(key) <= {"name", "what", "how", "same_as"}


def test_the_readme_names_every_chart_file_and_secret() -> None:
    tree = rendered_tree(example(), RESOURCES)
    text = tree["README.md"]

    for release in releases(example()):
        assert release.command() in text
    for secret in required_secrets(example()):
        assert f"`{secret.name}` in `{secret.namespace}`" in text
        for key in secret.keys:
            assert f"`{key.name}`" in text
    for path in tree.keys() - {"README.md"}:
        assert path in text or (path.startswith("tenants/") and "--filename tenants/" in text)


def test_a_key_that_must_be_the_same_elsewhere_is_there() -> None:
    there = {
        f"{secret.namespace}/{secret.name}": {key.name for key in secret.keys} for secret in required_secrets(example())
    }

    for secret in required_secrets(example()):
        for key in secret.keys:
            if key.same_as is not None:
                assert key.same_as.key in there[f"{key.same_as.namespace}/{key.same_as.secret}"]
                assert not key.how, "one of the two is made, the other copied"


def test_tenants_are_read_back_as_declared() -> None:
    platform = example()
    tree = rendered_tree(platform, RESOURCES)

    for tenant in platform.tenants:
        read = tenant_of(yaml.safe_load(tree[f"tenants/{tenant.id}.yaml"]))
        assert read.tenant == tenant
        assert not read.suspended


_NAMES = st.text(min_size=1, max_size=100).map(str.strip).filter(lambda name: bool(name) and name.isprintable())
_IDS = st.from_regex(r"[a-z][a-z0-9]{1,18}", fullmatch=True)


@settings(max_examples=30)
@given(tenants=st.dictionaries(_IDS, _NAMES, min_size=1, max_size=4))
def test_any_names_come_back_as_they_were(tenants: dict[str, str]) -> None:
    declared = tuple(Tenant(id=each, name=name) for each, name in tenants.items())
    platform = example().model_copy(update={"tenants": declared})
    tree = rendered_tree(platform, RESOURCES)

    assert [path for path in tree if path.startswith("tenants/")] == sorted(f"tenants/{each}.yaml" for each in tenants)
    for tenant in declared:
        assert tenant_of(yaml.safe_load(tree[f"tenants/{tenant.id}.yaml"])).tenant == tenant


def test_the_charts_generated_files_are_todays() -> None:
    for path, text in chart_files().items():
        assert (CHART / path).read_text(encoding="utf-8") == text, "run `make generate`"


def test_the_operator_may_nothing_in_general_and_may_not_widen_its_rights() -> None:
    for rule in operator_rules():
        for part in ("apiGroups", "resources", "verbs"):
            assert "*" not in rule[part]
        assert not {"escalate", "bind", "impersonate"} & set(rule["verbs"])
        assert "rbac.authorization.k8s.io" not in rule["apiGroups"]
        assert not {"pods/exec", "nodes", "serviceaccounts/token"} & set(rule["resources"])
