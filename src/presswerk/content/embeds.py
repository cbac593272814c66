"""Pages of other sites that WordPress shows in place, by its own list of oEmbed providers."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class EmbedProvider:
    """A site WordPress embeds; `kind` is oEmbed's type, `pattern` matches the address without its scheme."""

    slug: str
    kind: str
    pattern: re.Pattern[str]


def _provider(slug: str, kind: str, *patterns: str) -> EmbedProvider:
    return EmbedProvider(slug, kind, re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE))


# Source: WP_oEmbed::__construct and the variations of core/embed, WordPress 6.5 to 7.1, without providers gone by 7.1.
_PROVIDERS = (
    _provider(
        "youtube",
        "video",
        r"(?:(?:www|m|music)\.)?youtube\.com/(?:watch\?\S+|shorts/\S+|live/\S+|playlist\?\S+)",
        r"youtu\.be/\S+",
    ),
    _provider("vimeo", "video", r"(?:(?:www|player)\.)?vimeo\.com/\S+"),
    _provider("dailymotion", "video", r"(?:www\.)?dailymotion\.com/\S+", r"dai\.ly/\S+"),
    _provider("flickr", "photo", r"(?:www\.)?flickr\.com/\S+", r"flic\.kr/\S+"),
    _provider("wordpress-tv", "video", r"wordpress\.tv/\S+"),
    _provider("videopress", "video", r"videopress\.com/v/\S+"),
    _provider("crowdsignal", "rich", r"\S+\.(?:survey\.fm|crowdsignal\.net)/\S+", r"poll\.fm/\S+"),
    _provider(
        "twitter",
        "rich",
        r"(?:www\.)?(?:twitter|x)\.com/\w{1,15}(?:/status(?:es)?/\S+|/lists/\S+|/likes/?|/timelines/\S+)?/?",
        r"(?:www\.)?twitter\.com/i/moments/\S+",
    ),
    _provider("soundcloud", "rich", r"(?:www\.)?soundcloud\.com/\S+"),
    _provider("spotify", "rich", r"(?:open|play)\.spotify\.com/\S+"),
    _provider("mixcloud", "rich", r"(?:www\.)?mixcloud\.com/\S+"),
    _provider("reverbnation", "rich", r"(?:www\.)?reverbnation\.com/\S+"),
    _provider("issuu", "rich", r"(?:www\.)?issuu\.com/\S+/docs/\S+"),
    _provider("reddit", "rich", r"(?:www\.)?reddit\.com/r/[^/]+/comments/\S+"),
    _provider("tumblr", "rich", r"\S+\.tumblr\.com/\S+"),
    _provider("tiktok", "video", r"(?:www\.)?tiktok\.com/@\S+/video/\S+", r"(?:www\.)?tiktok\.com/@\S+"),
    _provider("pinterest", "rich", r"(?:[a-z]{2}|www)\.pinterest\.com(?:\.(?:au|mx))?/\S+"),
    _provider("pocket-casts", "rich", r"pca\.st/\S+"),
    _provider("wolfram-cloud", "rich", r"(?:www\.)?wolframcloud\.com/obj/\S+"),
    _provider("bluesky", "rich", r"bsky\.app/profile/\S+/post/\S+"),
    _provider("imgur", "rich", r"(?:www\.|i\.|m\.)?imgur\.com/\S+"),
    _provider("ted", "video", r"(?:www\.)?ted\.com/talks/\S+"),
    _provider("kickstarter", "rich", r"(?:www\.)?kickstarter\.com/projects/\S+", r"kck\.st/\S+"),
    _provider("cloudup", "rich", r"cloudup\.com/\S+"),
    _provider("speaker-deck", "rich", r"(?:www\.)?speakerdeck\.com/\S+"),
    _provider("scribd", "rich", r"(?:www\.)?scribd\.com/(?:doc|document)/\S+"),
    _provider("animoto", "video", r"(?:www\.)?animoto\.com/play/\S+", r"video214\.com/play/\S+"),
)
_MAX_LENGTH = 2000
_NOT_IN_AN_ADDRESS = re.compile(r"[\s<>\"\\^`{|}]")
_X = re.compile(r"^(https?://(?:www\.)?)x\.com/", re.IGNORECASE)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)


def provider_of(url: str) -> EmbedProvider | None:
    """Return the provider that serves an address, None for any other page."""
    scheme = _SCHEME.match(url)
    if scheme is None or len(url) > _MAX_LENGTH or _NOT_IN_AN_ADDRESS.search(url):
        return None
    rest = url[scheme.end() :]
    return next((provider for provider in _PROVIDERS if provider.pattern.fullmatch(rest)), None)


def page_of_player(src: str) -> str:
    """Return the page a player's iframe belongs to, or `src` itself when it is no player we know.

    Providers give out iframes; WordPress embeds pages.
    """
    src = f"https:{src}" if src.startswith("//") else src
    try:
        parts = urlsplit(src)
    except ValueError:
        return src
    host, path = (parts.hostname or "").removeprefix("www."), parts.path
    key = path.rstrip("/").rpartition("/")[2]
    page = src
    if host in {"youtube.com", "youtube-nocookie.com"} and path.startswith("/embed/") and key:
        page = f"https://www.youtube.com/watch?v={key}"
    elif host == "player.vimeo.com" and path.startswith("/video/") and key:
        page = f"https://vimeo.com/{key}"
    elif host == "open.spotify.com" and path.startswith("/embed/"):
        page = f"https://open.spotify.com/{path.removeprefix('/embed/')}"
    elif host == "w.soundcloud.com" and path.startswith("/player"):
        page = next(iter(parse_qs(parts.query).get("url", [])), src)
    elif host in {"dailymotion.com", "geo.dailymotion.com"} and path.startswith("/embed/video/") and key:
        page = f"https://www.dailymotion.com/video/{key}"
    return page


def working_address(url: str) -> str:
    """Return the address WordPress can ask about: it knows X's posts under their old domain only."""
    return _X.sub(r"\1twitter.com/", url)
