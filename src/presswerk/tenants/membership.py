"""Who belongs to a tenant, as its admins and operators ask for it: accounts, roles, invitations.

An admin touches the own tenant's people only. Data of somebody who is known elsewhere can neither be read nor changed,
and somebody who has an account already comes in by an invitation that they accept themselves.
"""

import contextlib
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from presswerk.declaration import EmailAddress, Person, Role
from presswerk.identity import AuditTrail, Principal
from presswerk.messages import Message
from presswerk.tenants.accounts import Account, Accounts, effective_people
from presswerk.tenants.departing import MemberDepartures
from presswerk.tenants.errors import (
    DeclaredElsewhere,
    InvalidTenant,
    InvitationOver,
    KeptAtProvider,
    UnknownTenant,
)
from presswerk.tenants.invitations import Invitation, Invitations, InvitationState
from presswerk.tenants.members import Member, Members
from presswerk.tenants.runtime import DeclaredPlatform, MemberRuntime, Origin

CANNOT_BE_USED = (
    "cannot be used for a new account here; give another one, or, if its owner has an account already, invite them"
)
"""The one answer for every name and address that is not free, whoever's it is and wherever they belong."""

_NOT_YOURS = "is the person's own, who is known elsewhere too; send the role alone"
_IN_THE_FILE = "stands in platform.yaml; change it there and run `presswerk up`"
_NEW = "is nobody's in this tenant; give names and an address to make an account, or invite whoever has one"
_NEEDED = "is needed for a new account"
_INVITE = "is nobody's in this tenant; invite whoever has an account at the identity provider"
_AT_PROVIDER = "is kept at the identity provider, as the account is; send the role alone"
_FIELDS = ("given_name", "family_name", "email")
_ADDRESS: TypeAdapter[str] = TypeAdapter(EmailAddress)


@dataclass(frozen=True)
class Put:
    """What became of a request: whether anything is different now, and whether an account was made."""

    changed: bool
    made: bool = False


