"""What somebody changed on the site, as a delivery meets it: each field, changed or not, under each decision."""

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import Any, get_args

import pytest

from presswerk.wordpress import AlreadyPublished, EditedOnSite, SiteError, SitePost
from presswerk.wordpress.model import OnConflict, PostContent
from tests.support.site_edits import EDITOR, edit, edit_all, held, held_all, image
from tests.support.sites import RunningSite, article, new_publication

pytestmark = [pytest.mark.integration, pytest.mark.any_database]

DECISIONS: tuple[OnConflict, ...] = get_args(OnConflict)
FIELDS = ("title", "text", "excerpt", "slug", "status", "tags", "categories", "featured_image")


def text(*paragraphs: str) -> str:
    return "\n\n".join(f"<!-- wp:paragraph -->\n<p>{each}</p>\n<!-- /wp:paragraph -->" for each in paragraphs)


@dataclass(frozen=True)
class Images:
    first: int
    second: int
    theirs: int


@pytest.fixture(scope="module")
def images(site: RunningSite) -> Images:
    return Images(image(site, "first"), image(site, "second"), image(site, "theirs"))


def first(number: int, images: Images) -> PostContent:
    return article(
        title="Ours",
        content=text("One.", "Two.", "Three."),
        excerpt="Ours in short.",
        slug=f"ours-{number}",
        categories=("Baking",),
        tags=("bread", "yeast"),
        featured_media=images.first,
        slug_explicit=True,
    )


def second(number: int, images: Images) -> PostContent:
    return article(
        revision=2,
        title="Ours & newer",
        content=text("One.", "Two.", "Three, newer."),
        excerpt="Ours in short, newer.",
        slug=f"newer-{number}",
        status="publish",
        categories=("Baking", "News"),
        tags=("bread", "yeast", "flour"),
        featured_media=images.second,
        slug_explicit=True,
    )


def by_hand(field: str, number: int, images: Images) -> dict[str, Any]:
    changes: dict[str, dict[str, Any]] = {
        "title": {"post_title": "Theirs"},
        "text": {"post_content": text("One, theirs.", "Two.", "Three.")},
        "excerpt": {"post_excerpt": "Theirs in short."},
        "slug": {"post_name": f"theirs-{number}"},
        "status": {"post_status": "pending"},
        "tags": {"tags": ["bread", "curated"]},
        "categories": {"categories": ["Curated"]},
        "featured_image": {"thumbnail": images.theirs},
    }
    return changes[field]


def newer(number: int, images: Images) -> dict[str, Any]:
    return {
        "title": "Ours &amp; newer",
        "text": text("One.", "Two.", "Three, newer."),
        "excerpt": "Ours in short, newer.",
        "slug": f"newer-{number}",
        "status": "publish",
        "tags": ["bread", "flour", "yeast"],
        "categories": ["Baking", "News"],
        "featured_image": images.second,
        "author": "Anna Acme",
    }


def theirs(field: str, number: int, images: Images) -> Any:
    return {
        "title": "Theirs",
        "text": text("One, theirs.", "Two.", "Three."),
        "excerpt": "Theirs in short.",
        "slug": f"theirs-{number}",
        "status": "pending",
        "tags": ["bread", "curated", "flour"],
        "categories": ["Curated", "News"],
        "featured_image": images.theirs,
    }[field]


@dataclass(frozen=True)
class Case:
    """One cell: what was answered, and what the site held before and after."""

    number: int
    answer: SitePost | SiteError
    before: dict[str, Any]
    after: dict[str, Any]


@pytest.fixture(scope="module")
def matrix(site: RunningSite, images: Images) -> dict[tuple[str, OnConflict], Case]:
    """Every cell on one site; `nothing` is the field nobody changed."""
    cells = [(field, how) for field in (*FIELDS, "nothing") for how in DECISIONS]
    publications = [new_publication() for _ in cells]
    answers: list[SitePost | SiteError] = []
    with site.client() as client:
        made = [client.put_publication(each, first(n, images)).post_id for n, each in enumerate(publications)]
        edit_all(
            site,
            [(made[n], by_hand(field, n, images)) for n, (field, _) in enumerate(cells) if field != "nothing"],
        )
        before = held_all(site, made)
        for n, (_, how) in enumerate(cells):
            try:
                answers.append(client.put_publication(publications[n], second(n, images), on_conflict=how))
            except SiteError as error:
                answers.append(error)
    after = held_all(site, made)
    return {cell: Case(n, answers[n], before[n], after[n]) for n, cell in enumerate(cells)}


