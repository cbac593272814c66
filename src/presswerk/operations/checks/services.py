"""What people need of the platform's own services: sign-on, hub, chat, and the AI endpoint."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from presswerk import __version__
from presswerk.ai import AiEndpoint, AiFailure, check_endpoint
from presswerk.messages import Message, sentences
from presswerk.operations.checks.machine import DISK
from presswerk.operations.checks.model import SAME, Act, Cause, Check, NotAsItShouldBe, PageAnswer, Remedy, Severity
from presswerk.operations.checks.requests import PATIENCE_SECONDS, get
from presswerk.operations.checks.targets import AiTarget, ChatTarget, HubTarget, SignOnTarget

_OK = 200
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def sign_on_document(provider: SignOnTarget) -> PageAnswer:
    """The identity provider publishes its document and keys, under the name that everybody trusts."""
    issuer = provider.address
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    answer = get(address, accept="application/json", through_proxy=True)
    document = answer.json_object()
    if answer.status != _OK:
        raise NotAsItShouldBe(Message("Its document answers %(status)s.", status=answer.status))
    if document.get("issuer") != issuer:
        raise NotAsItShouldBe(
            Message(
                "It calls itself %(name)s, but is trusted as %(issuer)s: nobody can sign in.",
                name=str(document["issuer"]) if document.get("issuer") else Message("nothing"),
                issuer=issuer,
            ),
            Remedy(
                Message("The identity provider and the platform need the same address, to the letter."), Act.BRING_UP
            ),
        )
    missing = [name for name in _ENDPOINTS if not document.get(name)]
    if missing:
        raise NotAsItShouldBe(Message("Its document names no %(what)s.", what=missing[0]))
    keys = get(str(document["jwks_uri"]), accept="application/json", through_proxy=True).json_object().get("keys")
    if not isinstance(keys, list) or not keys:
        raise NotAsItShouldBe(Message("It publishes no keys, so no sign-in can be verified."))
    return PageAnswer(Message("People can sign in."), answer.status)


def hub_ready(hub: HubTarget) -> PageAnswer:
    """The hub takes articles."""
    answer = get(f"{hub.internal_url}/health/ready", host=_host(hub.address), accept="application/json")
    document = answer.json_object()
    if answer.status != _OK or document.get("status") != "ready":
        found = document.get("checks")
        bad = [f"{name}: {state}" for name, state in found.items() if state != "ok"] if isinstance(found, dict) else []
        raise NotAsItShouldBe(Message("It cannot take articles (%(why)s).", why=", ".join(bad) or str(answer.status)))
    return PageAnswer(Message("It takes articles."), answer.status)


def hub_version(hub: HubTarget) -> Message:
    """The hub that runs is of the version that is installed: no upgrade is half done."""
    document = get(f"{hub.internal_url}/health/live", host=_host(hub.address), accept="application/json").json_object()
    runs = str(document.get("version", "-"))
    if runs != __version__:
        raise NotAsItShouldBe(
            Message("Version %(runs)s runs, and %(installed)s is installed.", runs=runs, installed=__version__)
        )
    return Message("Version %(installed)s runs.", installed=__version__)


def hub_issuer(hub: HubTarget) -> Message:
    """The hub trusts the same identity provider as everybody else."""
    address = f"{hub.internal_url}/.well-known/oauth-protected-resource"
    document = get(address, host=_host(hub.address), accept="application/json").json_object()
    trusted = document.get("authorization_servers")
    if not isinstance(trusted, list) or hub.issuer not in trusted:
        named = ", ".join(map(str, trusted)) if isinstance(trusted, list) else Message("nobody")
        raise NotAsItShouldBe(
            Message("It trusts %(who)s instead of %(issuer)s: nobody can publish.", who=named, issuer=hub.issuer)
        )
    return Message("It trusts %(who)s.", who=urlsplit(hub.issuer).netloc)


def chat_ready(chat: ChatTarget) -> PageAnswer:
    """The chat answers with what its page is made of; Open WebUI answers unknown addresses with its page, too."""
    host, base = _host(chat.address), chat.internal_url or chat.address
    document = get(f"{base}/api/config", host=host, accept="application/json").json_object()
    if document.get("status") is not True or not document.get("version"):
        raise NotAsItShouldBe(Message("Its configuration is not what Open WebUI answers."))
    oauth = document.get("oauth")
    providers = oauth.get("providers") if isinstance(oauth, dict) else None
    if not providers:
        raise NotAsItShouldBe(Message("It offers no sign-on: it could not read the identity provider's settings."))
    page = get(f"{base}/", host=host, accept="text/html")
    if page.status != _OK or page.media_type != "text/html" or "<script" not in page.text:
        raise NotAsItShouldBe(Message("Its page answers %(status)s without content.", status=page.status))
    return PageAnswer(Message("Open WebUI %(version)s shows its page.", version=str(document["version"])), page.status)


def ai_writes(ai: AiTarget) -> Message:
    """The AI endpoint really writes with the chat's key: one token, no more."""
    with AiEndpoint(ai.base_url, ai.api_key, timeout_seconds=PATIENCE_SECONDS) as endpoint:
        report = check_endpoint(endpoint, ai.model or None, draw=False, max_tokens=1)
    if not report.ok:
        said = Message.verbatim(report.reason or "-")
        if report.failure in _AI_FAILURES:
            told, remedy = _AI_FAILURES[report.failure]
            raise NotAsItShouldBe(sentences(said, told), remedy)
        theirs = Message.verbatim(report.remedy or "")
        # The chat learns of another key, model or address only when it is started again.
        is_set = "PRESSWERK_AI_" in str(theirs)
        raise NotAsItShouldBe(said, sentences(theirs, Message("then run `presswerk up`")) if is_set else theirs)
    if ai.is_stand_in:
        return Message("The offline stand-in, which is no AI, writes.")
    return Message("%(model)s writes.", model=report.model or "-")