class MembershipService:
    """Takes requests about a tenant's people.

    Args:
        runtime: Where the tenants are.
        touch: Told the id of each tenant whose members are to be brought to the identity provider.
        members: Memberships given and taken by command.
        accounts: Made by command; None where accounts are the identity provider's, as on a cluster.
        invitations: Open and past ones.
        audit: Gets a record of each change.
        declared: The platform, with the people of its file.
        departures: Told at once of members who get another role; None where there is nobody to tell.
        kept_at: The identity provider's address where memberships are decided there; None where the runtime carries
            what is decided here to the provider.
    """

    def __init__(
        self,
        *,
        runtime: MemberRuntime,
        touch: Callable[[str], None],
        members: Members,
        accounts: Accounts | None,
        invitations: Invitations,
        audit: AuditTrail,
        declared: DeclaredPlatform,
        departures: MemberDepartures | None = None,
        kept_at: str | None = None,
    ) -> None:
        self._runtime = runtime
        self._touched = touch
        self._members = members
        self._accounts = accounts
        self._invitations = invitations
        self._audit = audit
        self._declared = declared
        self._departures = departures
        self._kept_at = kept_at

    def members(self, tenant_id: str) -> tuple[Member, ...]:
        """Who belongs to a tenant, by name: declared people and those added by command.

        Raises:
            UnknownTenant: None has this id.
        """
        self._runtime.get(tenant_id)
        return self._runtime.members(tenant_id)

    def has(self, caller: Principal, tenant_id: str) -> bool:
        """Whether somebody belongs to a tenant, as this platform has it: the provider knows it within a minute."""
        with contextlib.suppress(UnknownTenant):
            return any(_subject(member) == caller.subject for member in self.members(tenant_id))
        return False

    def shown_to(self, caller: Principal, tenant_id: str) -> tuple[Member, ...]:
        """The same as this caller may read it: the address of somebody who is known elsewhere is their own.

        Raises:
            KeptAtProvider: Nobody here knows.
            UnknownTenant: None has this id.
            TenantsUnavailable: The provider is asked, and does not answer.
        """
        everybody = self._everybody()
        return tuple(
            member
            if caller.operator or _belongs_here_alone(everybody.get(member.user_name), tenant_id)
            else dataclasses.replace(member, email="")
            for member in self.members(tenant_id)
        )

    def put(self, caller: Principal, member: Member) -> Put:
        """Give a person a role in a tenant, instead of the one they had there.

        Args:
            caller: An operator may add anybody; an admin changes members, and makes accounts nobody has yet.
            member: Names and address are given for a new account, or to change them; else empty.

        Raises:
            KeptAtProvider: It is done there.
            UnknownTenant: None has this id.
            InvalidTenant: The user name or another field is wrong, or not this caller's to give.
            TenantLeaving: The tenant is to be removed.
        """
        self._require_kept_here(member.tenant)
        self._runtime.get(member.tenant).require_staying()
        given = {name: value for name in _FIELDS if (value := getattr(member, name))}
        _check(member.user_name, given)
        if self._accounts is None:
            return self._put_at_provider(caller, member, given)
        known = self._everybody().get(member.user_name)
        ours = known is not None and self._is_ours(caller, known, member.tenant)
        if known is None or not ours:
            return self._make(self._accounts, caller, member, given)
        changed = self._change(self._accounts, caller, known, member, given)
        before = known.memberships.get(member.tenant)
        role = member.role
        if role is not None and role is not before:
            changed = self._runtime.put_member(Member(member.tenant, member.user_name, role)) or changed
            self._tell(member, before, role)
        if changed:
            self._touch(caller, member.tenant, "member.add", member.user_name, {"role": str(member.role)})
        return Put(changed)

    def remove(self, caller: Principal, tenant_id: str, user_name: str) -> bool:
        """Take a person out of a tenant, and tell whether they were in it.

        An account made by command that belongs nowhere any more is removed.

        Raises:
            KeptAtProvider: It is done there.
            UnknownTenant: No tenant has this id.
        """
        self._require_kept_here(tenant_id)
        found = [member for member in self.members(tenant_id) if member.user_name == user_name]
        if not found:
            return False
        self._runtime.put_member(dataclasses.replace(found[0], role=None))
        self._tell(found[0], found[0].role, None)
        self._touch(caller, tenant_id, "member.remove", user_name, {"role": str(found[0].role)})
        return True

    def invite(self, caller: Principal, tenant_id: str, role: Role, email: str | None) -> tuple[Invitation, str]:
        """Make an invitation; nobody is looked up, so that the answer tells nothing about anybody.

        Returns:
            It, and the token of its link, which is shown this once.

        Raises:
            KeptAtProvider: It is done there.
            UnknownTenant: None has this id.
            InvalidTenant: The address is none.
            TenantLeaving: The tenant is to be removed.
            TooManyInvitations: It has as many open ones as it may have.
        """
        self._require_kept_here(tenant_id)
        self._runtime.get(tenant_id).require_staying()
        try:
            address = None if email is None else _ADDRESS.validate_python(email)
        except ValidationError as error:
            message = InvalidTenant.of(error, "").fields[0][1]
            raise InvalidTenant("The invitation cannot be made as given.", (("email", message),)) from None
        invitation, token = self._invitations.create(caller, tenant_id, role, address)
        self._audit.record(caller, "invitation.create", invitation.id, {"role": str(role)}, tenant=tenant_id)
        return invitation, token

    def invitations(self, tenant_id: str) -> tuple[Invitation, ...]:
        """A tenant's invitations, newest first.

        Raises:
            KeptAtProvider: Nobody is invited here.
            UnknownTenant: None has this id.
        """
        self._require_kept_here(tenant_id)
        self._runtime.get(tenant_id)
        return self._invitations.list(tenant_id)

    def revoke(self, caller: Principal, tenant_id: str, invitation_id: str) -> None:
        """Make an invitation's link useless from now on.

        Raises:
            UnknownInvitation: The tenant has none of this id.
        """
        if self._invitations.revoke(tenant_id, invitation_id):
            self._audit.record(caller, "invitation.revoke", invitation_id, tenant=tenant_id)

    def invitation(self, token: str) -> Invitation:
        """The invitation of a link.

        Raises:
            UnknownInvitation: There is none.
        """
        return self._invitations.by_token(token)

    def accept(self, caller: Principal, token: str) -> Invitation:
        """Let whoever is signed in become a member; somebody who may do as much already stays as they are.

        Raises:
            UnknownInvitation: There is no such link.
            KeptAtProvider: It counts nowhere.
            InvitationOver: It was accepted by somebody else, revoked, or its time has passed.
            TenantLeaving: The tenant is to be removed.
        """
        invitation = self._invitations.by_token(token)
        self._require_kept_here(invitation.tenant)
        if invitation.was_accepted_by(caller) or caller.may(invitation.role, invitation.tenant):
            return invitation
        if invitation.state is not InvitationState.OPEN:
            raise InvitationOver(Message("This invitation is over; ask for another one."))
        self._runtime.get(invitation.tenant).require_staying()
        account = self._runtime.find_person(subject=caller.subject)
        if account is None:
            raise InvitationOver(Message("Your account is not one of this platform's; ask an operator to add you."))
        here = self.members(invitation.tenant)
        held = next((each.role for each in here if each.user_name == account.user_name), None)
        role = max(invitation.role, held or Role.AUTHOR, key=lambda each: each.rank)
        member = dataclasses.replace(account, tenant=invitation.tenant, role=role)
        self._invitations.accept(invitation, caller, lambda database: self._runtime.put_member(member, database))
        self._tell(member, held, role)
        self._touch(caller, invitation.tenant, "invitation.accept", invitation.id, {"role": str(role)})
        return self._invitations.by_token(token)

    def _require_kept_here(self, tenant_id: str) -> None:
        if self._kept_at is not None:
            raise KeptAtProvider(
                Message(
                    "On this platform the identity provider decides who belongs to a tenant. At %(provider)s, put"
                    " people into the group tenant-%(tenant)s-author, -editor or -admin, or take them out; it counts"
                    " within a minute.",
                    provider=self._kept_at,
                    tenant=tenant_id,
                )
            )

        known = self._runtime.get(tenant_id)
        if known.origin is Origin.REPOSITORY:
            raise DeclaredElsewhere(f"{tenant_id} is declared {known.declared_by}")

    def _put_at_provider(self, caller: Principal, member: Member, given: Mapping[str, str]) -> Put:
        """Change a role where accounts are the provider's: a member's, or, as an operator, anybody's.

        The order of the checks is part of the secret: nobody is looked up for who may not know what comes of it.
        """
        if given:
            raise _not_to_be_given(given, _AT_PROVIDER)
        here = next((each for each in self.members(member.tenant) if each.user_name == member.user_name), None)
        person = self._runtime.find_person(user_name=member.user_name) if here is None and caller.operator else here
        if person is None:
            raise InvalidTenant(f"Nobody in {member.tenant} is called {member.user_name}.", (("user_name", _INVITE),))
        before = None if here is None else here.role
        if member.role is None or member.role is before:
            return Put(changed=False)
        self._runtime.put_member(dataclasses.replace(person, tenant=member.tenant, role=member.role))
        self._tell(dataclasses.replace(person, tenant=member.tenant), before, member.role)
        self._touch(caller, member.tenant, "member.add", member.user_name, {"role": str(member.role)})
        return Put(changed=True)

    def _everybody(self) -> Mapping[str, Person]:
        """All whom this platform has accounts of; where they are the provider's, none."""
        if self._accounts is None:
            return {}
        people = effective_people(self._declared.platform.people, self._accounts.list(), self._members.list())
        return {person.user_name: person for person in people}

    def _is_ours(self, caller: Principal, known: Person, tenant_id: str) -> bool:
        """Whether a caller may give a known person a role in a tenant without asking them."""
        if caller.operator or tenant_id in known.memberships:
            return True
        # Who was theirs alone and was taken out may be put back: nobody else has them, and they can accept nothing.
        return self._home(known.user_name) == tenant_id and _belongs_here_alone(known, tenant_id)

    def _make(self, accounts: Accounts, caller: Principal, member: Member, given: Mapping[str, str]) -> Put:
        """Make an account and its membership.

        The order of the checks is part of the secret: what is missing is told before anything is looked up.
        """
        missing = [name for name in _FIELDS if name not in given]
        if missing:
            fields = (("user_name", _NEW), *((name, _NEEDED) for name in missing))
            raise InvalidTenant(f"Nobody in {member.tenant} is called {member.user_name}.", fields)
        everybody = self._everybody()
        person = Person(user_name=member.user_name, **given)
        taken = [("user_name", CANNOT_BE_USED)] if person.user_name in everybody else []
        taken += _taken_address(person, everybody)
        if taken:
            raise self._taken(caller, member, "The account cannot be made as given.", taken)
        accounts.add(Account(person, member.tenant, by_operator=caller.operator))
        self._runtime.put_member(Member(member.tenant, member.user_name, member.role))
        self._tell(member, None, member.role)
        self._touch(caller, member.tenant, "member.add", member.user_name, {"role": str(member.role)})
        return Put(changed=True, made=True)

    def _change(
        self, accounts: Accounts, caller: Principal, known: Person, member: Member, given: Mapping[str, str]
    ) -> bool:
        """Change names and address of somebody known, where they are the caller's to change."""
        if not given:
            return False
        if not caller.operator and not _belongs_here_alone(known, member.tenant):
            raise _not_to_be_given(given, _NOT_YOURS)
        person = Person(user_name=known.user_name, **{name: given.get(name, getattr(known, name)) for name in _FIELDS})
        different = {name: value for name, value in given.items() if getattr(person, name) != getattr(known, name)}
        if not different:
            return False
        if any(known.user_name == each.user_name for each in self._declared.platform.people):
            raise _not_to_be_given(different, _IN_THE_FILE)
        taken = _taken_address(person, self._everybody())
        if taken:
            raise self._taken(caller, member, "The account cannot be changed as given.", taken)
        accounts.change(person)
        return True

    def _taken(self, caller: Principal, member: Member, what: str, fields: Sequence[tuple[str, str]]) -> InvalidTenant:
        """A refusal that tells that somebody has a name or an address; who asks for many stands in the audit trail."""
        detail = {"fields": [name for name, _ in fields]}
        self._audit.record(caller, "member.refuse", member.user_name, detail, tenant=member.tenant)
        return InvalidTenant(what, tuple(fields))

    def _home(self, user_name: str) -> str | None:
        """The one tenant somebody was declared for, or their account was made for."""
        for person in self._declared.platform.people:
            if person.user_name == user_name:
                return next(iter(person.memberships)) if len(person.memberships) == 1 else None
        made = () if self._accounts is None else self._accounts.list()
        return next((each.home for each in made if each.person.user_name == user_name), None)

    def _tell(self, member: Member, before: Role | None, after: Role | None) -> None:
        if self._departures is not None:
            self._departures.changed(member.tenant, _subject(member), before, after)

    def _touch(
        self, caller: Principal, tenant_id: str, action: str, object_id: str, detail: Mapping[str, object]
    ) -> None:
        """Note that the runtime has memberships to bring to the identity provider."""
        self._touched(tenant_id)
        self._audit.record(caller, action, object_id, detail, tenant=tenant_id)


def _subject(member: Member) -> str:
    """What their tokens call them: on one machine the name they sign in with."""
    return member.subject or member.user_name


def _belongs_here_alone(person: Person | None, tenant_id: str) -> bool:
    """Whether nobody else has them; of people whom the provider names, nobody here knows."""
    return person is not None and not person.operator and set(person.memberships) <= {tenant_id}


def _taken_address(person: Person, everybody: Mapping[str, Person]) -> list[tuple[str, str]]:
    others = (each.address_key for each in everybody.values() if each.user_name != person.user_name)
    return [("email", CANNOT_BE_USED)] if person.address_key in others else []


def _not_to_be_given(fields: Mapping[str, str], why: str) -> InvalidTenant:
    return InvalidTenant("The person cannot be changed as given.", tuple((name, why) for name in fields))


def _check(user_name: str, given: Mapping[str, str]) -> None:
    """Refuse what no account could have, before anything is looked up."""
    filler = {"given_name": "A", "family_name": "A", "email": "a@a.example"}
    try:
        Person(user_name=user_name, **{**filler, **given})
    except ValidationError as error:
        raise InvalidTenant.of(error, "The member cannot be added as given.") from None
