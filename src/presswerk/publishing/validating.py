"""What a manuscript must fulfil to be taken; errors name the field and how to mend it."""

import datetime as dt
import re
from collections.abc import Iterator

from presswerk.messages import Message
from presswerk.publishing.errors import FieldError, InvalidManuscript
from presswerk.publishing.model import Attachment, Manuscript

MAX_MARKDOWN_BYTES = 1024 * 1024
MAX_ATTACHMENTS = 20
MAX_ATTACHMENT_BYTES = 10 * 1024 * 1024
MAX_ATTACHMENTS_BYTES = 25 * 1024 * 1024
MAX_TERMS = 30
MAX_TERM_LENGTH = 100
MAX_LINE_LENGTH = 200
MAX_WORD_LENGTH = 100
MAX_EXCERPT_LENGTH = 5000
MAX_REFERENCE_LENGTH = 2000
MAX_DAYS_AHEAD = 731

# U+0000 no database keeps, and half a surrogate pair is no character at all.
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
LANGUAGE = r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def check_manuscript(manuscript: Manuscript, now: dt.datetime | None = None) -> None:
    """Check everything at once.

    Raises:
        InvalidManuscript: Naming every field that is wrong.
    """
    errors = (
        *_text_errors(manuscript),
        *_line_errors(manuscript),
        *_term_errors("categories", manuscript.categories),
        *_term_errors("tags", manuscript.tags or ()),
        *_schedule_errors(manuscript, now or dt.datetime.now(dt.UTC)),
        *_attachment_errors(manuscript.attachments),
    )
    if errors:
        raise InvalidManuscript(*errors)


def check_schedule(manuscript: Manuscript, now: dt.datetime | None = None) -> None:
    """Check what time alone may make wrong.

    Raises:
        InvalidManuscript: The time it is scheduled for has come.
    """
    if errors := tuple(_schedule_errors(manuscript, now or dt.datetime.now(dt.UTC))):
        raise InvalidManuscript(*errors)


def check_idempotency_key(key: str | None) -> None:
    """Check the form of an Idempotency-Key.

    Raises:
        InvalidManuscript: It is empty, too long or not printable ASCII.
    """
    if key is not None and not _KEY.fullmatch(key):
        raise InvalidManuscript(
            FieldError("Idempotency-Key", Message("must be 1-255 printable ASCII characters, no spaces"))
        )


def _text_errors(manuscript: Manuscript) -> Iterator[FieldError]:
    if not manuscript.markdown.strip():
        yield FieldError("markdown", Message("must not be empty; write the article here"))
    elif _NOT_TEXT.search(manuscript.markdown):
        yield FieldError(
            "markdown", Message("holds characters that are no text (U+0000 or half a surrogate pair); remove them")
        )
    elif len(manuscript.markdown.encode()) > MAX_MARKDOWN_BYTES:
        yield FieldError("markdown", Message("must be at most 1 MiB; split the article"))


def _line_errors(manuscript: Manuscript) -> Iterator[FieldError]:
    source = manuscript.source
    for field, value, longest in (
        ("title", manuscript.title, MAX_LINE_LENGTH),
        ("slug", manuscript.slug, MAX_LINE_LENGTH),
        ("excerpt", manuscript.excerpt, MAX_EXCERPT_LENGTH),
        ("picture", manuscript.picture, MAX_REFERENCE_LENGTH),
        ("source.chat_id", source.chat_id, MAX_WORD_LENGTH),
        ("source.message_id", source.message_id, MAX_WORD_LENGTH),
    ):
        if value is not None:
            yield from _string_errors(field, value, longest)
    if manuscript.language is not None and not re.fullmatch(LANGUAGE, manuscript.language):
        yield FieldError("language", Message("must be a language tag such as en or de-AT"))


def _string_errors(field: str, value: str, longest: int) -> Iterator[FieldError]:
    if len(value) > longest:
        yield FieldError(field, Message("must be at most %(most)s characters", most=longest))
    if _NOT_TEXT.search(value):
        yield FieldError(field, Message("holds characters that are no text; remove them"))


def _term_errors(field: str, terms: tuple[str, ...]) -> Iterator[FieldError]:
    if len(terms) > MAX_TERMS:
        yield FieldError(field, Message("must be at most %(most)s", most=MAX_TERMS))
    for place, term in enumerate(terms):
        if not term.strip():
            yield FieldError(f"{field}.{place}", Message("must not be empty; leave it out"))
        yield from _string_errors(f"{field}.{place}", term, MAX_TERM_LENGTH)


def _schedule_errors(manuscript: Manuscript, now: dt.datetime) -> Iterator[FieldError]:
    scheduled = manuscript.scheduled_for
    if scheduled is None:
        return
    if manuscript.target != "publish":
        yield FieldError("scheduled_for", Message('needs "target": "publish"; a draft is made at once'))
    if scheduled.tzinfo is None:
        yield FieldError("scheduled_for", Message("needs an offset, such as 2026-11-23T10:00:00Z"))
    elif not now < scheduled < now + dt.timedelta(days=MAX_DAYS_AHEAD):
        yield FieldError(
            "scheduled_for", Message("must lie in the future, at most two years; leave it out to publish now")
        )


def _attachment_errors(attachments: tuple[Attachment, ...]) -> Iterator[FieldError]:
    if len(attachments) > MAX_ATTACHMENTS:
        yield FieldError("attachments", Message("must be at most %(most)s", most=MAX_ATTACHMENTS))
    if sum(len(each.data) for each in attachments) > MAX_ATTACHMENTS_BYTES:
        yield FieldError("attachments", Message("must be at most 25 MiB together; make the images smaller"))
    references = [each.reference for each in attachments if each.reference is not None]
    if len(set(references)) != len(references):
        yield FieldError("attachments", Message("must not use one reference twice"))
    for place, each in enumerate(attachments):
        field = f"attachments.{place}"
        if not each.filename.strip():
            yield FieldError(f"{field}.filename", Message("must not be empty"))
        if not each.data:
            yield FieldError(f"{field}.data", Message("must not be empty"))
        elif len(each.data) > MAX_ATTACHMENT_BYTES:
            yield FieldError(f"{field}.data", Message("must be at most 10 MiB; make the image smaller"))
        yield from _string_errors(f"{field}.filename", each.filename, MAX_LINE_LENGTH)
        yield from _string_errors(f"{field}.media_type", each.media_type, MAX_WORD_LENGTH)
        yield from _string_errors(f"{field}.alt", each.alt, MAX_EXCERPT_LENGTH)
        yield from _string_errors(f"{field}.reference", each.reference or "", MAX_REFERENCE_LENGTH)
