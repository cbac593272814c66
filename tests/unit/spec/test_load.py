"""Reading platform.yaml: what is accepted, and how errors name the place."""

import pytest

from presswerk.spec import DeclarationError, Role, load_platform

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
        ("name: Acme News", "nmae: Acme News", r"platform\.yaml:3: tenants\.0\.nmae: Extra inputs"),
        ("    name: Acme News\n", "", r"^platform\.yaml:2: tenants\.0\.name: Field required"),
        ("acme: author", "acme: owner", r"platform\.yaml:10: people\.0\.memberships\.acme: .*'author'"),
        ("acme: author", "globex: author", r"^platform\.yaml:1: people\.anna\.memberships: no tenant globex"),
        ("  - id: acme\n    name: Acme News\n", "  []\n", r"tenants: at least one is needed"),
        ("tenants:", "tenants: [", r"^platform\.yaml:\d+: not valid YAML: "),
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
