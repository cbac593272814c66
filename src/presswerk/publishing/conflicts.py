"""What a human decided on the site, as it meets a delivery: failures and words."""

import datetime as dt
from collections.abc import Iterable, Iterator

from presswerk.publishing.model import Failure, Step
from presswerk.wordpress.errors import AlreadyPublished, EditedOnSite, PostGone, SiteError
from presswerk.wordpress.model import Difference, SiteEdit, SiteField, SitePost

_NAMES: dict[SiteField, str] = {
    "title": "title",
    "text": "text",
    "excerpt": "excerpt",
    "slug": "address",
    "status": "status",
    "tags": "tags",
    "categories": "categories",
    "featured_image": "featured image",
    "author": "author",
}
_TERMS: frozenset[SiteField] = frozenset({"tags", "categories"})
_IN_REVISIONS: frozenset[SiteField] = frozenset({"title", "text", "excerpt"})


def failure_of(step: Step, error: SiteError) -> Failure:
    """What a step ends with that a site brought to a stop."""
    match error:
        case EditedOnSite(differences=differences, opened_by=opened_by):
            reason = _changes(differences) if differences else error.reason
            return Failure(step, reason, error.remedy, False, "conflict", differences=differences, opened_by=opened_by)
        case PostGone(presence=presence):
            return Failure(step, error.reason, error.remedy, False, "gone", presence=presence)
        case AlreadyPublished():
            return Failure(step, error.reason, error.remedy, False, "already-published")
        case _:
            return Failure(step, error.reason, error.remedy, error.retryable)


def warnings_of(post: SitePost) -> Iterator[str]:
    """What an author is told of a delivery that met what somebody decided on the site."""
    for edit in post.site_edits:
        yield _sentence(edit)
    if post.address_changed is not None:
        before, after = post.address_changed
        redirected = "; WordPress leads readers of the old one there" if post.status == "publish" else ""
        yield f'The address of the article changed from "{before}" to "{after}", as you asked{redirected}.'
    if post.opened_by is not None:
        yield (
            f"{post.opened_by.name} has the post open in the editor on the site;"
            " whoever saves there replaces this version."
        )


def _sentence(edit: SiteEdit) -> str:
    difference = edit.difference
    name = _NAMES[difference.field]
    were, it = ("were", "they") if difference.field in _TERMS else ("was", "it")
    if difference.field == "status" and isinstance(difference.site, str):
        changed = f'The status was set to "{difference.site}" on the site{_by(difference)}'
    else:
        changed = f"The {name} {were} changed on the site{_by(difference)}"
    match edit.outcome:
        case "left" if difference.field in _TERMS:
            return f"{changed}; what was added there stayed, and what was removed was not brought back."
        case "left":
            return f"{changed}; {it} {were} left as {it} {'are' if were == 'were' else 'is'}."
        case "merged":
            return f"{changed}; both versions were merged."
        case "replaced" if difference.field in _IN_REVISIONS:
            return f"{changed}; {it} {were} replaced, and the old version is kept in the post's revisions there."
        case "replaced":
            return f"{changed}; {it} {were} replaced."


def _changes(differences: Iterable[Difference]) -> str:
    """All differences in one clause."""
    named = [f"the {_NAMES[each.field]}{_by(each)}" for each in differences]
    return f"somebody changed this on the site: {'; '.join(named)}"


def _by(difference: Difference) -> str:
    by = "" if difference.by is None else f" by {difference.by}"
    return by if difference.at is None else f"{by} on {_day(difference.at)}"


def _day(at: dt.datetime) -> str:
    """A day as an author reads it; without the year while it is this year's."""
    year = "" if at.year == dt.datetime.now(dt.UTC).year else f" {at.year}"
    return f"{at.day} {at:%B}{year}"
