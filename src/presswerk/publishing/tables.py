"""The tables publications are stored in."""

import json
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.engine import Dialect

from presswerk.database import UtcDateTime, metadata
from presswerk.messages import Message, message_record, read_message


class MessageText(TypeDecorator[Message]):
    """A message as text: one without values as it is, and so what was stored before there were values."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Message | None, dialect: Dialect) -> str | None:
        """To the database."""
        if value is None:
            return None
        record = message_record(value)
        return record if isinstance(record, str) else json.dumps(record)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Message | None:
        """From the database."""
        if value is None:
            return None
        return read_message(json.loads(value) if value.startswith(_BEGINNING) else value)


_BEGINNING = '{"template": '


def _attachment_columns() -> tuple[Column[Any], ...]:
    """A file, as it goes with a revision and with a preview."""
    return (
        Column("position", Integer, primary_key=True),
        Column("reference", Text),
        Column("filename", Text, nullable=False),
        Column("media_type", String(100), nullable=False),
        Column("alt", Text, nullable=False),
        Column("data", LargeBinary, nullable=False),
    )


publications = Table(
    "publications",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("tenant", String(20), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("step", String(16)),
    Column("title", Text, nullable=False),
    Column("target", String(16), nullable=False),
    Column("creator", JSON, nullable=False),
    Column("source", JSON, nullable=False),
    Column("source_key", String(255)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("accepted_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("post", JSON(none_as_null=True)),
    Column("failure", JSON(none_as_null=True)),
    Column("warnings", JSON, nullable=False),
    Column("on_conflict", String(16), nullable=False),
    Column("if_gone", String(16)),
    Column("site_edits", JSON, nullable=False),
    # Which executor has the newest run, and how often one has begun it.
    Column("claimed_by", String(36)),
    Column("beginnings", Integer, nullable=False),
    Column("event_count", Integer, nullable=False),
    Index(None, "tenant", "id"),
    Index(None, "state"),
    Index(None, "source_key"),
)

executors = Table(
    "executors",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(63), nullable=False),
    # Seconds since 1970 by the database's own clock.
    Column("lives_until", Double, nullable=False),
)

revisions = Table(
    "publication_revisions",
    metadata,
    Column("publication", String(36), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("markdown", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Column("body_sha256", String(64), nullable=False),
    Column("submitted_by", JSON, nullable=False),
    Column("submitted_at", UtcDateTime, nullable=False),
    # The article, from its composing until its delivery is settled.
    Column("composition", JSON(none_as_null=True)),
    # What the site gets, kept from the first delivery on: a repeat must send the very same bytes.
    Column("delivery", JSON(none_as_null=True)),
    # What text and attachments take up while they are kept, 0 once they are forgotten.
    Column("size_bytes", Integer, nullable=False),
    Column("forgotten", Boolean, nullable=False),
    ForeignKeyConstraint(["publication"], ["publications.id"], ondelete="CASCADE"),
)

attachments = Table(
    "publication_attachments",
    metadata,
    Column("publication", String(36), primary_key=True),
    Column("revision", Integer, primary_key=True),
    *_attachment_columns(),
    ForeignKeyConstraint(["publication"], ["publications.id"], ondelete="CASCADE"),
)

publication_usage = Table(
    "publication_usage",
    metadata,
    Column("tenant", String(20), primary_key=True),
    Column("month", Date, primary_key=True),
    Column("versions", Integer, nullable=False),
)

previews = Table(
    "previews",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("tenant", String(20), nullable=False),
    Column("issuer", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("markdown", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Column("composition", JSON, nullable=False),
    # Of text, article and attachments together.
    Column("size_bytes", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index(None, "issuer", "subject"),
    Index(None, "tenant"),
    Index(None, "expires_at"),
)

preview_attachments = Table(
    "preview_attachments",
    metadata,
    Column("preview", String(36), primary_key=True),
    *_attachment_columns(),
    ForeignKeyConstraint(["preview"], ["previews.id"], ondelete="CASCADE"),
)

events = Table(
    "publication_events",
    metadata,
    Column("publication", String(36), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("step", String(16)),
    Column("message", MessageText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("post", JSON(none_as_null=True)),
    ForeignKeyConstraint(["publication"], ["publications.id"], ondelete="CASCADE"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("tenant", String(20), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("body_sha256", String(64), nullable=False),
    Column("publication", String(36), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
