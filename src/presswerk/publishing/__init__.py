"""A publication's life: previews, store, the workflow with its steps, conflicts with what is on the site."""

from presswerk.publishing.composition import Composition, Preview
from presswerk.publishing.errors import (
    FieldError,
    Forbidden,
    IdempotencyKeyReused,
    InvalidManuscript,
    LimitReached,
    NotFound,
    NotPossibleNow,
    PreviewChanged,
    PublishingError,
    SiteSuspended,
)
from presswerk.publishing.model import Attachment, Event, Manuscript, Publication, Source, State, Step
from presswerk.publishing.previews import PreviewService
from presswerk.publishing.service import PublishingService
from presswerk.publishing.store import PublicationStore

__all__ = [
    "Attachment",
    "Composition",
    "Event",
    "FieldError",
    "Forbidden",
    "IdempotencyKeyReused",
    "InvalidManuscript",
    "LimitReached",
    "Manuscript",
    "NotFound",
    "NotPossibleNow",
    "Preview",
    "PreviewChanged",
    "PreviewService",
    "Publication",
    "PublicationStore",
    "PublishingError",
    "PublishingService",
    "SiteSuspended",
    "Source",
    "State",
    "Step",
]
