"""Where previews are kept until they expire."""

import datetime as dt
import json
from collections import Counter, defaultdict, deque
from typing import Any

import uuid_utils
from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from presswerk.messages import Message
from presswerk.publishing.composition import Composition, Preview, composition_record, read_composition
from presswerk.publishing.errors import NotFound
from presswerk.publishing.model import Manuscript
from presswerk.publishing.records import ID, attachment_rows, details_record, read_attachments, read_manuscript
from presswerk.publishing.tables import preview_attachments, previews

LIFETIME = dt.timedelta(hours=24)
MAX_PREVIEWS = 20
"""Of one person, for all tenants; the oldest goes."""
MAX_BYTES = 96 * 1024 * 1024
"""Of one person's previews together, for all tenants; the oldest goes, and one preview alone always fits."""

NO_SUCH_PREVIEW = Message("There is no such preview; previews are kept for a day.")


class PreviewStore:
    """Previews in SQLite or PostgreSQL; each belongs to one person, by issuer and subject."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self,
        owner: tuple[str, str],
        tenant: str,
        sha256: str,
        manuscript: Manuscript,
        composition: Composition,
        *,
        most_of_tenant: int,
    ) -> Preview:
        """Keep a preview, and let older ones go where there are too many.

        Args:
            owner: Whose it is, as issuer and subject.
            tenant: Whose site it is for.
            sha256: What its confirmation names.
            manuscript: What was handed in.
            composition: The article.
            most_of_tenant: Bytes that all previews for the tenant may take, `MAX_BYTES` at least; whose take up most
                lose their oldest.
        """
        now = dt.datetime.now(dt.UTC)
        preview = Preview(str(uuid_utils.uuid7()), tenant, sha256, manuscript, composition, now, now + LIFETIME)
        issuer, subject = owner
        with self._engine.begin() as database:
            database.execute(
                insert(previews).values(
                    id=preview.id,
                    tenant=tenant,
                    issuer=issuer,
                    subject=subject,
                    created_at=now,
                    expires_at=preview.expires_at,
                    **_content(preview),
                )
            )
            if manuscript.attachments:
                rows = [{**row, "preview": preview.id} for row in attachment_rows(manuscript.attachments)]
                database.execute(insert(preview_attachments), rows)
            _let_oldest_go(database, owner)
            _let_go_of_most(database, preview, max(most_of_tenant, MAX_BYTES))
        return preview

    def get(self, owner: tuple[str, str], preview: str) -> Preview:
        """Look up a preview of the owner's.

        Raises:
            NotFound: There is none, or it is somebody else's, or it has expired.
        """
        issuer, subject = owner
        if not ID.fullmatch(preview):
            raise NotFound(NO_SUCH_PREVIEW)
        with self._engine.connect() as database:
            row = database.execute(
                select(previews).where(
                    previews.c.id == preview,
                    previews.c.issuer == issuer,
                    previews.c.subject == subject,
                    previews.c.expires_at > dt.datetime.now(dt.UTC),
                )
            ).first()
            if row is None:
                raise NotFound(NO_SUCH_PREVIEW)
            files = database.execute(
                select(preview_attachments)
                .where(preview_attachments.c.preview == preview)
                .order_by(preview_attachments.c.position)
            ).all()
        return _read(row, files)

    def replace(self, preview: Preview, was_sha256: str) -> bool:
        """Keep a preview's new content; its attachments stay as they are.

        Returns:
            Whether it was still as it was read.
        """
        with self._engine.begin() as database:
            changed = database.execute(
                update(previews)
                .where(previews.c.id == preview.id, previews.c.sha256 == was_sha256)
                .values(**_content(preview))
            )
        return changed.rowcount == 1

    def remove_expired(self) -> int:
        """Remove what nobody can confirm any more; how many."""
        with self._engine.begin() as database:
            gone = database.execute(delete(previews).where(previews.c.expires_at <= dt.datetime.now(dt.UTC)))
        return gone.rowcount


def _content(preview: Preview) -> dict[str, Any]:
    manuscript, record = preview.manuscript, composition_record(preview.composition)
    size = len(manuscript.markdown.encode()) + len(json.dumps(record))
    return {
        "sha256": preview.sha256,
        "markdown": manuscript.markdown,
        "details": details_record(manuscript),
        "composition": record,
        "size_bytes": size + sum(len(file.data) for file in manuscript.attachments),
    }


def _let_oldest_go(database: Connection, owner: tuple[str, str]) -> None:
    issuer, subject = owner
    own = database.execute(
        select(previews.c.id, previews.c.size_bytes)
        .where(previews.c.issuer == issuer, previews.c.subject == subject)
        .order_by(previews.c.id.desc())
    ).all()
    total, beyond = 0, []
    for place, row in enumerate(own):
        total += row.size_bytes
        if place >= MAX_PREVIEWS or (place > 0 and total > MAX_BYTES):
            beyond.append(row.id)
    if beyond:
        database.execute(delete(previews).where(previews.c.id.in_(beyond)))


def _let_go_of_most(database: Connection, newest: Preview, most_bytes: int) -> None:
    """Whoever has a small share keeps it, however many people fill the rest."""
    rows = database.execute(
        select(previews.c.id, previews.c.issuer, previews.c.subject, previews.c.size_bytes)
        .where(previews.c.tenant == newest.tenant)
        .order_by(previews.c.id)
    ).all()
    of_person: dict[tuple[str, str], deque[tuple[str, int]]] = defaultdict(deque)
    taken: Counter[tuple[str, str]] = Counter()
    for row in rows:
        taken[row.issuer, row.subject] += row.size_bytes
        if row.id != newest.id:
            of_person[row.issuer, row.subject].append((row.id, row.size_bytes))
    beyond = []
    while of_person and taken.total() > most_bytes:
        person = max(of_person, key=lambda person: taken[person])
        preview, size = of_person[person].popleft()
        beyond.append(preview)
        taken[person] -= size
        if not of_person[person]:
            del of_person[person]
    if beyond:
        database.execute(delete(previews).where(previews.c.id.in_(beyond)))


def _read(row: Row[Any], files: Any) -> Preview:
    return Preview(
        id=row.id,
        tenant=row.tenant,
        sha256=row.sha256,
        manuscript=read_manuscript(row.markdown, row.details, read_attachments(files)),
        composition=read_composition(row.composition),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
