"""Open WebUI as a supervised process: its settings and its service."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.service import Service

SERVICE_NAME = "chat"

# It calls nobody but the AI endpoint, the identity provider and the hub: no telemetry, no update check, no packages or
# models fetched while it runs.
_QUIET = MappingProxyType(
    {
        "USE_SLIM_DOCKER": "true",
        "OFFLINE_MODE": "true",
        "HF_HUB_OFFLINE": "1",
        "ENABLE_VERSION_UPDATE_CHECK": "false",
        "ENABLE_OLLAMA_API": "false",
        "ENABLE_PIP_INSTALL_FRONTMATTER_REQUIREMENTS": "false",
        "ANONYMIZED_TELEMETRY": "false",
        "DO_NOT_TRACK": "true",
        "SCARF_NO_ANALYTICS": "true",
        "ENABLE_COMMUNITY_SHARING": "false",
        "GLOBAL_LOG_LEVEL": "WARNING",
    }
)

# What an author sees: a chat with files and images. Settings come from here on every start, never from its database.
_AUTHORS = MappingProxyType(
    {
        "ENABLE_PERSISTENT_CONFIG": "false",
        "DEFAULT_USER_ROLE": "user",
        "DEFAULT_INTERFACE_SETTINGS": json.dumps({"showChangelog": False, "showUpdateToast": False}),
        # There is no embedding model in the slim installation: a file's text goes into the prompt as it is.
        "BYPASS_EMBEDDING_AND_RETRIEVAL": "true",
        "USER_PERMISSIONS_CHAT_FILE_UPLOAD": "true",
        # Speech recognition would need a local model; without one its buttons lead nowhere.
        "USER_PERMISSIONS_CHAT_STT": "false",
        "USER_PERMISSIONS_CHAT_CALL": "false",
        # A temporary chat is not stored, so nothing could be published from it.
        "USER_PERMISSIONS_CHAT_TEMPORARY": "false",
        # Each of these is one more call to the AI endpoint for every message.
        "ENABLE_TITLE_GENERATION": "false",
        "ENABLE_TAGS_GENERATION": "false",
        "ENABLE_FOLLOW_UP_GENERATION": "false",
        "ENABLE_AUTOCOMPLETE_GENERATION": "false",
        "ENABLE_EVALUATION_ARENA_MODELS": "false",
        "ENABLE_AUTOMATIONS": "false",
        "ENABLE_CALENDAR": "false",
        "ENABLE_CODE_INTERPRETER": "false",
    }
)

# Tenants share one Open WebUI: nobody shares with, or counts, another tenant's people, and its administrator reads no
# chat. (Its people search, `GET /api/v1/users/search`, answers everybody signed in, and no setting changes that.)
_PRIVACY = MappingProxyType(
    {
        "ENABLE_ADMIN_CHAT_ACCESS": "false",
        "ENABLE_ADMIN_EXPORT": "false",
        "ENABLE_PUBLIC_ACTIVE_USERS_COUNT": "false",
        "USER_PERMISSIONS_ACCESS_GRANTS_ALLOW_USERS": "false",
        "USER_PERMISSIONS_CHAT_ALLOW_PUBLIC_SHARING": "false",
        "OAUTH_GROUP_DEFAULT_SHARE": "false",
    }
)

# One way in for people: the identity provider. The password form is gone, and password sign-in stays on for the API
# only because provisioning signs in as the platform's own administrator, the one account that has a password.
# Nobody becomes an administrator by a group: an administrator of Open WebUI can change Functions, which run with every
# user's token, so that would hand each operator every tenant's authorship.
_SIGN_ON = MappingProxyType(
    {
        "ENABLE_SIGNUP": "false",
        "ENABLE_LOGIN_FORM": "false",
        "ENABLE_PASSWORD_AUTH": "true",
        "ENABLE_PASSWORD_CHANGE_FORM": "false",
        "ENABLE_OAUTH_SIGNUP": "true",
        "OAUTH_AUTO_REDIRECT": "true",
        "OAUTH_PROVIDER_NAME": "single sign-on",
        # `offline_access` brings the refresh token with which the publisher's access token stays fresh.
        "OAUTH_SCOPES": "openid email profile groups offline_access",
        "OAUTH_CODE_CHALLENGE_METHOD": "S256",
        # Without it the secret goes in the body when a token is renewed, which the provider refuses: an hour after
        # signing in nobody could publish.
        "OAUTH_TOKEN_ENDPOINT_AUTH_METHOD": "client_secret_basic",
        "OAUTH_MERGE_ACCOUNTS_BY_EMAIL": "false",
        "OAUTH_UPDATE_NAME_ON_LOGIN": "true",
        "ENABLE_OAUTH_ROLE_MANAGEMENT": "false",
        "ENABLE_OAUTH_GROUP_MANAGEMENT": "true",
        "ENABLE_OAUTH_GROUP_CREATION": "true",
        "OAUTH_GROUPS_CLAIM": "groups",
        "ENABLE_OAUTH_ID_TOKEN_COOKIE": "false",
        "JWT_EXPIRES_IN": "24h",
    }
)

SETTINGS: Mapping[str, str] = MappingProxyType({**_QUIET, **_AUTHORS, **_PRIVACY, **_SIGN_ON})
"""What Open WebUI is told wherever it runs; addresses and secrets come on top."""


def chat_environment(
    layout: Layout,
    *,
    secret_key: str,
    admin_email: str,
    admin_password: str,
    oidc_issuer: str,
    oidc_client_id: str,
    oidc_client_secret: str,
    ai_base_url: str,
    ai_api_key: str,
    default_model: str,
) -> Mapping[str, str]:
    """Every setting of Open WebUI; some are secrets.

    Args:
        layout: Where its data goes and on which address it answers.
        secret_key: Signs its sessions and encrypts stored tokens.
        admin_email: The platform's own administrator, made at the first start.
        admin_password: That account's password.
        oidc_issuer: The identity provider, found by discovery.
        oidc_client_id: Open WebUI's client there.
        oidc_client_secret: That client's secret.
        ai_base_url: The OpenAI-compatible endpoint, ending in `/v1`.
        ai_api_key: Its key; may be empty for an endpoint without one.
        default_model: The model a new chat starts with.
    """
    return MappingProxyType(
        {
            **SETTINGS,
            "DATA_DIR": str(layout.chat),
            "WEBUI_URL": layout.chat_url,
            "CORS_ALLOW_ORIGIN": layout.chat_url,
            "WEBUI_SECRET_KEY": secret_key,
            "WEBUI_ADMIN_EMAIL": admin_email,
            "WEBUI_ADMIN_PASSWORD": admin_password,
            "WEBUI_ADMIN_NAME": "Presswerk",
            "OPENID_PROVIDER_URL": f"{oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
            "OPENID_REDIRECT_URI": redirect_uri(layout),
            # Where the provider returns to after signing out; registered with Open WebUI's client.
            "WEBUI_AUTH_SIGNOUT_REDIRECT_URL": layout.chat_url,
            "OAUTH_CLIENT_ID": oidc_client_id,
            "OAUTH_CLIENT_SECRET": oidc_client_secret,
            # A browser gives them back over https alone, once that is where the chat is.
            "WEBUI_SESSION_COOKIE_SECURE": str(layout.chat_url.startswith("https:")).lower(),
            "OPENAI_API_BASE_URL": ai_base_url,
            "OPENAI_API_KEY": ai_api_key,
            "DEFAULT_MODELS": default_model,
        }
    )


def redirect_uri(layout: Layout) -> str:
    """Where the identity provider sends a person back to; registered with Open WebUI's client."""
    return f"{layout.chat_url}/oauth/oidc/callback"


