"""What a publication costs the hub beside composing its article once."""

import time
from pathlib import Path

from cryptography.fernet import Fernet

from presswerk.content import compose
from presswerk.database import connect, migrate
from presswerk.declaration import Role, Tenant
from presswerk.identity import AuditTrail
from presswerk.publishing.fetching import ImageFetcher
from presswerk.publishing.model import Manuscript, Submitter
from presswerk.publishing.sites import Sites
from presswerk.publishing.steps import PublishingSteps
from presswerk.publishing.store import PublicationStore, Submission
from presswerk.publishing.terms import TermCache
from presswerk.tenants import TenantRegistry, Vault
from presswerk.wordpress import SiteClient
from tests.support.site_double import running_site_double

_BY = Submitter("http://issuer.example", "anna", "Anna", None, Role.EDITOR)
_SENTENCE = (
    "Bread needs **time**, salt and a *hot* oven; see [the oven](https://example.org/oven) and `knead` it well. "
)
_PROSE = "# Bread at home\n\n" + f"{_SENTENCE * 6}\n\n" * 1600
_ROWS = "".join(f"| {number} | row {number} | some *value* {number} |\n" for number in range(5000))
_TABLE = f"# Figures\n\n| number | name | value |\n|---:|---|---|\n{_ROWS}"


def measure(directory: Path) -> dict[str, float]:
    """CPU seconds of whole publications, from handing in to the last step, and of composing alone."""
    found: dict[str, float] = {}
    for name, text in (("1 MB of prose", _PROSE), ("a table of 5,000 rows", _TABLE)):
        composing, publishing = _composing(text), _publishing(text, directory / f"{len(text)}.db")
        found[f"{name}: composing, CPU seconds"] = composing
        found[f"{name}: its publication, CPU seconds"] = publishing
        found[f"{name}: its publication over composing"] = publishing / composing
    return found


def _composing(markdown: str) -> float:
    started = time.process_time()
    compose(markdown)
    return time.process_time() - started


def _publishing(markdown: str, database: Path) -> float:
    engine = connect(f"sqlite:///{database}")
    migrate(engine)
    tenants = TenantRegistry(engine, Vault.from_setting(Fernet.generate_key().decode()))
    store = PublicationStore(engine)
    with running_site_double() as site:
        tenants.put(Tenant(id="acme", name="Acme"), site.connection)
        terms = TermCache(tenants, SiteClient)
        steps = PublishingSteps(store, Sites(tenants, SiteClient), ImageFetcher(), AuditTrail(engine), terms=terms)
        started = time.process_time()
        run = store.create("acme", Submission.of(Manuscript(markdown), _BY))[0].run
        steps.announce(run, steps.deliver(run, steps.prepare(run)))
        return time.process_time() - started
