"""What an author is told of changes made on the site."""

import datetime as dt
from typing import Literal, get_args

import pytest

from presswerk.messages import Message
from presswerk.publishing.conflicts import failure_of, warnings_of
from presswerk.publishing.model import Step
from presswerk.wordpress import AlreadyPublished, EditedOnSite, PostGone, SiteUnavailable
from presswerk.wordpress.model import Difference, OpenedBy, SiteEdit, SiteField, SitePost

THIS_YEAR = dt.datetime.now(dt.UTC).replace(month=11, day=28, hour=12)
FIELDS: tuple[SiteField, ...] = get_args(SiteField)


def difference(field: SiteField, by: str | None = "Erik Editor", at: dt.datetime | None = THIS_YEAR) -> Difference:
    value = ("a",) if field in {"text", "tags", "categories"} else "a"
    return Difference(field, value, "private" if field == "status" else value, by, at)


def post(
    *edits: SiteEdit, moved: tuple[str, str] | None = None, opened_by: OpenedBy | None = None, status: str = "publish"
) -> SitePost:
    return SitePost("uuid", 7, 2, status, 5, "anna", "Anna", "00", "l", "p", "e", "updated", edits, opened_by, moved)


def told_of(site_post: SitePost) -> list[str]:
    return [warning.worded() for warning in warnings_of(site_post)]


@pytest.mark.parametrize("outcome", ["left", "merged", "replaced"])
@pytest.mark.parametrize("field", FIELDS)
def test_every_change_is_one_sentence_with_who_and_when(
    field: SiteField, outcome: Literal["left", "merged", "replaced"]
) -> None:
    (told,) = told_of(post(SiteEdit(difference(field), outcome)))
    assert told.startswith("The ")
    assert " on the site by Erik Editor on 28 November; " in told
    assert told.endswith(".")
    assert told.count(".") == 1


def test_the_words_are_those_of_the_field() -> None:
    assert list(told_of(post(SiteEdit(difference("title"), "left")))) == [
        "The title was changed on the site by Erik Editor on 28 November; it was left as it is."
    ]
    assert list(told_of(post(SiteEdit(difference("slug"), "left")))) == [
        "The address was changed on the site by Erik Editor on 28 November; it was left as it is."
    ]
    assert list(told_of(post(SiteEdit(difference("status"), "left")))) == [
        'The status was set to "private" on the site by Erik Editor on 28 November; it was left as it is.'
    ]


def test_a_german_reads_who_changed_what_and_when_in_german() -> None:
    (status,) = warnings_of(post(SiteEdit(difference("status"), "left")))
    assert status.worded("de") == (
        "Der Status wurde auf der Website auf „privat“ gesetzt (von Erik Editor, 28. November); das blieb, wie es ist."
    )
    edited = EditedOnSite(Message("x"), remedy=Message("y"), differences=(difference("title"), difference("text")))
    assert failure_of(Step.DELIVER, edited).reason.worded("de") == (
        "auf der Website wurde geändert: der Titel (von Erik Editor, 28. November);"
        " der Text (von Erik Editor, 28. November)"
    )


def test_what_is_not_known_is_not_told() -> None:
    assert list(told_of(post(SiteEdit(difference("text", None, None), "merged")))) == [
        "The text was changed on the site; both versions were merged."
    ]
    long_ago = dt.datetime(2019, 3, 1, tzinfo=dt.UTC)
    (told,) = told_of(post(SiteEdit(difference("tags", None, long_ago), "left")))
    assert "were changed on the site on 1 March 2019;" in told


@pytest.mark.parametrize(("status", "redirected"), [("publish", True), ("draft", False), ("private", False)])
def test_a_new_address_is_told_and_where_the_old_one_leads(status: str, redirected: bool) -> None:
    (told,) = told_of(post(moved=("old", "new"), status=status))
    assert 'from "old" to "new"' in told
    assert ("WordPress leads readers of the old one there" in told) is redirected


def test_an_open_editor_is_told() -> None:
    (told,) = told_of(post(opened_by=OpenedBy("Erik Editor", THIS_YEAR)))
    assert told.startswith("Erik Editor has the post open in the editor on the site;")


def test_a_stop_becomes_a_failure_that_programs_can_tell() -> None:
    changed = (difference("title"), difference("text", "Anna", THIS_YEAR))
    edited = failure_of(Step.DELIVER, EditedOnSite(Message("x"), remedy=Message("y"), differences=changed))
    assert (edited.code, edited.differences, edited.retryable) == ("conflict", changed, False)
    assert str(edited.reason) == (
        "somebody changed this on the site: the title by Erik Editor on 28 November; the text by Anna on 28 November"
    )
    gone = failure_of(Step.CONFIRM, PostGone(Message("x"), remedy=Message("y"), presence="trash"))
    assert (gone.step, gone.code, gone.presence) == (Step.CONFIRM, "gone", "trash")
    assert failure_of(Step.DELIVER, AlreadyPublished(Message("x"), remedy=Message("y"))).code == "already-published"
    away = failure_of(Step.DELIVER, SiteUnavailable(Message("x"), remedy=Message("y")))
    assert (away.code, away.retryable) == (None, True)
