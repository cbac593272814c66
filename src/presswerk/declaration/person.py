"""What a person's name, user name and address may be, and a person of a local identity provider."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from presswerk.declaration.declared import Declaration
from presswerk.declaration.roles import Role

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LONGEST_LOCAL_PART = 64  # RFC 5321, section 4.5.3.1
_LONGEST_ADDRESS = 254

# Joiners are part of how names are written in Persian and Indian scripts; every other invisible character is a trick.
_JOINERS = frozenset("\u200c\u200d")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def _is_address(text: str) -> str:
    local, _, domain = text.rpartition("@")
    if len(local) > _LONGEST_LOCAL_PART or not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise ValueError("is no e-mail address; give one such as anna@example.org")
    return text


def _is_name(text: str) -> str:
    if any(unicodedata.category(each) in _INVISIBLE and each not in _JOINERS for each in text):
        raise ValueError("holds a character that cannot be seen, such as a line break; remove it")
    return text


EmailAddress = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=_LONGEST_ADDRESS),
    AfterValidator(_is_address),
    # For readers of the schema; our own refusal says more than a pattern.
    Field(json_schema_extra={"pattern": r"^[^@\s]+@[^@\s]+$"}),
]
"""An address as RFC 5321 has it, without quoted parts; the domain as it is sent (IDN as `xn--...`)."""

PersonName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_is_name)
]

TenantId = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])$", min_length=2, max_length=20),
]
"""2-20 characters of a-z, 0-9 and inner hyphens; part of host names, group names and workflow ids."""

_ADDRESSES = frozenset({"api", "chat", "hub", "id", "mail", "webmail", "www"})
_ASKED_BY_PROGRAMS = frozenset({"autoconfig", "autodiscover", "isatap", "localhost", "mta-sts", "openpgpkey", "wpad"})
RESERVED_IDS = _ADDRESSES | _ASKED_BY_PROGRAMS
"""What no new tenant is called: `<id>.<domain>` is, or may become, an address of the platform itself; or programs ask
it by themselves for what holds for the whole domain, such as settings of mail and proxies, or keys."""

CODED_ID = "^..--"
"""So are names written that have other letters than a-z (`xn--...`, RFC 5891): what is no such name is given no
certificate, and what is one reads otherwise than it was declared."""

NewTenantId = Annotated[
    TenantId,
    Field(json_schema_extra={"not": {"anyOf": [{"enum": sorted(RESERVED_IDS)}, {"pattern": CODED_ID}]}}),
]
"""What a schema says of a new one; a reserved id that a tenant has already is read all the same."""

UserName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{1,39}$")]


class Person(Declaration):
    """Someone to create at a local identity provider; in production people come from the provider itself."""

    user_name: UserName
    given_name: PersonName
    family_name: PersonName
    email: EmailAddress
    operator: bool = False
    memberships: dict[TenantId, Role] = Field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name shown beside an article."""
        return f"{self.given_name} {self.family_name}"

    @property
    def address_key(self) -> str:
        """What no two people may share: the provider cannot tell two of one address apart, and fails both."""
        return self.email.casefold()
