"""What can go wrong between the hub and a site."""

from presswerk.errors import PresswerkError, ProblemType
from presswerk.messages import Message
from presswerk.wordpress.model import Difference, OpenedBy, Presence


class SiteError(PresswerkError):
    """A request to a site did not do what it should.

    Attributes:
        reason: One clause for an author, without secrets.
        advice: What to do about it, in another one.
    """

    http = ProblemType(503, "site-unavailable", "The site cannot be asked")

    def __init__(self, reason: Message, *, remedy: Message, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = remedy
        self.remedy = str(remedy)
        self.retry_after_seconds = retry_after_seconds


class SiteUnavailable(SiteError):
    """No answer, a broken one, or a 429/5xx: try again later."""

    retryable = True


class SiteRefusedCredentials(SiteError):
    """401 or 403: the connection's credentials are wrong, revoked or too weak."""


class SiteBlocked(SiteError):
    """401 or 403, but neither from WordPress nor from the connector: a plugin or a firewall ends the request."""

    retryable = True


class SiteRejected(SiteError):
    """The site refuses what was sent (400, 413, 415 …) and would refuse it again."""


class ImageRejected(SiteRejected):
    """The site refuses an image of a publication, or does not hold one that was only named; nothing is written of it.

    Attributes:
        sha256: Which, by the hash of its bytes.
    """

    def __init__(self, reason: Message, *, remedy: Message, sha256: str) -> None:
        super().__init__(reason, remedy=remedy)
        self.sha256 = sha256


class StaleRevision(SiteError):
    """The site already holds a newer revision (409)."""


class RevisionConflict(SiteError):
    """The site holds other content under the same revision (409)."""


class PostGone(SiteError):
    """Somebody put the post into the trash or deleted it for good; it is not made again unasked (410)."""

    def __init__(self, reason: Message, *, remedy: Message, presence: Presence = "deleted") -> None:
        super().__init__(reason, remedy=remedy)
        self.presence = presence


class EditedOnSite(SiteError):
    """Somebody changed on the site what this delivery would change, or has it open there, and it was to ask (409).

    Attributes:
        differences: What is not as delivered.
        opened_by: Who has the post open in the site's editor.
    """

    def __init__(
        self,
        reason: Message,
        *,
        remedy: Message,
        differences: tuple[Difference, ...],
        opened_by: OpenedBy | None = None,
    ) -> None:
        super().__init__(reason, remedy=remedy)
        self.differences = differences
        self.opened_by = opened_by


class AlreadyPublished(SiteRejected):
    """Somebody published the post on the site, and a draft does not take it back (409)."""


class ConnectorMissing(SiteError):
    """The site answers, but the Presswerk connector does not; deliveries wait until it does."""

    retryable = True
