"""What a human decided on the site, as it meets a delivery: failures and words."""

from presswerk.publishing.model import Failure, Step
from presswerk.wordpress.errors import AlreadyPublished, EditedOnSite, PostGone, SiteError


def failure_of(step: Step, error: SiteError) -> Failure:
    """What a step ends with that a site brought to a stop."""
    match error:
        case EditedOnSite(differences=differences, opened_by=opened_by):
            return Failure(
                step, error.reason, error.remedy, False, "conflict", differences=differences, opened_by=opened_by
            )
        case PostGone(presence=presence):
            return Failure(step, error.reason, error.remedy, False, "gone", presence=presence)
        case AlreadyPublished():
            return Failure(step, error.reason, error.remedy, False, "already-published")
        case _:
            return Failure(step, error.reason, error.remedy, error.retryable)
