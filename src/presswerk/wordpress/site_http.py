"""Requests to one site, with its credentials, its host name, and every failure as an error of ours."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from presswerk.certificates import VARIABLE, authorities, is_refused
from presswerk.messages import Message
from presswerk.wordpress.answers import BY_ITSELF, half_answer, json_object, refusal
from presswerk.wordpress.errors import SiteUnavailable
from presswerk.wordpress.model import Connection


class SiteHttp:
    """An HTTP client of one site.

    Args:
        connection: The site and the credentials.
        timeout_seconds: For connecting, and between two pieces of an answer.
        transport: Replaces the network, for tests.
    """

    def __init__(
        self, connection: Connection, *, timeout_seconds: float, transport: httpx.BaseTransport | None
    ) -> None:
        self.name = connection.public_url
        self._http = httpx.Client(
            base_url=connection.internal_url,
            # WordPress answers for one host; the internal address is another.
            headers={"Host": urlsplit(connection.public_url).netloc, "Accept": "application/json"},
            auth=httpx.BasicAuth(connection.user_name, connection.application_password),
            timeout=timeout_seconds,
            transport=transport,
            verify=authorities(),
            # A redirect would carry the password to wherever the site points.
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(
        self, method: str, route: str, *, params: Mapping[str, str] | None = None, **request: Any
    ) -> httpx.Response:
        """Send a request to the REST API and return whatever the site answers.

        Args:
            method: Of the request.
            route: As the REST API names it, such as `/wp/v2/posts`. It is sent as a parameter: where the API's pretty
                addresses begin, and whether there are any, is a setting of the site.
            params: What follows it in the address.
            request: What else httpx takes.

        Raises:
            SiteUnavailable: There is no answer, or it breaks off.
        """
        try:
            return self._http.request(method, "/", params={"rest_route": route, **(params or {})}, **request)
        except httpx.TimeoutException:
            reason = Message("%(site)s did not answer in time", site=self.name)
            raise SiteUnavailable(reason, remedy=BY_ITSELF) from None
        except httpx.HTTPError as error:
            if is_refused(error):
                raise SiteUnavailable(
                    Message("the certificate of %(site)s is not trusted here", site=self.name),
                    remedy=Message(
                        "ask an operator to name the file with the certificate of its authority in %(variable)s",
                        variable=VARIABLE,
                    ),
                ) from None
            reason = Message("%(site)s cannot be reached (%(error)s)", site=self.name, error=type(error).__name__)
            raise SiteUnavailable(reason, remedy=BY_ITSELF) from None

    def checked(self, answer: httpx.Response) -> Mapping[str, Any]:
        """The JSON object of an answer.

        Raises:
            SiteError: It is a refusal, or no JSON object.
        """
        if not answer.is_success:
            raise refusal(answer, self.name)
        return json_object(answer, self.name)

    def ask(self, method: str, route: str, **request: Any) -> Mapping[str, Any]:
        """Send a request whose answer is a JSON object."""
        return self.checked(self.send(method, route, **request))

    def half_answer(self) -> SiteUnavailable:
        """The error for an answer that lacks what it should have."""
        return half_answer(self.name)
