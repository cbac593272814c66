"""What is kept of previews: each person's own, so many, so large, for a day."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from presswerk.declaration import Tenant
from presswerk.publishing import preview_store
from presswerk.publishing.composition import Preview, compose_manuscript
from presswerk.publishing.errors import NotFound
from presswerk.publishing.model import Attachment, Manuscript
from presswerk.publishing.preview_store import LIFETIME, MAX_BYTES, MAX_PREVIEWS, PreviewStore
from presswerk.publishing.tables import preview_attachments, previews

ACME = Tenant(id="acme", name="Acme")
ANNA, BERT = ("http://issuer", "anna"), ("http://issuer", "bert")


@pytest.fixture
def store(engine: Engine) -> PreviewStore:
    return PreviewStore(engine)


def _add(
    store: PreviewStore, owner: tuple[str, str] = ANNA, *, tenant: str = "acme", size: int = 4, most: int = MAX_BYTES
) -> Preview:
    picture = Attachment("a.png", "image/png", b"\x89" * size, "a.png", "A")
    manuscript = Manuscript("# Bread\n\n![A](a.png)", attachments=(picture,))
    composition = compose_manuscript(manuscript, ACME, None)
    return store.add(owner, tenant, "0" * 64, manuscript, composition, most_of_tenant=most)


def _kept(engine: Engine) -> dict[str, int]:
    """Bytes of each person's previews of acme."""
    total = func.sum(previews.c.size_bytes)
    with engine.connect() as database:
        rows = database.execute(
            select(previews.c.subject, total).where(previews.c.tenant == "acme").group_by(previews.c.subject)
        )
        return {row[0]: row[1] for row in rows}


def test_a_preview_comes_back_as_it_was_kept(store: PreviewStore) -> None:
    kept = _add(store)
    assert store.get(ANNA, kept.id) == kept
    assert kept.expires_at - kept.created_at == LIFETIME


@pytest.mark.parametrize("owner", [BERT, ("http://other", "anna")])
def test_it_is_its_owners_alone(store: PreviewStore, owner: tuple[str, str]) -> None:
    kept = _add(store)
    with pytest.raises(NotFound):
        store.get(owner, kept.id)


@pytest.mark.parametrize("name", ["", "x", "01990000-0000-7000-8000-000000000000", "%", "' OR 1=1 --"])
def test_what_is_none_is_not_found(store: PreviewStore, name: str) -> None:
    with pytest.raises(NotFound):
        store.get(ANNA, name)


def test_the_oldest_of_a_person_goes_whatever_the_tenant(store: PreviewStore, engine: Engine) -> None:
    others = _add(store, BERT)
    made = [_add(store, tenant=tenant) for tenant in ("acme", "beta") * (MAX_PREVIEWS // 2)]
    newest = _add(store)
    with pytest.raises(NotFound):
        store.get(ANNA, made[0].id)
    for kept in (*made[1:], newest):
        store.get(ANNA, kept.id)
    store.get(BERT, others.id)
    with engine.connect() as database:
        files = database.execute(select(func.count()).select_from(preview_attachments)).scalar_one()
    assert files == MAX_PREVIEWS + 1


def test_the_bytes_of_a_person_are_bounded_and_the_newest_always_stays(
    store: PreviewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview_store, "MAX_BYTES", 10_000)
    first, second = _add(store, size=3000), _add(store, size=3000)
    store.get(ANNA, first.id)
    third = _add(store, size=20_000)
    for gone in (first, second):
        with pytest.raises(NotFound):
            store.get(ANNA, gone.id)
    store.get(ANNA, third.id)


def test_previews_of_many_people_fill_no_more_than_their_tenants_share(
    store: PreviewStore, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview_store, "MAX_BYTES", 20_000)
    elsewhere = _add(store, BERT, tenant="beta", size=15_000)
    small = _add(store, BERT, size=100)
    for number in range(12):
        newest = _add(store, ("http://issuer", f"person-{number}"), size=9_000, most=50_000)
        store.get(("http://issuer", f"person-{number}"), newest.id)
        assert sum(_kept(engine).values()) <= 50_000
    # Whoever has little keeps it, and another tenant's are no concern of this one's.
    store.get(BERT, small.id)
    store.get(BERT, elsewhere.id)
    assert len(_kept(engine)) == 5


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(added=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(min_value=1, max_value=15_000)), max_size=12))
def test_the_newest_always_stays_and_those_of_the_largest_share_go(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, added: list[tuple[str, int]]
) -> None:
    monkeypatch.setattr(preview_store, "MAX_BYTES", 20_000)
    store = PreviewStore(engine)
    with engine.begin() as database:
        database.execute(previews.delete())
    for name, size in added:
        before = _kept(engine)
        owner = ("http://issuer", name)
        kept = store.get(owner, _add(store, owner, size=size, most=30_000).id)
        after = _kept(engine)
        assert kept.manuscript.attachments[0].data == b"\x89" * size
        assert sum(after.values()) <= 30_000
        lost = [other for other in before if after.get(other, 0) < before[other] and other != name]
        # Nobody lost anything while somebody else had more that could go.
        for other in lost:
            rest = [each for each in after if each not in (other, name)]
            assert all(after[each] <= before[other] for each in rest)


def test_what_has_expired_is_gone_before_and_after_it_is_removed(store: PreviewStore, engine: Engine) -> None:
    kept, other = _add(store), _add(store)
    with engine.begin() as database:
        past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        database.execute(previews.update().where(previews.c.id == kept.id).values(expires_at=past))
    with pytest.raises(NotFound):
        store.get(ANNA, kept.id)
    assert (store.remove_expired(), store.remove_expired()) == (1, 0)
    store.get(ANNA, other.id)


def test_only_one_of_two_changes_at_once_counts(store: PreviewStore) -> None:
    kept = _add(store)
    manuscript = Manuscript("# Bread\n\n![A](a.png)", title="Other", attachments=kept.manuscript.attachments)
    first = Preview(kept.id, "acme", "1" * 64, manuscript, kept.composition, kept.created_at, kept.expires_at)
    second = Preview(kept.id, "acme", "2" * 64, manuscript, kept.composition, kept.created_at, kept.expires_at)
    assert store.replace(first, kept.sha256)
    assert not store.replace(second, kept.sha256)
    assert store.get(ANNA, kept.id) == first
