"""All files of an installation (pure): the same platform gives the same bytes."""

from collections.abc import Mapping

from presswerk.declaration import Platform
from presswerk.runtimes.cluster.rendering import objects
from presswerk.runtimes.cluster.rendering.readme import readme
from presswerk.runtimes.cluster.rendering.releases import GATEWAY_API_VERSION, Release, releases
from presswerk.runtimes.cluster.rendering.secrets import required_secrets
from presswerk.runtimes.cluster.rendering.text import yaml_stream, yaml_text
from presswerk.runtimes.cluster.rendering.values import Resources, values_of

Tree = Mapping[str, str]
"""Path, with slashes and relative -> text."""

_HEAD = "# Written by `presswerk render`; changes here are lost. Change platform.yaml and render again.\n"


def rendered_tree(platform: Platform, resources: Resources) -> Tree:
    """Render a platform.

    Args:
        platform: Needs a domain.
        resources: What each workload asks for and may use.

    Raises:
        NoDomain: The platform has none.
    """
    values = values_of(platform, resources)
    files = {
        "README.md": readme(platform),
        "releases.yaml": _HEAD + yaml_text(_releases(platform)),
        "secrets.yaml": _HEAD
        + "# Which Secrets must exist, not what is in them: no object for a cluster, and nothing here is a secret.\n"
        + yaml_text([dict(each.described()) for each in required_secrets(platform)]),
        **{each.values_path: _HEAD + yaml_text(values[each.name]) for each in releases(platform)},
        "objects/10-namespaces.yaml": _HEAD + yaml_stream(objects.namespaces(platform)),
        "objects/20-tenant-definition.yaml": _HEAD + yaml_stream(objects.definitions()),
        "objects/30-identity-blueprint.yaml": _HEAD + yaml_stream(objects.blueprint(platform)),
        "objects/50-chat-policies.yaml": _HEAD + yaml_stream(objects.chat_policies(platform)),
        **{f"tenants/{name}.yaml": _HEAD + yaml_text(body) for name, body in objects.tenants(platform).items()},
    }
    entry = objects.entry(platform, resources)
    if entry:
        files["objects/40-entry.yaml"] = _HEAD + yaml_stream(entry)
    return dict(sorted(files.items()))


def _releases(platform: Platform) -> dict[str, object]:
    return {
        "gatewayApi": GATEWAY_API_VERSION,
        "releases": [_release(each) for each in releases(platform)],
    }


def _release(release: Release) -> dict[str, str]:
    where = {"repository": release.repository} if release.repository else {}
    return {
        "name": release.name,
        "namespace": release.namespace,
        "chart": release.chart,
        **where,
        "version": release.version,
        "values": release.values_path,
    }