def chat_service(
    layout: Layout,
    *,
    secret_key: str,
    admin_email: str,
    admin_password: str,
    oidc_issuer: str,
    oidc_client_id: str,
    oidc_client_secret: str,
    ai_base_url: str,
    ai_api_key: str,
    default_model: str,
    python: Path,
) -> Service:
    """Open WebUI on loopback; arguments as for `chat_environment`, and the `python` of the environment it is in."""
    return Service(
        name=SERVICE_NAME,
        command=(
            str(python.parent / "open-webui"),
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            str(layout.ports.chat),
        ),
        directory=layout.chat,
        environment=chat_environment(
            layout,
            secret_key=secret_key,
            admin_email=admin_email,
            admin_password=admin_password,
            oidc_issuer=oidc_issuer,
            oidc_client_id=oidc_client_id,
            oidc_client_secret=oidc_client_secret,
            ai_base_url=ai_base_url,
            ai_api_key=ai_api_key,
            default_model=default_model,
        ),
        # `/ready` waits for its database; 127.0.0.1 because a C library may try ::1 first for `localhost`.
        health_url=f"http://127.0.0.1:{layout.ports.chat}/ready",
        ready_timeout_seconds=180,
        priority=40,
        # It waits without end for every open browser to hang up; what it holds is in its database.
        stop_timeout_seconds=3,
    )
