"""Take away all that is kept of a tenant's articles; what reached its site is the site's."""

from dbos import DBOSClient, DBOSPortableJSONSerializer
from sqlalchemy import Engine, delete, make_url

from presswerk.database import connect
from presswerk.publishing.tables import idempotency_keys, previews, publication_usage, publications


def purge_publications(engine: Engine, system_database_url: str, tenant_id: str) -> None:
    """Remove a tenant's publications with revisions, attachments, events, keys and runs, and its previews; repeatable.

    Args:
        engine: The hub's database.
        system_database_url: The durable engine's.
        tenant_id: Whose; no publication of it may be taken any more.
    """
    # First the runs, so that none works for a publication that is gone.
    _purge_runs(system_database_url, tenant_id)
    with engine.begin() as database:
        database.execute(delete(idempotency_keys).where(idempotency_keys.c.tenant == tenant_id))
        database.execute(delete(previews).where(previews.c.tenant == tenant_id))
        database.execute(delete(publication_usage).where(publication_usage.c.tenant == tenant_id))
        # Revisions, attachments and events go with it.
        database.execute(delete(publications).where(publications.c.tenant == tenant_id))


def _purge_runs(system_database_url: str, tenant_id: str) -> None:
    is_file = make_url(system_database_url).get_backend_name() == "sqlite"
    client = DBOSClient(
        system_database_url=None if is_file else system_database_url,
        system_database_engine=connect(system_database_url) if is_file else None,
        serializer=DBOSPortableJSONSerializer(),
    )
    try:
        found = client.list_workflows(workflow_id_prefix=f"{tenant_id}:", load_input=False, load_output=False)
        ids = [workflow.workflow_id for workflow in found]
        if ids:
            client.cancel_workflows(ids)
            client.delete_workflows(ids)
    finally:
        client.destroy()
