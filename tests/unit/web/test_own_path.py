"""Where a sign-in may lead: to pages of this hub, whatever is asked for."""

from urllib.parse import urljoin, urlsplit

from hypothesis import example, given
from hypothesis import strategies as st

from presswerk.web.console.sign_in import own_path

HUB = "https://hub.example/auth/callback"
_PIECES = st.sampled_from(
    [
        "/",
        "//",
        "\\",
        "evil.example",
        "https:",
        "javascript:",
        "@",
        "[",
        "]",
        ":",
        "?",
        "#",
        "%2f",
        "%5c",
        "\t",
        "\n",
        " ",
        ".",
        "..",
        "ß",
    ]
)


@example("//[")
@example("http://[::1")
@given(st.one_of(st.text(), st.lists(_PIECES).map("".join)))
def test_nobody_is_led_away(text: str) -> None:
    path = own_path(text)

    assert path.startswith("/")
    # Browsers read a backslash as a slash, and pass over tabs and line ends.
    as_a_browser = path.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
    assert urlsplit(urljoin(HUB, as_a_browser)).netloc == "hub.example"
    assert own_path(path) == path
