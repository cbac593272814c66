"""What people need of the platform's own services: sign-on, hub, chat, and the AI endpoint."""

from urllib.parse import urlsplit

from presswerk.ai import AiEndpoint, check_endpoint
from presswerk.operations.checks.model import NotAsItShouldBe
from presswerk.operations.checks.requests import PATIENCE_SECONDS, get
from presswerk.operations.checks.targets import AiTarget, ChatTarget, HubTarget, SignOnTarget

_OK = 200
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def sign_on_document(provider: SignOnTarget) -> str:
    """The identity provider publishes its document and keys, under the name that everybody trusts."""
    issuer = provider.address
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    answer = get(address, accept="application/json", through_proxy=True)
    document = answer.json_object()
    if answer.status != _OK:
        raise NotAsItShouldBe(f"Its document answers {answer.status}.")
    if document.get("issuer") != issuer:
        raise NotAsItShouldBe(
            f"It calls itself {document.get('issuer') or 'nothing'}, but is trusted as {issuer}: nobody can sign in.",
            "Give the identity provider and the platform the same address, to the letter, and run `presswerk up`.",
        )
    missing = [name for name in _ENDPOINTS if not document.get(name)]
    if missing:
        raise NotAsItShouldBe(f"Its document names no {missing[0]}.")
    keys = get(str(document["jwks_uri"]), accept="application/json", through_proxy=True).json_object().get("keys")
    if not isinstance(keys, list) or not keys:
        raise NotAsItShouldBe("It publishes no keys, so no sign-in can be verified.")
    return "People can sign in."


def hub_ready(hub: HubTarget) -> str:
    """The hub takes articles."""
    answer = get(f"{hub.internal_url}/health/ready", host=_host(hub.address), accept="application/json")
    document = answer.json_object()
    if answer.status != _OK or document.get("status") != "ready":
        found = document.get("checks")
        bad = [f"{name}: {state}" for name, state in found.items() if state != "ok"] if isinstance(found, dict) else []
        raise NotAsItShouldBe(f"It cannot take articles ({', '.join(bad) or answer.status}).")
    return "It takes articles."


def hub_issuer(hub: HubTarget) -> str:
    """The hub trusts the same identity provider as everybody else."""
    address = f"{hub.internal_url}/.well-known/oauth-protected-resource"
    document = get(address, host=_host(hub.address), accept="application/json").json_object()
    trusted = document.get("authorization_servers")
    if not isinstance(trusted, list) or hub.issuer not in trusted:
        named = ", ".join(map(str, trusted)) if isinstance(trusted, list) else "nobody"
        raise NotAsItShouldBe(f"It trusts {named} instead of {hub.issuer}: nobody can publish.")
    return f"It trusts {urlsplit(hub.issuer).netloc}."


def chat_ready(chat: ChatTarget) -> str:
    """The chat answers with what its page is made of; Open WebUI answers unknown addresses with its page, too."""
    host, base = _host(chat.address), chat.internal_url or chat.address
    document = get(f"{base}/api/config", host=host, accept="application/json").json_object()
    if document.get("status") is not True or not document.get("version"):
        raise NotAsItShouldBe("Its configuration is not what Open WebUI answers.")
    oauth = document.get("oauth")
    providers = oauth.get("providers") if isinstance(oauth, dict) else None
    if not providers:
        raise NotAsItShouldBe("It offers no sign-on: it could not read the identity provider's settings.")
    page = get(f"{base}/", host=host, accept="text/html")
    if page.status != _OK or page.media_type != "text/html" or "<script" not in page.text:
        raise NotAsItShouldBe(f"Its page answers {page.status} without content.")
    return f"Open WebUI {document['version']} shows its page."


def ai_writes(ai: AiTarget) -> str:
    """The AI endpoint really writes with the chat's key: one token, no more."""
    with AiEndpoint(ai.base_url, ai.api_key, timeout_seconds=PATIENCE_SECONDS) as endpoint:
        report = check_endpoint(endpoint, ai.model or None, draw=False, max_tokens=1)
    if not report.ok:
        remedy = report.remedy or ""
        if "PRESSWERK_AI_" in remedy:
            # The chat learns of another key, model or address only when it is started again.
            remedy = f"{remedy} Then run `presswerk up`."
        raise NotAsItShouldBe(report.reason or "It writes nothing.", remedy)
    writer = "The offline stand-in, which is no AI," if ai.is_stand_in else report.model
    return f"{writer} writes."


def _host(address: str) -> str:
    return urlsplit(address).netloc
