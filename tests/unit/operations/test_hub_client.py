"""The hub's client: whatever is given as its address, a sentence says what is wrong with it."""

import pytest

from presswerk.operations.hub_client import HubClient, HubRefused, sign_on_server


@pytest.mark.parametrize(
    "address", ["", "hub", "ftp://hub", "http://[::1", "http://x\x01", "http://a b", "http://127.0.0.1:99999"]
)
def test_an_address_that_is_none_is_no_hub(address: str) -> None:
    for ask in (lambda: HubClient(address, "key").call("GET", "/me"), lambda: sign_on_server(address)):
        with pytest.raises(HubRefused, match="no hub at"):
            ask()
