"""How Open WebUI is set up wherever it runs: quiet, for authors, and without one tenant seeing another's people."""

import json
from collections.abc import Mapping
from types import MappingProxyType

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
