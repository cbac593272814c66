"""Open WebUI as a supervised process: its settings and its service."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from presswerk.openwebui.settings import SETTINGS
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.service import Service

SERVICE_NAME = "chat"


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
