"""Reading what is at Authentik, by name only: no key of an object is kept anywhere else."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from presswerk.declaration import OPERATOR_GROUP
from presswerk.identity.clients import site_client_id
from presswerk.identity.providers import authentik_wanted as names
from presswerk.identity.providers.authentik_api import AuthentikApi
from presswerk.identity.providers.authentik_plan import Found, FoundApplication, FoundBinding, FoundGroup, FoundProvider
from presswerk.identity.providers.authentik_wanted import Foundation
from presswerk.identity.providers.errors import MissingPrerequisite

_KEY_TYPES = frozenset({"rsa", "ec"})  # what the connector and the hub verify
_VIEW_GROUP = "authentik_core.view_group"
_VIEW_PROVIDER = "authentik_providers_oauth2.view_oauth2provider"


def foundation(api: AuthentikApi) -> Foundation:
    """Look up what must be there before any tenant.

    Raises:
        MissingPrerequisite: Something is not there; says what makes it.
    """
    operators = group(api, OPERATOR_GROUP)
    if operators is None:
        raise MissingPrerequisite(f"there is no group {OPERATOR_GROUP} at Authentik; apply the platform's blueprint")
    return Foundation(
        authorization_flow=_flow(api, names.AUTHORIZATION_FLOW),
        invalidation_flow=_flow(api, names.INVALIDATION_FLOW),
        signing_key=_signing_key(api, names.SIGNING_KEY),
        scopes=_scopes(api),
        operators=operators.pk,
    )


def tenant_state(api: AuthentikApi, tenant_id: str) -> Found:
    """Look up everything of a tenant."""
    client_id = site_client_id(tenant_id)
    application = _application(api, client_id)
    return Found(
        groups=MappingProxyType({each.name: each for each in tenant_groups(api, tenant_id)}),
        application=application,
        provider=_provider(api, client_id, application),
        bindings=() if application is None else tuple(_bindings(api, application)),
    )


def tenant_groups(api: AuthentikApi, tenant_id: str) -> Iterator[FoundGroup]:
    """Those of a tenant's groups that are there."""
    for name in names.tenant_groups(tenant_id):
        found = group(api, name)
        if found is not None:
            yield found


def group(api: AuthentikApi, name: str) -> FoundGroup | None:
    """A group by its exact name, without its people."""
    found = _exactly(api.pages("/core/groups/", _VIEW_GROUP, name=name, include_users="false"), "name", name)
    return None if found is None else FoundGroup(str(found["pk"]), name, found.get("is_superuser") is True)


def _flow(api: AuthentikApi, slug: str) -> str:
    found = _exactly(api.pages("/flows/instances/", "authentik_flows.view_flow", slug=slug), "slug", slug)
    if found is None:
        raise MissingPrerequisite(f"there is no flow {slug} at Authentik; enable its default blueprints")
    return str(found["pk"])


def _signing_key(api: AuthentikApi, name: str) -> str:
    found = _exactly(
        api.pages("/crypto/certificatekeypairs/", "authentik_crypto.view_certificatekeypair", name=name), "name", name
    )
    if found is None or not found.get("private_key_available"):
        raise MissingPrerequisite(
            f"there is no certificate {name!r} with a private key at Authentik; make one (System > Certificates)"
        )
    if found.get("key_type") not in _KEY_TYPES:
        raise MissingPrerequisite(
            f"the certificate {name!r} at Authentik has a key of type {found.get('key_type')}; "
            "tokens need RSA, or EC on P-256: make it anew (System > Certificates)"
        )
    return str(found["pk"])


def _scopes(api: AuthentikApi) -> Mapping[str, str]:
    listed = tuple(api.pages("/propertymappings/provider/scope/", "authentik_providers_oauth2.view_scopemapping"))
    found = {
        scope: _exactly(listed, key, value)
        for key, wanted in (("managed", names.MANAGED_SCOPES), ("name", names.OWN_SCOPES))
        for scope, value in wanted.items()
    }
    missing = sorted(scope for scope, each in found.items() if each is None)
    if missing:
        raise MissingPrerequisite(
            f"there is no scope mapping for {', '.join(missing)} at Authentik; apply the platform's blueprint "
            "(profile, groups), or enable Authentik's own (openid, email, offline_access)"
        )
    return MappingProxyType({scope: str(each["pk"]) for scope, each in found.items() if each is not None})


def _application(api: AuthentikApi, slug: str) -> FoundApplication | None:
    # By its address: the list holds only what the token's owner may open themselves.
    found = api.get(f"/core/applications/{slug}/", "authentik_core.view_application")
    if found is None:
        return None
    provider = found.get("provider")
    return FoundApplication(str(found["pk"]), provider if isinstance(provider, int) else None, _shown(found))


def _provider(api: AuthentikApi, client_id: str, application: FoundApplication | None) -> FoundProvider | None:
    found = None
    for key in ("client_id", "name"):
        listed = api.pages("/providers/oauth2/", _VIEW_PROVIDER, **{key: client_id})
        found = found or _exactly(listed, key, client_id)
    if found is None and application is not None and application.provider is not None:
        # Somebody renamed it; it is the application's all the same.
        found = api.get(f"/providers/oauth2/{application.provider}/", _VIEW_PROVIDER)
    if found is None:
        return None
    return FoundProvider(int(found["pk"]), _shown(found), _text(found.get("client_secret")))


def _bindings(api: AuthentikApi, application: FoundApplication) -> Iterator[FoundBinding]:
    for each in api.pages("/policies/bindings/", "authentik_policies.view_policybinding", target=application.pk):
        if str(each.get("target")) == application.pk:
            yield FoundBinding(
                pk=str(each["pk"]),
                order=int(each["order"]),
                group=_text(each.get("group")),
                user=each.get("user"),
                policy=_text(each.get("policy")),
                attributes=_shown(each),
            )


def _exactly(listed: Iterable[Mapping[str, Any]], key: str, value: str) -> Mapping[str, Any] | None:
    """The one that is named so: what a filter means by equal, or whether it is known at all, is the server's affair."""
    return next((each for each in listed if each.get(key) == value), None)


def _shown(found: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType({name: value for name, value in found.items() if name != "client_secret"})


def _text(value: object) -> str | None:
    return None if value is None else str(value)