def without(found: dict[str, Any], *fields: str) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in {*fields, "revisions"}}


def told(post: SitePost | SiteError) -> list[tuple[str, str, str | None]]:
    assert isinstance(post, SitePost), post
    return [(each.difference.field, each.outcome, each.difference.by) for each in post.site_edits]


@pytest.mark.parametrize("how", DECISIONS)
def test_where_nobody_changed_anything_everything_is_delivered(
    matrix: dict[tuple[str, OnConflict], Case], images: Images, how: OnConflict
) -> None:
    case = matrix["nothing", how]
    assert told(case.answer) == []
    assert without(case.after) == newer(case.number, images)


@pytest.mark.parametrize("field", FIELDS)
def test_ask_changes_nothing_and_says_who_changed_what(matrix: dict[tuple[str, OnConflict], Case], field: str) -> None:
    case = matrix[field, "ask"]
    assert isinstance(case.answer, EditedOnSite)
    (difference,) = case.answer.differences
    assert (difference.field, difference.by) == (field, EDITOR)
    assert difference.at is not None
    assert abs(difference.at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=10)
    assert difference.delivered != difference.site
    assert case.after == case.before


@pytest.mark.parametrize("field", FIELDS)
def test_keep_leaves_what_was_changed_and_delivers_the_rest(
    matrix: dict[tuple[str, OnConflict], Case], images: Images, field: str
) -> None:
    case = matrix[field, "keep"]
    assert told(case.answer) == [(field, "left", EDITOR)]
    assert case.after[field] == theirs(field, case.number, images)
    assert without(case.after, field) == without(newer(case.number, images), field)


@pytest.mark.parametrize("field", FIELDS)
def test_replace_delivers_all_but_what_nobody_may_replace(
    matrix: dict[tuple[str, OnConflict], Case], images: Images, field: str
) -> None:
    case = matrix[field, "replace"]
    stays = field in {"status", "tags", "categories"}
    assert told(case.answer) == [(field, "left" if stays else "replaced", EDITOR)]
    expected = theirs(field, case.number, images) if stays else newer(case.number, images)[field]
    assert case.after[field] == expected
    assert without(case.after, field) == without(newer(case.number, images), field)


@pytest.mark.parametrize("field", ["title", "text", "excerpt"])
def test_what_is_replaced_is_kept_as_a_revision(
    matrix: dict[tuple[str, OnConflict], Case], images: Images, field: str
) -> None:
    case = matrix[field, "replace"]
    place = ("title", "text", "excerpt").index(field)
    assert theirs(field, case.number, images) in [revision[place] for revision in case.after["revisions"]]


@pytest.mark.parametrize("field", FIELDS)
def test_merge_takes_both_or_asks(matrix: dict[tuple[str, OnConflict], Case], images: Images, field: str) -> None:
    case = matrix[field, "merge"]
    if field in {"title", "excerpt", "slug", "featured_image"}:
        assert isinstance(case.answer, EditedOnSite)
        assert [each.field for each in case.answer.differences] == [field]
        assert case.after == case.before
        return
    merged = text("One, theirs.", "Two.", "Three, newer.") if field == "text" else theirs(field, case.number, images)
    assert told(case.answer) == [(field, "merged" if field == "text" else "left", EDITOR)]
    assert case.after[field] == merged
    assert without(case.after, field) == without(newer(case.number, images), field)


def test_merge_leaves_what_only_they_changed(site: RunningSite, images: Images) -> None:
    publication, sent = new_publication(), first(900, images)
    with site.client() as client:
        made = client.put_publication(publication, sent)
        edit(site, made.post_id, post_title="Theirs", post_excerpt="Theirs in short.", post_content=text("Theirs."))
        again = client.put_publication(publication, dataclasses.replace(sent, revision=2), on_conflict="merge")

    assert told(again) == [("title", "left", EDITOR), ("excerpt", "left", EDITOR), ("text", "left", EDITOR)]
    found = held(site, made.post_id)
    assert (found["title"], found["excerpt"], found["text"]) == ("Theirs", "Theirs in short.", text("Theirs."))


