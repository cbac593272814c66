"""What a human decided on the site, as it meets a delivery: failures and words."""

from collections.abc import Iterable, Iterator, Mapping

from presswerk.messages import Message, Value, joined
from presswerk.publishing.model import Failure, Step
from presswerk.wordpress.errors import AlreadyPublished, EditedOnSite, PostGone, SiteError
from presswerk.wordpress.model import Difference, SiteEdit, SiteField, SitePost

_NAMES: dict[SiteField, Message] = {
    "title": Message("the title"),
    "text": Message("the text"),
    "excerpt": Message("the excerpt"),
    "slug": Message("the address"),
    "status": Message("the status"),
    "tags": Message("the tags"),
    "categories": Message("the categories"),
    "featured_image": Message("the featured image"),
    "author": Message("the author"),
}
_CHANGED: dict[SiteField, Message] = {
    "title": Message("The title was changed on the site"),
    "text": Message("The text was changed on the site"),
    "excerpt": Message("The excerpt was changed on the site"),
    "slug": Message("The address was changed on the site"),
    "status": Message("The status was changed on the site"),
    "tags": Message("The tags were changed on the site"),
    "categories": Message("The categories were changed on the site"),
    "featured_image": Message("The featured image was changed on the site"),
    "author": Message("The author was changed on the site"),
}
STATUSES: Mapping[str, Message] = {
    "publish": Message("publish"),
    "draft": Message("draft"),
    "private": Message("private"),
    "pending": Message("pending"),
    "future": Message("future"),
}
"""WordPress's own names of statuses, which its editor shows in the site's language; a plugin may have more."""
_TERMS: frozenset[SiteField] = frozenset({"tags", "categories"})
_IN_REVISIONS: frozenset[SiteField] = frozenset({"title", "text", "excerpt"})


def failure_of(step: Step, error: SiteError) -> Failure:
    """What a step ends with that a site brought to a stop."""
    match error:
        case EditedOnSite(differences=differences, opened_by=opened_by):
            reason = _changes(differences) if differences else error.reason
            return Failure(step, reason, error.advice, False, "conflict", differences=differences, opened_by=opened_by)
        case PostGone(presence=presence):
            return Failure(step, error.reason, error.advice, False, "gone", presence=presence)
        case AlreadyPublished():
            return Failure(step, error.reason, error.advice, False, "already-published")
        case _:
            return Failure(step, error.reason, error.advice, error.retryable)


def warnings_of(post: SitePost) -> Iterator[Message]:
    """What an author is told of a delivery that met what somebody decided on the site."""
    for edit in post.site_edits:
        yield _sentence(edit)
    if post.address_changed is not None:
        before, after = post.address_changed
        if post.status == "publish":
            yield Message(
                'The address of the article changed from "%(before)s" to "%(after)s", as you asked; WordPress leads'
                " readers of the old one there.",
                before=before,
                after=after,
            )
        else:
            yield Message(
                'The address of the article changed from "%(before)s" to "%(after)s", as you asked.',
                before=before,
                after=after,
            )
    if post.opened_by is not None:
        yield Message(
            "%(name)s has the post open in the editor on the site; whoever saves there replaces this version.",
            name=post.opened_by.name,
        )


def _sentence(edit: SiteEdit) -> Message:
    difference = edit.difference
    if difference.field == "status" and isinstance(difference.site, str):
        status = STATUSES.get(difference.site, difference.site)
        changed = Message('The status was set to "%(status)s" on the site', status=status)
    else:
        changed = _CHANGED[difference.field]
    named: dict[str, Value] = {"changed": changed, "by": _by(difference)}
    match edit.outcome:
        case "left" if difference.field in _TERMS:
            return Message(
                "%(changed)s%(by)s; what was added there stayed, and what was removed was not brought back.", **named
            )
        case "left":
            return Message("%(changed)s%(by)s; it was left as it is.", **named)
        case "merged":
            return Message("%(changed)s%(by)s; both versions were merged.", **named)
        case "replaced" if difference.field in _IN_REVISIONS:
            return Message(
                "%(changed)s%(by)s; it was replaced, and the old version is kept in the post's revisions there.",
                **named,
            )
        case "replaced":
            return Message("%(changed)s%(by)s; that was replaced.", **named)


def _changes(differences: Iterable[Difference]) -> Message:
    """All differences in one clause."""
    named = (Message("%(what)s%(by)s", what=_NAMES[each.field], by=_by(each)) for each in differences)
    return Message("somebody changed this on the site: %(what)s", what=joined("; ", named))


def _by(difference: Difference) -> Value:
    name, day = difference.by, None if difference.at is None else difference.at.date()
    if name is None:
        return "" if day is None else Message(" on %(day)s", day=day)
    return Message(" by %(name)s", name=name) if day is None else Message(" by %(name)s on %(day)s", name=name, day=day)
