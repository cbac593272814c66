"""Reading platform.yaml: what is accepted, and how errors name the place."""

import pytest

from presswerk.declaration import DeclarationError, Role, load_platform

GOOD = """\
tenants:
  - id: acme
    name: Acme News
people:
  - user_name: anna
    given_name: Anna
    family_name: Acme
    email: anna@acme.localhost
    memberships:
      acme: author
"""


def test_a_declaration_is_read() -> None:
    platform = load_platform(GOOD, source="platform.yaml")

    assert platform.tenants[0].name == "Acme News"
    assert platform.people[0].memberships == {"acme": Role.AUTHOR}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("id: acme", "id: ACME", r"^platform\.yaml:2: tenants\.0\.id: "),
        (
            "name: Acme News",
            "nmae: Acme News",
            r"platform\.yaml:3: tenants\.0\.nmae: is unknown here; did you mean name",
        ),
        ("    name: Acme News\n", "", r"^platform\.yaml:2: tenants\.0\.name: is missing"),
        ("acme: author", "acme: owner", r"platform\.yaml:10: people\.0\.memberships\.acme: .*'author'"),
        ("acme: author", "globex: author", r"^platform\.yaml:9: people\.anna\.memberships: no tenant globex"),
        ("  - id: acme\n    name: Acme News\n", "  []\n", r"tenants: at least one is needed"),
        ("tenants:", "tenants: [", r"^platform\.yaml:\d+: a bracket is opened and not closed"),
    ],
)
def test_an_error_names_file_line_and_field(old: str, new: str, problem: str) -> None:
    with pytest.raises(DeclarationError, match=problem):
        load_platform(GOOD.replace(old, new), source="platform.yaml")


@pytest.mark.parametrize("text", ["", "- a\n", "just words"])
def test_a_text_without_fields_is_refused(text: str) -> None:
    with pytest.raises(DeclarationError, match=r"platform\.yaml:1: expected fields such as `tenants:`"):
        load_platform(text, source="platform.yaml")


def test_all_problems_are_said_at_once() -> None:
    with pytest.raises(DeclarationError) as caught:
        load_platform(GOOD.replace("id: acme", "id: A").replace("acme: author", "acme: boss"), source="p.yaml")

    assert len(caught.value.problems) == 2


WITH_LIMITS = """\
domain: press.example
node_pool:
  nodes: 3
  storage_gib: 100
tenants:
  - id: acme
    name: Acme News
    tier: pro
    domains: [news.acme.example]
    overrides:
      storage_gib: 20
"""


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "storage_gib: 20",
            "storage_gib: 500",
            r"^p:11: tenants\.acme\.overrides\.storage_gib: pro allows at most 100",
        ),
        ("tier: pro", "tier: free", r"^p:9: tenants\.acme\.domains: it needs the feature custom-domains"),
        ("news.acme.example", "acme.press.example", r"^p:9: tenants\.acme\.domains: .* is within press\.example"),
        ("news.acme.example", "http://news", r"^p:9: tenants\.0\.domains\.0: "),
        ("news.acme.example", "a.example, a.example", r"^p:9: tenants\.0\.domains: a domain is listed twice"),
        ("tier: pro", "theme: twentytwelve", r"^p:8: tenants\.acme\.theme: .* not installed; give one of twentytwenty"),
        ("tier: pro", "language: xx", r"^p:8: tenants\.acme\.language: xx is no language that is known"),
        (
            "tier: pro",
            "house_style: {voice: Plain.}",
            r"^p:8: tenants\.acme\.house_style: it needs the feature house-style, which the free tier",
        ),
        (
            "tier: pro",
            "tier: pro\n    features: [custom-domains]\n    house_style: {voice: Plain.}",
            r"tenants\.acme\.house_style: it needs the feature house-style, which acme does not use",
        ),
        ("tier: pro", "time_zone: Berlin", r"^p:8: tenants\.0\.time_zone: is no time zone; give an IANA name"),
        (
            "storage_gib: 100",
            "storage_gib: 20",
            r"^p:4: node_pool\.storage_gib: 20 is too small: .*give at least 50",
        ),
        ("nodes: 3", "ram_gib: 4", r"^p:3: node_pool\.ram_gib: 4 is too small"),
        ("nodes: 3", "autoscaling: {min_nodes: 5, max_nodes: 3}", r"^p:3: node_pool\.autoscaling: min_nodes is 5"),
    ],
)
def test_what_does_not_fit_together_names_the_place_and_the_remedy(old: str, new: str, problem: str) -> None:
    load_platform(WITH_LIMITS, source="p")

    with pytest.raises(DeclarationError, match=problem):
        load_platform(WITH_LIMITS.replace(old, new), source="p")


def test_the_size_that_failed_in_production_is_refused_for_both_reasons() -> None:
    small = WITH_LIMITS.replace("nodes: 3\n  storage_gib: 100", "nodes: 2\n  cores: 2\n  ram_gib: 4\n  storage_gib: 20")

    with pytest.raises(DeclarationError) as caught:
        load_platform(small, source="p")

    assert [line.split(": ")[1] for line in caught.value.problems] == ["node_pool.ram_gib", "node_pool.storage_gib"]


def test_themes_that_an_image_adds_are_declared_once_and_then_known() -> None:
    platform = load_platform("themes: [our-own]\ntenants: [{id: acme, name: Acme, theme: our-own}]\n", source="p")

    assert platform.tenants[0].theme == "our-own"


@pytest.mark.parametrize("reserved", ["hub", "chat", "id", "www", "api", "mail", "login", "webmail", "wpad", "mta-sts"])
def test_an_id_whose_address_is_the_platforms_own_is_none_for_a_new_tenant(reserved: str) -> None:
    text = f"domain: press.example\nidentity: {{host: login.press.example}}\ntenants: [{{id: {reserved}, name: A}}]\n"
    # One that has it already stays, so it is read.
    platform = load_platform(text, source="p")

    assert "kept for the platform's own addresses; choose another id" in str(platform.reserved(reserved))
    assert (platform.reserved(f"{reserved}-1"), platform.reserved(f"my-{reserved}")) == (None, None)
    assert "where coded names have them" in str(platform.reserved("xn--mnchen-3ya"))
    assert platform.reserved("acme") is None