def test_both_may_have_come_to_the_same(site: RunningSite, images: Images) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, first(901, images))
        edit(
            site,
            made.post_id,
            post_title="Ours &amp; newer",
            post_excerpt="Ours in short, newer.",
            post_content=second(901, images).content,
            tags=["bread", "yeast", "flour"],
            categories=["News", "Baking"],
            thumbnail=images.second,
            post_name="newer-901",
            post_status="publish",
        )
        again = client.put_publication(publication, second(901, images), on_conflict="ask")

    assert told(again) == []
    assert without(held(site, made.post_id)) == newer(901, images)


def test_a_text_changed_by_both_in_one_paragraph_is_asked_about(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article(content=text("One.", "Two.")))
        edit(site, made.post_id, post_content=text("One, theirs.", "Two.", "Theirs too."), post_title="Theirs")
        revised = article(revision=2, content=text("One, ours.", "Two."))
        with pytest.raises(EditedOnSite) as asked:
            client.put_publication(publication, revised, on_conflict="merge")

    (difference,) = asked.value.differences
    assert difference.field == "text"
    assert difference.delivered == ("One.", None)
    assert difference.site == ("One, theirs.", "Theirs too.")
    assert held(site, made.post_id)["title"] == "Theirs"


def test_after_a_merge_what_they_wrote_is_still_theirs(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article(content=text("One.", "Two.", "Three.")))
        edit(site, made.post_id, post_content=text("One, theirs.", "Two.", "Three."))
        client.put_publication(
            publication, article(revision=2, content=text("One.", "Two, ours.", "Three.")), on_conflict="merge"
        )
        merged = client.put_publication(
            publication, article(revision=3, content=text("One.", "Two, ours.", "Three, ours.")), on_conflict="merge"
        )

    assert told(merged) == [("text", "merged", EDITOR)]
    assert held(site, made.post_id)["text"] == text("One, theirs.", "Two, ours.", "Three, ours.")


def test_what_was_left_once_is_left_again(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article())
        edit(site, made.post_id, post_title="Theirs")
        for revision in (2, 3):
            again = client.put_publication(publication, article(revision=revision, title=f"Ours {revision}"))
            assert told(again) == [("title", "left", EDITOR)]

    assert held(site, made.post_id)["title"] == "Theirs"


# Repeats


def test_a_repeat_says_again_what_was_left(site: RunningSite) -> None:
    publication = new_publication()
    revised = article(revision=2, title="Ours")
    with site.client() as client:
        made = client.put_publication(publication, article())
        edit(site, made.post_id, post_title="Theirs")
        told_first = client.put_publication(publication, revised, on_conflict="keep")
        repeated = client.put_publication(publication, revised, on_conflict="keep")

    assert (repeated.outcome, repeated.site_edits) == ("unchanged", told_first.site_edits)


@pytest.mark.parametrize("how", ["replace", "merge"])
def test_a_repeat_does_not_touch_what_was_changed_in_between(site: RunningSite, how: OnConflict) -> None:
    publication = new_publication()
    revised = article(revision=2, content=text("Two."))
    with site.client() as client:
        made = client.put_publication(publication, article(content=text("One.")))
        client.put_publication(publication, revised, on_conflict=how)
        edit(site, made.post_id, post_content=text("Theirs."))
        repeated = client.put_publication(publication, revised, on_conflict=how)

    assert (repeated.outcome, told(repeated)) == ("unchanged", [("text", "left", EDITOR)])
    assert held(site, made.post_id)["text"] == text("Theirs.")


def test_another_decision_about_the_same_revision_is_carried_out(site: RunningSite) -> None:
    publication = new_publication()
    revised = article(revision=2, title="Ours")
    with site.client() as client:
        made = client.put_publication(publication, article())
        edit(site, made.post_id, post_title="Theirs")
        client.put_publication(publication, revised, on_conflict="keep")
        asked = client.put_publication(publication, revised, on_conflict="ask")
        replaced = client.put_publication(publication, revised, on_conflict="replace")

    assert (asked.outcome, told(asked)) == ("unchanged", [("title", "left", EDITOR)])
    assert (replaced.outcome, told(replaced)) == ("updated", [("title", "replaced", EDITOR)])
    assert held(site, made.post_id)["title"] == "Ours"


def test_what_was_left_out_once_can_still_be_merged(site: RunningSite) -> None:
    publication = new_publication()
    revised = article(revision=2, content=text("One.", "Two, ours."))
    with site.client() as client:
        made = client.put_publication(publication, article(content=text("One.", "Two.")))
        edit(site, made.post_id, post_content=text("One, theirs.", "Two."))
        client.put_publication(publication, revised, on_conflict="keep")
        merged = client.put_publication(publication, revised, on_conflict="merge")

    assert (merged.outcome, told(merged)) == ("updated", [("text", "merged", EDITOR)])
    assert held(site, made.post_id)["text"] == text("One, theirs.", "Two, ours.")


