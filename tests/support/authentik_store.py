"""What an Authentik holds, for tests: objects, their rules, and how they go with each other.

A double: no Authentik can be started where the tests run. Its rules (what is unique, what goes with what, what a
transaction refuses) are those of Authentik 2026.8 as its sources say them.
"""

import itertools
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]


class Refused(Exception):
    """A 400 with what is wrong with which field."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__(str(fields))
        self.fields = fields


def _key() -> str:
    return str(uuid.uuid4())


@dataclass
class Store:
    """Objects by key; `fresh` has what Authentik's default blueprints and ours make."""

    flows: dict[str, Object] = field(default_factory=dict)
    certificates: dict[str, Object] = field(default_factory=dict)
    mappings: dict[str, Object] = field(default_factory=dict)
    groups: dict[str, Object] = field(default_factory=dict)
    users: dict[int, Object] = field(default_factory=dict)
    applications: dict[str, Object] = field(default_factory=dict)
    providers: dict[int, Object] = field(default_factory=dict)
    bindings: dict[str, Object] = field(default_factory=dict)
    members: dict[str, set[int]] = field(default_factory=dict)
    numbers: Iterable[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def fresh(cls) -> "Store":
        """An Authentik after its first start, with the platform's blueprint applied."""
        store = cls()
        for slug in ("default-provider-authorization-implicit-consent", "default-invalidation-flow"):
            store.flows[slug] = {"pk": _key(), "slug": slug}
        store.certificate("authentik Self-signed Certificate")
        for scope in ("openid", "email", "profile", "offline_access", "entitlements"):
            store.mapping(f"authentik default: {scope}", scope, f"goauthentik.io/providers/oauth2/scope-{scope}")
        store.mapping("Presswerk profile", "profile")
        store.mapping("Presswerk groups", "groups")
        store.make_group({"name": "presswerk-admin"})
        store.make_group({"name": "authentik Admins", "is_superuser": True})
        return store

    def number(self) -> int:
        return next(iter(self.numbers))

    def certificate(self, name: str, key_type: str = "rsa", *, private: bool = True) -> Object:
        made: Object = {"pk": _key(), "name": name, "key_type": key_type, "private_key_available": private}
        self.certificates[made["pk"]] = made
        return made

    def mapping(self, name: str, scope: str, managed: str | None = None) -> Object:
        made: Object = {"pk": _key(), "name": name, "scope_name": scope, "managed": managed}
        self.mappings[made["pk"]] = made
        return made

    def user(self, username: str, name: str = "", *, active: bool = True) -> Object:
        pk = self.number()
        made: Object = {
            "pk": pk,
            "username": username,
            "name": name or username.title(),
            "email": f"{username}@example.com",
            "is_active": active,
            "uid": f"hashed-{pk}",
        }
        self.users[pk] = made
        return made

    def make_group(self, body: Mapping[str, Any]) -> Object:
        if any(each["name"] == body["name"] for each in self.groups.values()):
            raise Refused({"name": ["This field must be unique."]})
        made: Object = {"is_superuser": False, **body, "pk": _key(), "num_pk": self.number()}
        self.groups[made["pk"]] = made
        self.members[made["pk"]] = set()
        return made

    def group_named(self, name: str) -> Object | None:
        return next((each for each in self.groups.values() if each["name"] == name), None)

    def delete_group(self, pk: str) -> None:
        del self.groups[pk]
        del self.members[pk]
        self.bindings = {key: each for key, each in self.bindings.items() if each.get("group") != pk}

    def make_provider(self, body: Mapping[str, Any]) -> Object:
        self._check_provider(body, None)
        pk = self.number()
        made: Object = {
            "client_id": _key(),
            "client_secret": f"made-by-authentik-{_key()}",
            "client_type": "confidential",
            "grant_types": [],
            "property_mappings": [],
            "signing_key": None,
            "encryption_key": None,
            "access_code_validity": "minutes=1",
            "access_token_validity": "minutes=5",
            "refresh_token_validity": "days=30",
            "include_claims_in_id_token": True,
            "sub_mode": "hashed_user_id",
            "issuer_mode": "per_provider",
            "jwt_federation_sources": [],
            "jwt_federation_providers": [],
            **body,
            "pk": pk,
        }
        self.providers[pk] = made
        return made

    def change_provider(self, pk: int, body: Mapping[str, Any]) -> Object:
        self._check_provider(body, pk)
        self.providers[pk].update(body)
        return self.providers[pk]

    def delete_provider(self, pk: int) -> None:
        del self.providers[pk]
        for application in self.applications.values():
            if application.get("provider") == pk:
                application["provider"] = None

    def _check_provider(self, body: Mapping[str, Any], own: int | None) -> None:
        for name in ("name", "client_id"):
            others = (each for pk, each in self.providers.items() if pk != own)
            if name in body and any(each[name] == body[name] for each in others):
                raise Refused({name: [f"OAuth2/OpenID Provider with this {name} already exists."]})
        flows = {each["pk"] for each in self.flows.values()}
        for name, known in (
            ("authorization_flow", flows),
            ("invalidation_flow", flows),
            ("signing_key", set(self.certificates)),
        ):
            if body.get(name) is not None and body[name] not in known:
                raise Refused({name: [f'Invalid pk "{body[name]}" - object does not exist.']})
        for mapping in body.get("property_mappings", ()):
            if mapping not in self.mappings:
                raise Refused({"property_mappings": [f'Invalid pk "{mapping}" - object does not exist.']})

    def make_application(self, body: Mapping[str, Any]) -> Object:
        if body["slug"] in self.applications:
            raise Refused({"slug": ["Application with this slug already exists."]})
        self._check_application(body, None)
        made: Object = {
            "group": "",
            "meta_launch_url": "",
            "policy_engine_mode": "any",
            "provider": None,
            **body,
            "pk": _key(),
        }
        self.applications[made["slug"]] = made
        return made

    def change_application(self, slug: str, body: Mapping[str, Any]) -> Object:
        self._check_application(body, slug)
        application = self.applications.pop(slug)
        application.update(body)
        self.applications[application["slug"]] = application
        return application

    def delete_application(self, slug: str) -> None:
        pk = self.applications.pop(slug)["pk"]
        self.bindings = {key: each for key, each in self.bindings.items() if each["target"] != pk}

    def _check_application(self, body: Mapping[str, Any], own: str | None) -> None:
        provider = body.get("provider")
        if provider is None:
            return
        if provider not in self.providers:
            raise Refused({"provider": [f'Invalid pk "{provider}" - object does not exist.']})
        if any(each.get("provider") == provider for slug, each in self.applications.items() if slug != own):
            raise Refused({"provider": ["Application with this provider already exists."]})

    def make_binding(self, body: Mapping[str, Any]) -> Object:
        if sum(body.get(name) is not None for name in ("group", "user", "policy")) != 1:
            raise Refused({"non_field_errors": ["One of 'policy', 'group', 'user' must be set."]})
        if body.get("group") is not None and body["group"] not in self.groups:
            raise Refused({"group": [f'Invalid pk "{body["group"]}" - object does not exist.']})
        if all(each["pk"] != body["target"] for each in self.applications.values()):
            raise Refused({"target": [f'Invalid pk "{body["target"]}" - object does not exist.']})
        made: Object = {
            "group": None,
            "user": None,
            "policy": None,
            "negate": False,
            "enabled": True,
            "timeout": 30,
            "failure_result": False,
            **body,
            "pk": _key(),
        }
        self.bindings[made["pk"]] = made
        return made

    def transaction(self, body: Mapping[str, Any]) -> None:
        """Both, or neither; each must be new."""
        if body["app"]["slug"] in self.applications:
            raise Refused({"app": {"slug": ["Application with this slug already exists."]}})
        for binding in body.get("policy_bindings", ()):
            if binding.get("group") is not None and binding["group"] not in self.groups:
                raise Refused({"policy_bindings": [{"group": [f'Invalid pk "{binding["group"]}"']}]})
        try:
            provider = self.make_provider(body["provider"])
        except Refused as refused:
            raise Refused({"provider": refused.fields}) from None
        application = self.make_application({**body["app"], "provider": provider["pk"]})
        for binding in body.get("policy_bindings", ()):
            self.make_binding({**binding, "target": application["pk"]})
