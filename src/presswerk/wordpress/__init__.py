"""One WordPress site over HTTP; the connector plugin itself lives in connector/."""

from presswerk.wordpress.client import CHECK_ISSUER, SiteClient, SiteStatus
from presswerk.wordpress.clients import SiteClients
from presswerk.wordpress.connector_files import connector_path, connector_version
from presswerk.wordpress.errors import (
    AlreadyPublished,
    ConnectorMissing,
    EditedOnSite,
    ImageRejected,
    PostGone,
    RevisionConflict,
    SiteBlocked,
    SiteError,
    SiteRefusedCredentials,
    SiteRejected,
    SiteUnavailable,
    StaleRevision,
)
from presswerk.wordpress.model import (
    Connection,
    PostAuthor,
    PostContent,
    PostImage,
    SiteImage,
    SitePost,
    SiteState,
    SiteTerms,
)

__all__ = [
    "CHECK_ISSUER",
    "AlreadyPublished",
    "Connection",
    "ConnectorMissing",
    "EditedOnSite",
    "ImageRejected",
    "PostAuthor",
    "PostContent",
    "PostGone",
    "PostImage",
    "RevisionConflict",
    "SiteBlocked",
    "SiteClient",
    "SiteClients",
    "SiteError",
    "SiteImage",
    "SitePost",
    "SiteRefusedCredentials",
    "SiteRejected",
    "SiteState",
    "SiteStatus",
    "SiteTerms",
    "SiteUnavailable",
    "StaleRevision",
    "connector_path",
    "connector_version",
]
