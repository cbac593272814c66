"""The applications that people sign in to, the same at every identity provider: the platform's own, and each site."""

import re
from dataclasses import dataclass, field

CHAT_CLIENT, HUB_CLIENT, CLI_CLIENT = "presswerk-chat", "presswerk-hub", "presswerk-cli"
CLI_REDIRECT_URI = "http://localhost:8400/callback"

SCOPES = ("openid", "profile", "email", "groups", "offline_access")
"""What they ask for; `offline_access` brings the refresh token by which a session outlives its first access token."""

_TENANT_ID = re.compile(r"\A[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])\Z")


@dataclass(frozen=True)
class Client:
    """An application people sign in to.

    Attributes:
        client_id: Its name at the provider, and the audience of its tokens.
        name: What a person reads.
        uri: Its address.
        redirect_uris: Where the provider may send a person back to after signing in.
        post_logout_redirect_uris: Where it may after signing out.
        public: Whether it keeps no secret, and proves itself by PKCE alone.
        secret: None for a public client, and where the provider keeps it.
    """

    client_id: str
    name: str
    uri: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    public: bool = False
    secret: str | None = field(default=None, repr=False)


def platform_clients(hub_url: str, chat_url: str) -> tuple[Client, ...]:
    """The platform's own, by the addresses that browsers see; see "Identity" in docs/contracts.md."""
    return (
        Client(HUB_CLIENT, "Presswerk", hub_url, (f"{hub_url}/auth/callback",), (hub_url, f"{hub_url}/")),
        Client(CHAT_CLIENT, "Open WebUI", chat_url, (f"{chat_url}/oauth/oidc/callback",), (chat_url, f"{chat_url}/")),
        Client(CLI_CLIENT, "Presswerk command line", "http://localhost:8400", (CLI_REDIRECT_URI,), (), public=True),
    )


def site_client(tenant_id: str, name: str, site_url: str) -> Client:
    """That of a tenant's site, by the address that browsers see."""
    url = site_url.rstrip("/")
    login = f"{url}/wp-login.php"
    callback, after = f"{login}?action=presswerk-callback", f"{login}?loggedout=true"
    return Client(site_client_id(tenant_id), name, url, (callback,), (after,))


def site_client_id(tenant_id: str) -> str:
    """The client of a tenant's site.

    Raises:
        ValueError: It is no tenant's id, and would end up in an address.
    """
    if _TENANT_ID.match(tenant_id) is None:
        raise ValueError(f"{tenant_id!r} is no tenant id; give 2 to 20 characters of a-z, 0-9 and inner hyphens")
    return f"site-{tenant_id}"
