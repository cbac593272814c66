"""What can be wrong with a request about a tenant; each message says what to do."""


class TenantProblem(Exception):
    """A request about a tenant cannot be carried out.

    Attributes:
        fields: (field, what is wrong with it) where fields of the request are to blame.
    """

    def __init__(self, message: str, fields: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.fields = fields


class UnknownTenant(TenantProblem, LookupError):
    """No tenant has this id."""


class TenantExists(TenantProblem):
    """Another tenant has this id already, or the same one declared otherwise."""


class InvalidTenant(TenantProblem):
    """Fields of the declaration are wrong."""


class DeclaredElsewhere(TenantProblem):
    """The tenant stands in `platform.yaml`, so that a command's change would be undone by the next `up`."""


class TenantLeaving(TenantProblem):
    """The tenant is to be removed; it can be resumed first."""


class ChangedMeanwhile(TenantProblem):
    """Somebody else changed the tenant at the same time; the request can be repeated."""
