"""A tenant as declared: id, display name, tier, site."""

import zoneinfo
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from presswerk.declaration.declared import Declaration
from presswerk.declaration.person import EmailAddress, NewTenantId
from presswerk.declaration.tier import Features, LimitOverrides, TierName

DomainName = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$",
        min_length=4,
        max_length=253,
    ),
]
"""A fully qualified host name in lower case, without a final dot (RFC 1123)."""

ThemeSlug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", max_length=63)]

_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
_Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class HouseStyle(Declaration):
    """How a tenant writes; becomes the system prompt of its model preset in the chat.

    Attributes:
        voice: How its texts sound, in a sentence.
        audience: Whom they are for.
        forbidden_words: Words that they never use.
    """

    voice: _Line | None = None
    audience: _Line | None = None
    forbidden_words: Annotated[tuple[_Word, ...], Field(max_length=100)] = ()


class Tenant(Declaration):
    """A customer or team with one site.

    Attributes:
        id: Its name in addresses and groups, which never changes.
        name: Its name as people read it.
        tier: Which limits and features it has.
        admin: E-mail address of the person who answers for it.
        domains: Domains of its own, beside the platform's; the first is the site's public address.
        language: Language of the site and of the preset in the chat (BCP 47).
        time_zone: Time zone of the site, an IANA name such as `Europe/Berlin`.
        theme: Slug of the site's theme, one that is installed; None for WordPress's own choice.
        category: Category of articles whose request names none; None for the site's own default.
        features: Which of the tier's features it uses; None for all of them.
        overrides: Limits other than its tier's.
        house_style: How it writes.
    """

    id: NewTenantId
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    tier: TierName = TierName.FREE
    admin: EmailAddress | None = None
    domains: Annotated[tuple[DomainName, ...], Field(max_length=20)] = ()
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$", max_length=35)] = "en-US"
    time_zone: Annotated[str, StringConstraints(max_length=64)] = "UTC"
    theme: ThemeSlug | None = None
    category: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] | None = None
    features: Features | None = None
    overrides: LimitOverrides = LimitOverrides()
    house_style: HouseStyle = HouseStyle()

    @field_validator("domains")
    @classmethod
    def _once(cls, domains: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(domains)) != len(domains):
            raise ValueError("a domain is listed twice; remove one")
        return domains

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is no time zone; give an IANA name such as Europe/Berlin") from None
        return name
