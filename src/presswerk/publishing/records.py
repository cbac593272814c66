"""Between stored rows and the values of the model."""

import dataclasses
import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row

from presswerk.declaration import Role
from presswerk.messages import message_record, read_message
from presswerk.publishing.model import (
    Attachment,
    Delivery,
    Event,
    Failure,
    Manuscript,
    PostReference,
    Publication,
    Source,
    State,
    Step,
    Submitter,
)
from presswerk.wordpress.model import PostAuthor, PostContent, PostImage
from presswerk.wordpress.records import difference_record, read_difference, read_opened_by, read_site_edit

Json = dict[str, Any]
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""How ids of publications and previews are written; with anything else the database is not asked."""


def person_record(person: Submitter) -> Json:
    """A person as stored."""
    return dataclasses.asdict(person)


def read_person(record: Mapping[str, Any]) -> Submitter:
    """Undo `person_record`."""
    return Submitter(**{**record, "role": Role(record["role"])})


def details_record(manuscript: Manuscript) -> Json:
    """Everything of a manuscript but its text and attachments."""
    return {
        "target": manuscript.target,
        "title": manuscript.title,
        "slug": manuscript.slug,
        "excerpt": manuscript.excerpt,
        "scheduled_for": _iso(manuscript.scheduled_for),
        "categories": list(manuscript.categories),
        "tags": None if manuscript.tags is None else list(manuscript.tags),
        "language": manuscript.language,
        "source": dataclasses.asdict(manuscript.source),
        "dialect": manuscript.dialect,
        "picture": manuscript.picture,
    }


def read_manuscript(markdown: str, details: Mapping[str, Any], files: tuple[Attachment, ...]) -> Manuscript:
    """Undo `details_record`."""
    return Manuscript(
        markdown=markdown,
        target=details["target"],
        title=details["title"],
        slug=details["slug"],
        excerpt=details["excerpt"],
        scheduled_for=_instant(details["scheduled_for"]),
        categories=tuple(details["categories"]),
        tags=None if details["tags"] is None else tuple(details["tags"]),
        language=details["language"],
        attachments=files,
        source=Source(**details["source"]),
        dialect=details.get("dialect"),
        picture=details.get("picture"),
    )


def attachment_rows(files: Iterable[Attachment]) -> list[Json]:
    """Attachments as they are stored, without what they belong to."""
    return [{**dataclasses.asdict(file), "position": place} for place, file in enumerate(files)]


def read_attachments(rows: Iterable[Row[Any]]) -> tuple[Attachment, ...]:
    """Undo `attachment_rows`; the rows are in order of their positions."""
    return tuple(
        Attachment(
            filename=row.filename,
            media_type=row.media_type,
            data=bytes(row.data),
            reference=row.reference,
            alt=row.alt,
        )
        for row in rows
    )


def manuscript_sha256(manuscript: Manuscript) -> str:
    """A hash over everything handed in, in hex: equal hashes mean the same article.

    What is absent is left out, so that a field added later does not change the hash of what came before.
    """
    details = {name: value for name, value in details_record(manuscript).items() if value not in (None, [])}
    files = [
        {**dataclasses.asdict(file), "data": hashlib.sha256(file.data).hexdigest()} for file in manuscript.attachments
    ]
    whole = {"markdown": manuscript.markdown, "details": details, "attachments": files}
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def source_key(source: Source) -> str | None:
    """`chat:<chat>:<message>` for an article that came from a chat message, else None."""
    if source.kind != "chat" or source.chat_id is None or source.message_id is None:
        return None
    return f"{source.kind}:{source.chat_id}:{source.message_id}"


def delivery_record(delivery: Delivery) -> Json:
    """What the site gets, as stored."""
    return {"content": dataclasses.asdict(delivery.content)}


def read_delivery(record: Mapping[str, Any]) -> Delivery:
    """Undo `delivery_record`."""
    # What was settled earlier names a time to publish at, which was never set.
    content = {name: value for name, value in record["content"].items() if name != "date_gmt"}
    author = content["author"]
    post = PostContent(
        **{
            **content,
            "author": PostAuthor(**{**author, "role": Role(author["role"])}),
            "categories": tuple(content["categories"]),
            "tags": None if content["tags"] is None else tuple(content["tags"]),
            "images": tuple(PostImage(**image) for image in content.get("images", ())),
        }
    )
    return Delivery(post)


def failure_record(failure: Failure) -> Json:
    """A failure as stored."""
    opened_by = failure.opened_by
    return {
        **dataclasses.asdict(failure),
        "reason": message_record(failure.reason),
        "remedy": message_record(failure.remedy),
        "differences": [difference_record(each) for each in failure.differences],
        "opened_by": None if opened_by is None else {"name": opened_by.name, "at": opened_by.at.isoformat()},
    }


def read_failure(record: Mapping[str, Any]) -> Failure:
    """Undo `failure_record`, also of a failure that was stored before it had a code."""
    return Failure(
        step=Step(record["step"]),
        reason=read_message(record["reason"]),
        remedy=read_message(record["remedy"]),
        retryable=record["retryable"],
        code=record.get("code"),
        differences=tuple(read_difference(each) for each in record.get("differences", ())),
        opened_by=read_opened_by(record.get("opened_by")),
        presence=record.get("presence"),
    )


def read_publication(row: Row[Any]) -> Publication:
    """A publication from its row."""
    return Publication(
        id=row.id,
        tenant=row.tenant,
        revision=row.revision,
        attempt=row.attempt,
        tries=row.tries,
        state=State(row.state),
        step=None if row.step is None else Step(row.step),
        title=row.title,
        target=row.target,
        creator=read_person(row.creator),
        source=Source(**row.source),
        created_at=row.created_at,
        updated_at=row.updated_at,
        accepted_at=row.accepted_at,
        due_at=row.due_at,
        post=_post(row.post),
        failure=None if row.failure is None else read_failure(row.failure),
        warnings=tuple(map(read_message, row.warnings)),
        on_conflict=row.on_conflict,
        if_gone=row.if_gone,
        site_edits=tuple(read_site_edit(each) for each in row.site_edits),
    )


def read_event(row: Row[Any]) -> Event:
    """An event from its row."""
    return Event(
        publication=row.publication,
        sequence=row.sequence,
        kind=row.kind,
        revision=row.revision,
        state=State(row.state),
        step=None if row.step is None else Step(row.step),
        message=row.message,
        at=row.at,
        post=_post(row.post),
    )


def _post(record: Mapping[str, Any] | None) -> PostReference | None:
    return None if record is None else PostReference(**record)


def _iso(instant: dt.datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(dt.UTC).isoformat()


def _instant(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
