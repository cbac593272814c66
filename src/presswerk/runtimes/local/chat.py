"""Open WebUI as a supervised process: its settings and its service."""

from pathlib import Path

from presswerk.identity.clients import CHAT_CLIENT
from presswerk.openwebui.settings import SETTINGS
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.service import Service
from presswerk.sites.fpm import ProcessOwner

SERVICE_NAME = "chat"


def chat_service(
    layout: Layout,
    *,
    secret_key: str,
    admin_email: str,
    admin_password: str,
    client_secret: str,
    ai_url: str,
    ai_key: str,
    default_model: str,
    python: Path,
    owner: ProcessOwner | None = None,
) -> Service:
    """Open WebUI on loopback.

    Args:
        layout: Where its data goes, on which address it answers, and which provider people sign in at.
        secret_key: Signs its sessions and encrypts stored tokens.
        admin_email: The platform's own administrator, made at the first start.
        admin_password: That account's password.
        client_secret: Of Open WebUI's client at the provider.
        ai_url: The OpenAI-compatible endpoint, ending in `/v1`.
        ai_key: Its key; may be empty for an endpoint without one.
        default_model: The model a new chat starts with.
        python: Of the environment it is installed in.
        owner: As whom it runs; None for whoever starts it.
    """
    environment = {
        **SETTINGS,
        "DATA_DIR": str(layout.chat),
        # It writes its pictures and scripts anew at each start, beside its code unless told otherwise.
        "STATIC_DIR": str(layout.chat / "static"),
        "WEBUI_URL": layout.chat_url,
        "CORS_ALLOW_ORIGIN": layout.chat_url,
        "WEBUI_SECRET_KEY": secret_key,
        "WEBUI_ADMIN_EMAIL": admin_email,
        "WEBUI_ADMIN_PASSWORD": admin_password,
        "WEBUI_ADMIN_NAME": "Presswerk",
        "OPENID_PROVIDER_URL": f"{layout.identity_url}/.well-known/openid-configuration",
        "OPENID_REDIRECT_URI": f"{layout.chat_url}/oauth/oidc/callback",
        # Where the provider returns to after signing out; registered with Open WebUI's client.
        "WEBUI_AUTH_SIGNOUT_REDIRECT_URL": layout.chat_url,
        "OAUTH_CLIENT_ID": CHAT_CLIENT,
        "OAUTH_CLIENT_SECRET": client_secret,
        # A browser gives them back over https alone, once that is where the chat is.
        "WEBUI_SESSION_COOKIE_SECURE": str(layout.chat_url.startswith("https:")).lower(),
        "OPENAI_API_BASE_URL": ai_url,
        "OPENAI_API_KEY": ai_key,
        "DEFAULT_MODELS": default_model,
        # Milliseconds. Whoever waits in vain for the file logs the whole statement, tokens and all.
        "DATABASE_SQLITE_PRAGMA_BUSY_TIMEOUT": "60000",
    }
    return Service(
        name=SERVICE_NAME,
        command=(str(python.parent / "open-webui"), "serve", "--host", "127.0.0.1", "--port", str(layout.ports.chat)),
        directory=layout.chat,
        environment=environment,
        # `/ready` waits for its database; 127.0.0.1 because a C library may try ::1 first for `localhost`.
        health_url=f"http://127.0.0.1:{layout.ports.chat}/ready",
        ready_timeout_seconds=180,
        priority=40,
        # It waits without end for every open browser to hang up; what it holds is in its database.
        stop_timeout_seconds=3,
        owner=owner,
    )