# The address


def test_the_address_of_a_public_post_stays_unless_a_slug_is_named(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article(slug="first-headline", status="publish"))
        derived = client.put_publication(publication, article(revision=2, slug="better-headline", status="publish"))
        assert (derived.link, derived.address_changed) == (made.link, None)
        named = article(revision=3, slug="named", slug_explicit=True, status="publish")
        moved = client.put_publication(publication, named)

    assert moved.address_changed == ("first-headline", "named")
    assert moved.link != made.link
    with site.http() as http:
        redirect = http.get(made.link.removeprefix(site.site.public_url))
    assert (redirect.status_code, redirect.headers["location"]) == (301, moved.link)


def test_an_article_whose_date_lies_ahead_is_scheduled_until_it_is_published_again(site: RunningSite) -> None:
    publication = new_publication()
    when = f"{dt.datetime.now(dt.UTC) + dt.timedelta(days=1):%Y-%m-%d %H:%M:%S}"
    with site.client() as client:
        made = client.put_publication(publication, article())
        edit(site, made.post_id, post_date=when, post_date_gmt=when, edit_date=True)
        ahead = client.put_publication(publication, article(revision=2, status="publish"))
        again = client.put_publication(publication, article(revision=3, status="publish"))
    assert (ahead.status, again.status) == ("future", "publish")


@pytest.mark.parametrize("status", ["publish", "private", "future"])
def test_a_post_that_was_ever_public_keeps_its_address(site: RunningSite, status: str) -> None:
    publication = new_publication()
    slug = f"ever-{status}"
    with site.client() as client:
        made = client.put_publication(publication, article(slug=slug))
        when = f"{dt.datetime.now(dt.UTC) + dt.timedelta(days=9):%Y-%m-%d %H:%M:%S}"
        dates = {"post_date": when, "post_date_gmt": when} if status == "future" else {}
        edit(site, made.post_id, post_status=status, **dates)
        edit(site, made.post_id, post_status="draft")
        client.put_publication(publication, article(revision=2, slug="another"))

    assert held(site, made.post_id)["slug"] == slug


def test_the_slug_of_a_draft_follows_its_title_until_somebody_chose_one(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article(slug="working-title"))
        client.put_publication(publication, article(revision=2, slug="better-title"))
        assert held(site, made.post_id)["slug"] == "better-title"
        edit(site, made.post_id, post_name="chosen-by-hand")
        kept = client.put_publication(publication, article(revision=3, slug="best-title"), on_conflict="replace")

    assert told(kept) == [("slug", "left", EDITOR)]
    assert held(site, made.post_id)["slug"] == "chosen-by-hand"


def test_the_number_wordpress_puts_behind_a_slug_is_nobodys_choice(site: RunningSite) -> None:
    with site.client() as client:
        client.put_publication(new_publication(), article(slug="taken", status="publish"))
        publication = new_publication()
        made = client.put_publication(publication, article(slug="taken"))
        edit(site, made.post_id, post_status="publish")
        again = client.put_publication(publication, article(revision=2, slug="taken", status="publish"))

    assert (held(site, made.post_id)["slug"], told(again)) == ("taken-2", [])


# Tags and categories


def test_hand_made_tags_stay_when_no_tags_are_sent(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article(tags=("automatic",)))
        edit(site, made.post_id, tags=["curated"])
        again = client.put_publication(publication, article(revision=2, tags=None), on_conflict="ask")

    assert told(again) == [("tags", "left", EDITOR)]
    assert held(site, made.post_id)["tags"] == ["curated"]


def test_delivered_terms_come_and_go_and_hand_made_ones_do_not(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article(tags=("a", "b", "c"), categories=("A", "B")))
        edit(site, made.post_id, tags=["b", "c", "Hand"], categories=["A", "By hand"])

        client.put_publication(publication, article(revision=2, tags=("a", "b", "d"), categories=("B", "C")))
        found = held(site, made.post_id)
        assert (found["tags"], found["categories"]) == (["b", "d", "Hand"], ["By hand", "C"])

        client.put_publication(publication, article(revision=3, tags=("a", "d", "hand"), categories=("A",)))
        found = held(site, made.post_id)
        assert (found["tags"], found["categories"]) == (["d", "Hand"], ["A", "By hand"])

        client.put_publication(publication, article(revision=4, tags=(), categories=("B", "D")))

    found = held(site, made.post_id)
    assert (found["tags"], found["categories"]) == (["Hand"], ["By hand", "D"])


