"""What of a Markdown file, and of the machine it lies on, is sent to the hub."""

import base64
from pathlib import Path

import pytest

from presswerk.cli.article_file import UnusableArticle, read_article
from tests.support.press import PNG

TAGS = ("bread", "baking")


def article(folder: Path, text: str, name: str = "article.md") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def picture(path: Path, data: bytes = PNG) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def sent(path: Path, *allowed: Path) -> list[str]:
    return [each["reference"] for each in read_article(path, allowed).body["attachments"]]


@pytest.mark.parametrize(
    "front_matter",
    [
        "---\ntitle: Bread guide\ntags: bread baking\ndescription: My own summary.\n---\n",
        "---\ntitle: 'Bread guide'\ntags: bread, baking\nexcerpt: My own summary.\ndescription: Another.\n---\n",
        "---\r\ntitle: Bread guide\r\ntags:\n  - bread\r\n  - baking\r\n  - Bread\r\nsummary: My own summary.\n---\r\n",
        '+++\ntitle = "Bread guide"\ntags = ["bread", "baking"]\ndescription = "My own summary."\n+++\n',
        '+++\ntitle = "Bread guide"\nsummary = "My own summary."\n[taxonomies]\ntags = ["bread", "baking"]\n+++\n',
        '{\n  "title": "Bread guide", "tags": ["bread", "baking"], "description": "My own summary."\n}\n',
        "---\ntitle: Bread guide\ntags: ['#bread', '#baking']\ndescription: >\n  My own\n  summary.\n...\n",
        "---\ntitle: Bread guide\ntags:\n- label: bread\n  slug: b\n- name: baking\nsummary: My own summary.\n---\n",
        "\ufeff---\nTitle: Bread guide\nTags: bread baking\nDescription: My own summary.\n---\n",
    ],
)  # fmt: skip
def test_front_matter_of_every_generator_gives_the_same_fields(tmp_path: Path, front_matter: str) -> None:
    body = read_article(article(tmp_path, f"{front_matter}\nText one.\n")).body

    assert (body["title"], tuple(body["tags"]), body["excerpt"]) == ("Bread guide", TAGS, "My own summary.")
    assert body["markdown"].strip() == "Text one."


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ("permalink: /2026/bread-guide/", "slug", "bread-guide"),
        ("permalink: /:categories/:title/", "slug", None),
        ("slug: brot\npermalink: /x/", "slug", "brot"),
        ("slug: /guides/brot/", "slug", "brot"),
        ("slug: /", "slug", None),
        ("url: /posts/bread.html", "slug", "bread"),
        ("category: Food", "categories", ["Food"]),
        ("categories: [Food, Home]", "categories", ["Food", "Home"]),
        ("lang: de_AT", "language", "de-AT"),
        ("draft: true", "target", "draft"),
        ("draft: false", "target", None),
        ("published: false", "target", "draft"),
        ("status: publish", "target", "publish"),
        ("title: 2026", "title", "2026"),
        ("date: 2026-11-29", "title", None),
        ("tags:", "tags", None),
        ("tags: []", "tags", []),
    ],
)
def test_fields_of_front_matter(tmp_path: Path, fields: str, name: str, value: object) -> None:
    assert read_article(article(tmp_path, f"---\n{fields}\n---\nText.\n")).body.get(name) == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("---\ntitle: [a\n---\nText", "not valid YAML"),
        ("+++\ntitle = \n+++\nText", "not valid TOML"),
        ("---\ntitle: {a: b}\n---\nText", "title must be text"),
        ("---\nstatus: maybe\n---\nText", "status must be draft or publish"),
        ("---\ntags: {a: b}\n---\nText", "tags must be a list"),
    ],
)
def test_front_matter_that_cannot_be_used_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(UnusableArticle, match=problem):
        read_article(article(tmp_path, text))


@pytest.mark.parametrize("text", ["---\n\nA rule, then text.\n\n---\n\nMore.", "{ this is text }", "+++ plus", "---"])
def test_what_only_looks_like_front_matter_stays_text(tmp_path: Path, text: str) -> None:
    assert read_article(article(tmp_path, text)).body["markdown"] == text


