"""Take away all that is kept of a tenant's articles; what reached its site is the site's."""

from sqlalchemy import Engine, delete

from presswerk.database import writing
from presswerk.publishing.tables import idempotency_keys, previews, publication_usage, publications


def purge_publications(engine: Engine, tenant_id: str) -> None:
    """Remove a tenant's publications with revisions, attachments, events, and keys, and its previews; repeatable.

    Args:
        engine: The hub's database.
        tenant_id: Whose; no publication of it may be taken any more.
    """
    with writing(engine) as database:
        database.execute(delete(idempotency_keys).where(idempotency_keys.c.tenant == tenant_id))
        database.execute(delete(previews).where(previews.c.tenant == tenant_id))
        database.execute(delete(publication_usage).where(publication_usage.c.tenant == tenant_id))
        # Revisions, attachments and events go with it.
        database.execute(delete(publications).where(publications.c.tenant == tenant_id))