def _host(address: str) -> str:
    return urlsplit(address).netloc


_KEY = Remedy(Message("Set PRESSWERK_AI_API_KEY to a key that is valid, and run `presswerk up`."))
_SERVICE = Remedy(Message("Look at the provider's status page; the chat works again as soon as the endpoint does."))
_AI_FAILURES: Mapping[AiFailure | None, tuple[Message, Remedy]] = {
    AiFailure.UNAUTHORIZED: (Message("the key is wrong, expired or revoked"), _KEY),
    AiFailure.UNPAID: (
        Message("the account's allowance is used up"),
        Remedy(
            Message("Pay for more at the provider, or set PRESSWERK_AI_API_KEY to another key and run `presswerk up`.")
        ),
    ),
    AiFailure.RATE_LIMITED: (
        Message("the key's limit is reached"),
        Remedy(Message("Wait until the provider takes requests again, or have the limit of the key raised.")),
    ),
    AiFailure.UNKNOWN_MODEL: (
        Message("the endpoint does not have the chat's model"),
        Remedy(
            Message(
                "Choose another model with PRESSWERK_AI_MODEL (`presswerk ai check` lists them), and run"
                " `presswerk up`."
            )
        ),
    ),
    AiFailure.UNREACHABLE: (
        Message("the endpoint cannot be reached"),
        Remedy(Message("Compare PRESSWERK_AI_BASE_URL with the provider's address, and look at the network.")),
    ),
    AiFailure.TIMEOUT: (Message("the endpoint is too slow"), _SERVICE),
}
"""What each failure means, and what to do about it."""

_PROCESS_OF_IDENTITY = (Cause("process", "identity"), Cause("process-stays", "identity"))
_OWN_PROCESS = (*DISK, Cause("process", SAME), Cause("process-stays", SAME), Cause("memory"))
_AGAIN = Message("If that does not help, read `presswerk logs %(service)s`.", service="SERVICE")

CHECKS: tuple[Check, ...] = (
    Check(
        "sign-on-document",
        Message("Does the identity provider publish its document and keys, under the name that is trusted?"),
        Remedy(_AGAIN, Act.RESTART),
        SignOnTarget,
        sign_on_document,
        causes=(*_OWN_PROCESS, Cause("certificate", SAME)),
    ),
    Check(
        "hub-ready",
        Message("Does the hub take articles?"),
        Remedy(_AGAIN, Act.RESTART),
        HubTarget,
        hub_ready,
        causes=(*_OWN_PROCESS, Cause("hub-database"), Cause("hub-schema")),
    ),
    Check(
        "hub-version",
        Message("Does the hub run in the version that is installed?"),
        Remedy(act=Act.BRING_UP),
        HubTarget,
        hub_version,
        severity=Severity.WARNING,
        causes=(*_OWN_PROCESS, Cause("hub-ready")),
    ),
    Check(
        "hub-issuer",
        Message("Does the hub trust the same identity provider as everybody else?"),
        Remedy(act=Act.BRING_UP),
        HubTarget,
        hub_issuer,
        causes=(*_OWN_PROCESS, Cause("hub-ready")),
    ),
    Check(
        "chat-ready",
        Message("Does the chat show its page and offer the sign-on?"),
        Remedy(_AGAIN, Act.RESTART),
        ChatTarget,
        chat_ready,
        causes=(*_OWN_PROCESS, *_PROCESS_OF_IDENTITY, Cause("sign-on-document")),
    ),
    Check(
        "ai-writes",
        Message("Does the AI endpoint write with the chat's key and model?"),
        _SERVICE,
        AiTarget,
        ai_writes,
        remember_seconds=45,
        causes=(Cause("process", SAME), Cause("process-stays", SAME), Cause("process-answers", SAME), Cause("clock")),
        threshold=Message("%(seconds)s s for one word", seconds=round(PATIENCE_SECONDS)),
        alert_after_seconds=300,
    ),
)
