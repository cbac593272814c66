"""The chat of this machine as one of the places that are told of departures."""

from pathlib import Path

from presswerk.declaration import Role, group_name
from presswerk.errors import PresswerkError
from presswerk.identity import Departure, PlaceUnavailable
from presswerk.openwebui.people import end_membership
from presswerk.operations.reconcile import chat_administrator
from presswerk.runtimes.local.installation import remembered
from presswerk.runtimes.local.secrets import Secrets


class ChatPlace:
    """Ends people's sessions in Open WebUI, with its administrator's account.

    Args:
        state: The installation's state directory.
    """

    name = "chat"

    def __init__(self, state: Path) -> None:
        self._state = state

    def end(self, departure: Departure) -> None:
        """End the person's sessions, and the memberships that are not theirs any more.

        Raises:
            PlaceUnavailable: Open WebUI did not confirm.
        """
        if departure.tenant is None:
            lost = frozenset[str]()
        else:
            lost = frozenset(group_name(departure.tenant, role) for role in Role if role is not departure.role)
        try:
            layout = remembered(self._state).layout
            with chat_administrator(layout, Secrets.open(layout)) as client:
                end_membership(client, departure.subject, lost)
        except PresswerkError as error:
            raise PlaceUnavailable(str(error)) from None