@pytest.mark.parametrize("public", ["static", "public", "assets", "source", "."])
@pytest.mark.parametrize("depth", ["", "content", "content/posts/2026"])
def test_a_root_relative_image_is_looked_for_at_the_sites_root(tmp_path: Path, public: str, depth: str) -> None:
    picture(tmp_path / public / "images/loaf.png")
    (tmp_path / "_config.yml").touch()

    path = article(tmp_path / depth, "---\ntitle: Bread\n---\n\n![Loaf](/images/loaf.png)\n\nText.")

    assert sent(path) == ["/images/loaf.png"]


def test_an_image_is_found_beside_the_article_and_below_it(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    picture(tmp_path / "pictures/my photo.png")

    assert sent(article(tmp_path, "![](a.png) ![](<pictures/my photo.png>) ![](pictures/my%20photo.png?v=2)")) == [
        "a.png",
        "pictures/my photo.png",
        "pictures/my%20photo.png?v=2",
    ]


@pytest.mark.parametrize(
    "source", ["/images/none.png", "none.png", "../none.png", "none\x00.png", "/", "#", "a/b/../c.png"]
)
def test_a_missing_image_is_a_note_and_no_refusal(tmp_path: Path, source: str) -> None:
    read = read_article(article(tmp_path, f"Text. ![Loaf](<{source}>)"))

    assert read.body["attachments"] == []
    assert len(read.notes) == 1
    assert "is left out: it is not there; looked in" in read.notes[0]


def test_files_of_other_places_are_not_sent_however_they_are_named(tmp_path: Path) -> None:
    secret = picture(tmp_path / "home/private/scan.png")
    folder = tmp_path / "home/articles"
    folder.mkdir()
    (folder / "link.png").symlink_to(secret)
    (folder / "linked").symlink_to(secret.parent)
    (folder / "static").symlink_to(secret.parent)
    picture(folder / ".hidden/scan.png")

    sources = [str(secret), "../private/scan.png", "link.png", "linked/scan.png", "/scan.png", ".hidden/scan.png"]
    path = article(folder, " ".join(f"![]({source})" for source in sources))

    assert sent(path) == []
    assert len(read_article(path).notes) == len(sources)
    assert sent(path, secret.parent) == sources[:4]


@pytest.mark.parametrize("data", [b"%PDF-1.7", b"-----BEGIN PRIVATE KEY-----", b"", b"<svg xmlns='x'></svg>"])
def test_a_file_that_is_no_image_is_not_sent_whatever_its_name(tmp_path: Path, data: bytes) -> None:
    file = picture(tmp_path / "scan.png", data)
    path = article(tmp_path, "![](scan.png)")

    assert sent(path) == []
    assert "scan.png is left out" in read_article(path).notes[0]
    assert sent(path, file) == ["scan.png"]


@pytest.mark.parametrize("field", ["image: cover.png", "cover:\n  image: cover.png", "images: [cover.png]"])
def test_the_picture_of_front_matter_stands_first(tmp_path: Path, field: str) -> None:
    picture(tmp_path / "cover.png")

    body = read_article(article(tmp_path, f"---\n{field}\n---\n# Bread\n\nText.")).body

    assert body["markdown"].startswith("![](<cover.png>)\n\n# Bread")
    assert base64.b64decode(body["attachments"][0]["data"]) == PNG
    again = read_article(article(tmp_path, f"---\n{field}\n---\n# Bread\n\n![x](cover.png)")).body
    assert again["markdown"] == "# Bread\n\n![x](cover.png)"


def test_more_images_than_the_hub_takes_are_left_out_with_a_note(tmp_path: Path) -> None:
    for number in range(21):
        picture(tmp_path / f"{number}.png")

    read = read_article(article(tmp_path, " ".join(f"![]({number}.png)" for number in range(21))))

    assert len(read.body["attachments"]) == 20
    assert read.notes == ("Only the first 20 images are sent; 21 were found.",)