def test_a_renamed_tag_is_still_the_one_that_was_delivered(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article(tags=("misspelt",)))
        site.php(
            "$term = get_term_by( 'name', 'misspelt', 'post_tag' );"
            "return wp_update_term( $term->term_id, 'post_tag', array( 'name' => 'Spelt' ) );"
        )
        client.put_publication(publication, article(revision=2, tags=("misspelt",)))

    assert held(site, made.post_id)["tags"] == ["Spelt"]


def test_the_default_category_is_nobodys_choice(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article())
        client.put_publication(publication, article(revision=2, categories=("Chosen later",)))

    assert held(site, made.post_id)["categories"] == ["Chosen later"]


# The status


@pytest.mark.parametrize("how", DECISIONS[1:])
@pytest.mark.parametrize("status", ["private", "pending", "draft"])
def test_a_status_set_by_hand_is_not_raised(site: RunningSite, status: str, how: OnConflict) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article(status="publish"))
        edit(site, made.post_id, post_status=status)
        for revision in (2, 3):
            again = client.put_publication(
                publication, article(revision=revision, title=f"Newer {revision}", status="publish"), on_conflict=how
            )
            assert (again.status, told(again)) == (status, [("status", "left", EDITOR)])

    assert held(site, made.post_id)["title"] == "Newer 3"


def test_a_draft_is_taken_again_after_somebody_took_the_post_back_and_stays_one(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article(status="publish"))
        with pytest.raises(AlreadyPublished):
            client.put_publication(publication, article(revision=2))
        edit(site, made.post_id, post_status="draft")
        drafted = client.put_publication(publication, article(revision=3, title="Again a draft"))
        assert (drafted.status, told(drafted)) == ("draft", [])
        published = client.put_publication(publication, article(revision=4, status="publish"))

    assert (published.status, told(published)) == ("draft", [("status", "left", EDITOR)])


def test_a_time_chosen_by_hand_stays(site: RunningSite) -> None:
    publication = new_publication()
    when = f"{dt.datetime.now(dt.UTC) + dt.timedelta(days=9):%Y-%m-%d %H:%M:%S}"
    with site.client() as client:
        made = client.put_publication(publication, article())
        edit(site, made.post_id, post_status="future", post_date=when, post_date_gmt=when)
        again = client.put_publication(publication, article(revision=2, status="publish"))

    assert (again.status, told(again)) == ("future", [("status", "left", EDITOR)])


def test_somebody_else_named_as_author_stays_the_author(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article())
        erik = site.php("return get_user_by( 'login', 'erik' )->ID;")
        edit(site, made.post_id, post_author=erik)
        again = client.put_publication(publication, article(revision=2, title="Newer"), on_conflict="replace")

    assert (again.author_name, told(again)) == (EDITOR, [("author", "left", EDITOR)])
    assert held(site, made.post_id)["title"] == "Newer"


def test_an_image_taken_away_by_hand_does_not_come_back(site: RunningSite, images: Images) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article(featured_media=images.first))
        edit(site, made.post_id, thumbnail=0)
        again = client.put_publication(publication, article(revision=2, featured_media=images.first))

    assert told(again) == [("featured_image", "left", EDITOR)]
    assert held(site, made.post_id)["featured_image"] == 0


# Open in the editor


def test_a_post_open_in_the_editor_is_asked_about_or_told(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article())
        edit(site, made.post_id, open=5)
        with pytest.raises(EditedOnSite, match="Erik Editor has the article open") as asked:
            client.put_publication(publication, article(revision=2, title="Newer"), on_conflict="ask")
        state = client.get_site_state(publication)
        kept = client.put_publication(publication, article(revision=2, title="Newer"), on_conflict="keep")
        edit(site, made.post_id, open=600)
        later = client.put_publication(publication, article(revision=3), on_conflict="ask")

    assert asked.value.differences == ()
    assert (asked.value.opened_by, kept.opened_by) == (state.opened_by, state.opened_by)
    assert state.opened_by is not None
    assert state.opened_by.name == EDITOR
    assert later.opened_by is None
