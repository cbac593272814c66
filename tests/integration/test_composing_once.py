"""An article is composed once a revision, however it comes and whatever a crash repeats."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from presswerk.content import compose
from presswerk.database import connect, migrate
from presswerk.declaration import Role, Tenant
from presswerk.identity import AuditTrail, Principal
from presswerk.messages import Message
from presswerk.publishing.fetching import ImageFetcher
from presswerk.publishing.model import Attachment, Failure, Manuscript, Publication, State, Step, Submitter
from presswerk.publishing.preview_store import MAX_BYTES, PreviewStore
from presswerk.publishing.previews import PreviewService
from presswerk.publishing.sites import Sites
from presswerk.publishing.steps import PublishingSteps
from presswerk.publishing.store import PublicationStore, Submission
from presswerk.publishing.terms import TermCache
from presswerk.tenants import TenantRegistry, Vault
from presswerk.wordpress import SiteClient, SiteRejected, SiteUnavailable
from tests.support.press import PNG
from tests.support.site_double import SiteDouble, running_site_double

pytestmark = pytest.mark.integration

ANNA = Principal("http://issuer", "anna", "Anna", roles={"acme": Role.EDITOR})
BY = Submitter("http://issuer", "anna", "Anna", None, Role.EDITOR)
PICTURE = Attachment("a.png", "image/png", PNG, "a.png")
BROKEN = Attachment("b.png", "image/png", b"no image", "b.png")
TEXT = "# Bread\n\n![A](a.png)\n\nText.\n"


@dataclass
class Works:
    """What brings an article to a site, in this process, and how often it was composed."""

    site: SiteDouble
    store: PublicationStore
    steps: PublishingSteps
    previews: PreviewService
    composed: list[str]

    def run(self, publication: Publication) -> None:
        """Every step twice, as if a crash had come after each."""
        run = publication.run
        self.steps.prepare(run)
        self.steps.deliver(run, self.steps.prepare(run))
        self.steps.announce(run, self.steps.deliver(run, self.steps.prepare(run)))
        assert self.store.get(publication.id).state is State.DRAFTED


@pytest.fixture
def works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Works]:
    engine = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(engine)
    composed: list[str] = []

    def counted(markdown: str, **fields: object) -> object:
        composed.append(markdown)
        return compose(markdown, **fields)  # type: ignore[arg-type]  # fields by name

    monkeypatch.setattr("presswerk.publishing.composition.compose", counted)
    with running_site_double() as site:
        tenants = TenantRegistry(engine, Vault.from_setting(Fernet.generate_key().decode()))
        tenants.put(Tenant(id="acme", name="Acme"), site.connection)
        store, fetcher, terms = PublicationStore(engine), ImageFetcher(), TermCache(tenants, SiteClient)
        steps = PublishingSteps(store, Sites(tenants, SiteClient), fetcher, AuditTrail(engine), terms=terms)
        previews = PreviewService(PreviewStore(engine), tenants, terms, fetcher, most_bytes=lambda _tenant: MAX_BYTES)
        yield Works(site, store, steps, previews, composed)


@pytest.mark.parametrize(
    ("attachments", "times"), [((), 1), ((PICTURE,), 1), ((PICTURE, BROKEN), 2)], ids=["text", "image", "broken image"]
)
def test_an_article_is_composed_once_and_again_only_without_an_image(
    works: Works, attachments: tuple[Attachment, ...], times: int
) -> None:
    text = TEXT if attachments else "# Bread\n\nText.\n"
    made, _ = works.store.create("acme", Submission.of(Manuscript(text, attachments=attachments), BY))
    works.run(made)
    assert len(works.composed) == times
    content = works.site.posts[made.id].payload["content"]
    assert content.count("<img") == min(len(attachments), 1)
    assert "presswerk.invalid" not in content


def test_a_confirmed_preview_is_not_composed_again(works: Works) -> None:
    preview = works.previews.make(ANNA, "acme", Manuscript(TEXT, attachments=(PICTURE, BROKEN)))
    assert len(works.composed) == 2
    made, _ = works.store.create("acme", Submission.confirmed(preview, BY))
    works.run(made)
    assert len(works.composed) == 2
    assert works.store.get(made.id).warnings == preview.composition.warnings


def test_an_image_the_site_refuses_costs_one_more_and_is_said(works: Works) -> None:
    preview = works.previews.make(ANNA, "acme", Manuscript(TEXT, attachments=(PICTURE,)))
    made, _ = works.store.create("acme", Submission.confirmed(preview, BY))
    works.site.refused_images.add(hashlib.sha256(PNG).hexdigest())
    works.run(made)
    assert len(works.composed) == 2
    assert works.site.posts[made.id].payload["featured_media"] is None
    assert "did not take" in str(works.store.get(made.id).warnings[0])


def test_what_is_on_the_site_is_sent_again_as_it_was(works: Works) -> None:
    made, _ = works.store.create("acme", Submission.of(Manuscript(TEXT, attachments=(PICTURE,)), BY))
    works.run(made)
    sent = works.site.posts[made.id].payload
    # Its image is the site's by now, and the hub's no more.
    works.run(works.store.retry(works.store.get(made.id), Message("Again.")))
    assert works.site.posts[made.id].payload == sent
    assert works.store.get(made.id).warnings == ()


def test_without_its_images_a_forgotten_article_is_not_delivered(works: Works) -> None:
    made, _ = works.store.create("acme", Submission.of(Manuscript(TEXT, attachments=(PICTURE,)), BY))
    works.site.down = True
    with pytest.raises(SiteUnavailable):
        works.steps.deliver(made.run, works.steps.prepare(made.run))
    works.site.down = False
    works.store.fail(made.run, Failure(Step.DELIVER, Message("it is away"), Message("wait"), retryable=True))
    works.store.forget_failed(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1))
    assert works.store.lacks_content(made.run)

    again = works.store.retry(works.store.get(made.id), Message("Again."))
    with pytest.raises(SiteRejected, match="not kept here any more"):
        works.steps.deliver(again.run, works.steps.prepare(again.run))
    assert works.site.posts == {}
