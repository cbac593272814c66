"""The rendered directory's own README: what each file is, and the order in which to apply it (pure)."""

from collections.abc import Iterable, Iterator

from presswerk.declaration import Platform
from presswerk.declaration.addresses import addresses_of
from presswerk.runtimes.cluster.rendering.releases import (
    AUTHENTIK,
    CERT_MANAGER,
    ENTRIES,
    GATEWAY_API_URL,
    OPEN_WEBUI,
    PRESSWERK,
    releases,
)
from presswerk.runtimes.cluster.rendering.secrets import Key, RequiredSecret, required_secrets

_APPLY = "kubectl apply --server-side --filename"


def readme(platform: Platform) -> str:
    """The text, as Markdown."""
    return "\n".join(_lines(platform)) + "\n"


def _lines(platform: Platform) -> Iterator[str]:
    names = addresses_of(platform)
    yield f"# Presswerk at {platform.domain}"
    yield ""
    yield "Written by `presswerk render`; changes here are lost. Change `platform.yaml`, render again, and commit."
    yield f"The hub will be at {names.hub_url}, the chat at {names.chat_url}, the identity provider at"
    yield f"{names.identity_url}, and each site at https://<tenant>.{platform.domain}."
    yield ""
    yield "| what | where |"
    yield "|---|---|"
    yield "| which charts, and which version of each | `releases.yaml` |"
    yield "| their values | `values/` |"
    yield "| what comes from no chart | `objects/` |"
    yield "| a `Tenant` each | `tenants/` |"
    yield "| Secrets that must exist, for programs | `secrets.yaml` |"
    yield ""
    yield "## Order"
    yield ""
    yield "Each step needs those above it. A tool that tries again until all is well (Argo CD, Flux) gets there from"
    yield "any order; by hand it is this one."
    yield ""
    yield from _numbered(_steps(platform))
    yield ""
    yield "## Charts"
    yield ""
    yield "| release | chart | version | namespace | why |"
    yield "|---|---|---|---|---|"
    for each in releases(platform):
        yield f"| {each.name} | `{each.chart}` | {each.version} | `{each.namespace}` | {each.purpose} |"
    yield ""
    yield "## Secrets"
    yield ""
    yield "They must exist before what needs them starts. None of their values stands in this repository:"
    yield "`presswerk secrets` makes and fills them; or let External Secrets or Sealed Secrets do so, or do it by hand."
    for secret in required_secrets(platform):
        yield ""
        yield from _secret(secret)


def _steps(platform: Platform) -> Iterator[tuple[str, str]]:
    entry = ENTRIES[platform.entry.controller]
    yield "Namespaces and definitions.", f"{_APPLY} objects/10-namespaces.yaml"
    if entry.name == "traefik":
        yield "The Gateway API, which Traefik's chart does not bring.", f"{_APPLY} {GATEWAY_API_URL}"
    yield "The Secrets below.", ""
    yield "The entry.", entry.command()
    if entry.name == "envoy-gateway":
        yield "Its class.", f"{_APPLY} objects/40-entry.yaml"
    yield "Certificates.", CERT_MANAGER.command()
    yield "What Authentik begins with.", f"{_APPLY} objects/30-identity-blueprint.yaml"
    yield "The identity provider.", AUTHENTIK.command()
    yield "Who may reach the chat.", f"{_APPLY} objects/50-chat-policies.yaml"
    yield (
        "The chat; the first time with one pod, which makes its database, then again without the last option.",
        f"{OPEN_WEBUI.command()} --set replicaCount=1",
    )
    yield "What a Tenant is.", f"{_APPLY} objects/20-tenant-definition.yaml"
    yield "Presswerk itself; the chart is in its repository.", PRESSWERK.command()
    yield "A check.", f"helm test {PRESSWERK.name} --namespace {PRESSWERK.namespace} --logs"
    yield "The tenants.", f"{_APPLY} tenants/"
    yield "See them become ready.", "kubectl get tenants --watch"


def _numbered(steps: Iterable[tuple[str, str]]) -> Iterator[str]:
    for number, (what, command) in enumerate(steps, start=1):
        yield f"{number}. {what}" + (f"\n   ```\n   {command}\n   ```" if command else "")


def _secret(secret: RequiredSecret) -> Iterator[str]:
    yield f"### `{secret.name}` in `{secret.namespace}`: {secret.purpose}"
    yield ""
    yield "| key | what | how to make it |"
    yield "|---|---|---|"
    for key in secret.keys:
        yield f"| `{key.name}` | {key.what} | {_how(key)} |"
    yield ""
    yield "With each value in a file named after its key (no line end), so that no process list shows it:"
    yield ""
    yield "```"
    kind = "" if secret.type == "Opaque" else f" --type={secret.type}"
    yield f"kubectl create secret generic {secret.name} --namespace {secret.namespace}{kind} --from-file=DIRECTORY/"
    yield "```"


def _how(key: Key) -> str:
    if key.same:
        return f"the same as in `{key.same}`"
    return f"`{key.how}`" if key.how else "from whoever gives it out"
