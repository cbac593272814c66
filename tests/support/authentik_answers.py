"""What an Authentik answers to each request, in the shapes of its API."""

import uuid
from collections.abc import Mapping
from typing import Any

from tests.support.authentik_store import Object, Refused, Store

Answer = tuple[int, Any]
_NOW = "2026-11-23T10:00:00Z"


class Answers:
    """One method for each handler of a route; it takes the path's keys, the query and the body."""

    def __init__(self, store: Store, permissions: frozenset[str] | None) -> None:
        self._store = store
        self._permissions = permissions

    def groups(self, asked: Mapping[str, str], body: Any) -> Answer:
        with_users = asked.get("include_users", "true") == "true"
        return 200, [self._group(each, with_users) for each in _filtered(self._store.groups.values(), asked, "name")]

    def make_group(self, asked: Mapping[str, str], body: Any) -> Answer:
        return 201, self._group(self._store.make_group(body), True)

    def change_group(self, pk: str, asked: Mapping[str, str], body: Any) -> Answer:
        group = self._store.groups[pk]
        demotes = group["is_superuser"] and body.get("is_superuser") is False
        if demotes and not self._may("authentik_core.disable_group_superuser"):
            raise Refused({"is_superuser": ["User does not have permission to set superuser status to False."]})
        group.update(body)
        return 200, self._group(group, True)

    def delete_group(self, pk: str, asked: Mapping[str, str], body: Any) -> Answer:
        self._store.delete_group(pk)
        return 204, None

    def add_user(self, pk: str, asked: Mapping[str, str], body: Any) -> Answer:
        user = self._store.users[body["pk"]]
        self._store.members[pk].add(user["pk"])
        return 204, None

    def remove_user(self, pk: str, asked: Mapping[str, str], body: Any) -> Answer:
        user = self._store.users[body["pk"]]
        self._store.members[pk].discard(user["pk"])
        return 204, None

    def users(self, asked: Mapping[str, str], body: Any) -> Answer:
        return 200, [_user(each) for each in _filtered(self._store.users.values(), asked, "username")]

    def application(self, slug: str, asked: Mapping[str, str], body: Any) -> Answer:
        return 200, self._application(self._store.applications[slug])

    def make_application(self, asked: Mapping[str, str], body: Any) -> Answer:
        return 201, self._application(self._store.make_application(body))

    def change_application(self, slug: str, asked: Mapping[str, str], body: Any) -> Answer:
        return 200, self._application(self._store.change_application(slug, body))

    def delete_application(self, slug: str, asked: Mapping[str, str], body: Any) -> Answer:
        self._store.delete_application(slug)
        return 204, None

    def transaction(self, asked: Mapping[str, str], body: Any) -> Answer:
        for needed in (
            "authentik_core.add_application",
            "authentik_providers_oauth2.add_oauth2provider",
            "authentik_policies.add_policybinding",
        ):
            if not self._may(needed):
                model = needed.replace("add_", "")
                return 403, {"provider": f"User lacks permission to create {model}"}
        self._store.transaction(body)
        return 200, {"applied": True, "logs": []}

    def providers(self, asked: Mapping[str, str], body: Any) -> Answer:
        return 200, [
            self._provider(each) for each in _filtered(self._store.providers.values(), asked, "name", "client_id")
        ]

    def provider(self, pk: str, asked: Mapping[str, str], body: Any) -> Answer:
        return 200, self._provider(self._store.providers[int(pk)])

    def make_provider(self, asked: Mapping[str, str], body: Any) -> Answer:
        return 201, self._provider(self._store.make_provider(body))

    def change_provider(self, pk: str, asked: Mapping[str, str], body: Any) -> Answer:
        return 200, self._provider(self._store.change_provider(int(pk), body))

    def delete_provider(self, pk: str, asked: Mapping[str, str], body: Any) -> Answer:
        self._store.delete_provider(int(pk))
        return 204, None

    def bindings(self, asked: Mapping[str, str], body: Any) -> Answer:
        return 200, [_binding(each) for each in _filtered(self._store.bindings.values(), asked, "target")]

    def make_binding(self, asked: Mapping[str, str], body: Any) -> Answer:
        return 201, _binding(self._store.make_binding(body))

    def change_binding(self, pk: str, asked: Mapping[str, str], body: Any) -> Answer:
        self._store.bindings[pk].update(body)
        return 200, _binding(self._store.bindings[pk])

    def delete_binding(self, pk: str, asked: Mapping[str, str], body: Any) -> Answer:
        del self._store.bindings[pk]
        return 204, None

    def flows(self, asked: Mapping[str, str], body: Any) -> Answer:
        return 200, [_flow(each) for each in _filtered(self._store.flows.values(), asked, "slug")]

    def certificates(self, asked: Mapping[str, str], body: Any) -> Answer:
        return 200, [_certificate(each) for each in _filtered(self._store.certificates.values(), asked, "name")]

    def mappings(self, asked: Mapping[str, str], body: Any) -> Answer:
        return 200, [_mapping(each) for each in self._store.mappings.values()]

    def _may(self, permission: str) -> bool:
        return self._permissions is None or permission in self._permissions

    def _group(self, group: Object, with_users: bool) -> Object:
        members = sorted(self._store.members[group["pk"]])
        people = [{**self._store.users[pk], "last_login": None, "attributes": {}} for pk in members]
        return {
            **group,
            "parents": [],
            "parents_obj": None,
            "users": members,
            "users_obj": people if with_users else None,
            "attributes": {},
            "roles": [],
            "roles_obj": [],
            "inherited_roles_obj": None,
            "children": [],
            "children_obj": None,
        }

    def _application(self, application: Object) -> Object:
        provider = application["provider"]
        return {
            **application,
            "pbm_uuid": application["pk"],
            "provider_obj": None if provider is None else self._any_provider(self._store.providers[provider]),
            "backchannel_providers": [],
            "backchannel_providers_obj": [],
            "launch_url": application["meta_launch_url"],
            "open_in_new_tab": False,
            "meta_icon": "",
            "meta_icon_url": None,
            "meta_icon_themed_urls": None,
            "meta_description": "",
            "meta_publisher": "",
            "meta_hide": False,
        }

    def _provider(self, provider: Object) -> Object:
        redirects = [{"redirect_uri_type": "authorization", **each} for each in provider["redirect_uris"]]
        return {
            **self._any_provider(provider),
            **provider,
            "redirect_uris": redirects,
            "logout_uri": "",
            "logout_method": "backchannel",
            "refresh_token_threshold": "seconds=0",
        }

    def _any_provider(self, provider: Object) -> Object:
        own = next((each for each in self._store.applications.values() if each["provider"] == provider["pk"]), None)
        return {
            "pk": provider["pk"],
            "name": provider["name"],
            "authentication_flow": None,
            "authorization_flow": provider["authorization_flow"],
            "invalidation_flow": provider["invalidation_flow"],
            "property_mappings": provider["property_mappings"],
            "component": "ak-provider-oauth2-form",
            "assigned_application_slug": None if own is None else own["slug"],
            "assigned_application_name": None if own is None else own["name"],
            "assigned_backchannel_application_slug": None,
            "assigned_backchannel_application_name": None,
            "verbose_name": "OAuth2/OpenID Provider",
            "verbose_name_plural": "OAuth2/OpenID Providers",
            "meta_model_name": "authentik_providers_oauth2.oauth2provider",
        }


def _filtered(objects: Any, asked: Mapping[str, str], *names: str) -> list[Object]:
    return [each for each in objects if all(each[name] == asked[name] for name in names if name in asked)]


def _user(user: Object) -> Object:
    return {
        **user,
        "last_login": None,
        "date_joined": _NOW,
        "is_superuser": False,
        "groups": [],
        "groups_obj": None,
        "roles": [],
        "roles_obj": None,
        "avatar": "data:,",
        "attributes": {},
        "path": "users",
        "type": "internal",
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, user["username"])),
        "password_change_date": _NOW,
        "last_updated": _NOW,
    }


def _binding(binding: Object) -> Object:
    return {
        **binding,
        "policy_obj": None,
        "group_obj": None,
        "user_obj": None,
        "expires": None,
        "expiring": False,
    }


def _flow(flow: Object) -> Object:
    return {
        **flow,
        "policybindingmodel_ptr_id": flow["pk"],
        "name": flow["slug"],
        "title": flow["slug"],
        "designation": "authorization",
        "background": "",
        "background_url": "",
        "background_themed_urls": None,
        "stages": [],
        "policies": [],
        "cache_count": 0,
        "export_url": "",
    }


def _certificate(certificate: Object) -> Object:
    return {
        **certificate,
        "fingerprint_sha256": None,
        "fingerprint_sha1": None,
        "cert_expiry": None,
        "cert_subject": None,
        "certificate_download_url": "",
        "private_key_download_url": "",
        "managed": None,
    }


def _mapping(mapping: Object) -> Object:
    return {
        **mapping,
        "expression": "return {}",
        "component": "ak-property-mapping-provider-scope-form",
        "verbose_name": "Scope Mapping",
        "verbose_name_plural": "Scope Mappings",
        "meta_model_name": "authentik_providers_oauth2.scopemapping",
        "description": "",
    }
