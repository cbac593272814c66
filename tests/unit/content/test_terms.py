"""Which of a site's own terms an article names, in every script."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.content import compose, existing_terms_in
from presswerk.content.languages import known_language, language_of
from presswerk.content.vocabulary import vocabularies

TEXTS = {
    "en": "Bread is the oldest food and it is made of flour and water.",
    "de": "Das Brot ist fertig, wenn es duftet und die Kruste braun ist.",
    "fr": "Le pain est un aliment que les gens mangent dans le monde entier.",
    "es": "El pan es bueno y no cuesta mucho cuando se hace en casa.",
    "it": "Il pane è buono e non costa molto se lo fai con le tue mani.",
    "pt": "O pão é bom e não custa muito quando você faz em casa.",
    "nl": "Het brood is goed en niet duur als je het zelf maakt.",
    "pl": "Chleb jest dobry i nie jest drogi, jeśli robisz go w domu.",
    "ru": "Это хлеб, который нужно печь дома. Что нужно? Это время.",
    "uk": "Це хліб, який треба пекти вдома, бо так він краще і це не дорого.",
    "tr": "Ekmek çok güzel bir şey ve bu evde de yapılır ama zaman ister.",
    "ar": "هذا هو الخبز الذي يمكن أن تصنعه في البيت مع الماء و الدقيق.",
    "fa": "این نان را می‌توان در خانه با آب و آرد درست کرد و خوب است.",
    "cs": "Chléb je dobrý a není drahý, když ho pečete doma a máte čas.",
    "sv": "Brödet är gott och det är inte dyrt om du bakar det själv och har tid.",
    "da": "Brødet er godt, og det er ikke dyrt, hvis du bager det selv, når I har tid af og til.",
    "nb": "Brødet er godt, og det er ikke dyrt hvis du baker det selv når dere har tid av og til.",
    "fi": "Leipä on hyvää ja se on tuoretta, kun sinä teet sen itse niin kuin me.",
    "el": "Το ψωμί είναι καλό και δεν είναι ακριβό όταν το κάνεις στο σπίτι.",
    "vi": "Bánh mì là món ăn của người Việt và được yêu thích ở các nơi.",
    "hi": "रोटी बनाना आसान है। रोटी के लिए आटा चाहिए और यह घर में होती है।",
    "id": "Roti ini adalah yang paling enak dan tidak mahal untuk kita.",
    "ja": "パンは家で焼くとおいしい。",
    "zh": "面包在家里烤最好吃。",
    "ko": "빵은 집에서 구우면 맛있다.",
    "th": "ขนมปังอบที่บ้านอร่อยมาก",
    "he": "הלחם הוא טוב והוא לא יקר אם אתה אופה אותו בבית.",
}


def named(text: str, terms: list[str], language: str | None = None, title: str = "x") -> set[str]:
    return set(existing_terms_in(compose(text, title=title), terms, language))


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_a_language_is_known_by_its_function_words(language: str) -> None:
    assert language_of(TEXTS[language]) == language
    assert language in vocabularies()


@pytest.mark.parametrize(
    "text", ["", "123", "🍞", "xyzzy foo bar qux", "Mkate ni chakula kizuri sana kwa watu", "ბარო"]
)
def test_other_languages_are_none(text: str) -> None:
    assert language_of(text) is None
    assert named(text, ["foo", "ni"]) == set()


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("de-AT", "de"),
        ("pt_BR", "pt"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("zh-Hant-TW", "zh"),
        ("sw", None),
        ("", None),
        (None, None),
    ],
)
def test_tags_of_languages(tag: str | None, language: str | None) -> None:
    assert known_language(tag) == language


@pytest.mark.parametrize(
    ("language", "text", "terms", "found"),
    [
        ("en", "We bake bread.", ["Bread", "bake", "read", "we", "Bak"], {"Bread", "bake"}),
        ("en", "C++, C# and Node.js on .NET, R&D.", ["C++", "C#", "C", "Node.js", "Node", ".NET", "R&D", "D"],
         {"C++", "C#", "Node.js", ".NET", "R&D"}),
        ("en", "He lives in New York.", ["New York", "York", "New"], {"New York"}),
        ("en", "Social-media, e-mail", ["Social media", "E-Mail", "Mail"], {"Social media", "E-Mail"}),
        ("en", "New\n\nYork", ["New York"], set()),
        ("en", "It is IT that counts, and WHO.", ["IT", "WHO", "It", "is"], {"IT", "WHO"}),
        ("en", "It is who we are.", ["IT", "WHO", "US"], set()),
        ("en", "Vitamin B12, 3D and 2026.", ["B12", "3D", "2026", "12"], {"B12", "3D", "2026"}),
        ("en", "See https://bread.example/bread or mail bread@bread.example.", ["bread", "example"], set()),
        ("en", "snake_case_bread and bread.com", ["bread", "case"], set()),
        ("en", "`bread`", ["bread"], {"bread"}),
        ("en", "```\nbread\n```", ["bread"], set()),
        ("de", "Das Essen in Köln.", ["Essen", "Köln", "das"], {"Essen", "Köln"}),
        ("de", "Wir essen gern.", ["Essen", "wir"], set()),
        ("de", "Wir essen gern.", ["essen"], {"essen"}),
        ("de", "Des Brotes wegen: zwei Rezepte, drei Zeitungen, viele Tomaten und Autorinnen.",
         ["Brot", "Rezept", "Zeitung", "Tomate", "Autorin", "Wege"],
         {"Brot", "Rezept", "Zeitung", "Tomate", "Autorin"}),
        ("de", "Eine Reise, eine Kante, ein Fischer, die Bilder.", ["Reis", "Kant", "Fisch"], set()),
        ("de", "Großstadt GROẞ Straße", ["strasse", "Stadt"], {"strasse"}),
        ("fr", "L'eau de l'été.", ["eau", "été", "l"], {"eau", "été"}),
        ("tr", "İSTANBUL'da IŞIK var.", ["istanbul", "ışık", "ISIK", "var"], {"istanbul", "ışık"}),
        ("tr", "Işık", ["işık"], set()),
        ("ru", "Ёлка и Москва.", ["москва", "и", "ёлка"], {"москва", "ёлка"}),
        ("hi", "रोटी बनाना आसान है। उपयोग करें।", ["रोटी", "रोट", "उपय", "उपयोग", "है", "आस"], {"रोटी", "उपयोग"}),
        ("ar", "الخُبْزُ مع الماء", ["الخبز", "خبز", "مع", "الما"], {"الخبز"}),
        ("fa", "كتاب‌های نان می‌پزیم", ["کتاب‌های", "نان", "کتاب"], {"کتاب‌های", "نان"}),
        ("he", "לֶחֶם בבית", ["לחם", "בית"], {"לחם"}),
        ("vi", "Bánh mì của người Việt", ["bánh mì", "của", "banh mi"], {"bánh mì"}),
        ("th", "วิธีทำขนมปังที่บ้านและกาแฟ", ["ขนมปัง", "ขนม", "กาแฟ", "กา", "และ"], {"ขนมปัง", "กาแฟ"}),
        ("th", "น้ำ", ["น"], set()),
        ("ja", "東京都でフライパンを買う。喫茶店。", ["東京都", "東京", "京都", "パン", "茶", "の"], {"東京都"}),
        ("ja", "お茶とＰＹＴＨＯＮ入門、AI技術。", ["茶", "Python入門", "Python", "AI技術", "AI"],
         {"茶", "Python入門", "AI技術"}),
        ("zh", "我们在家烤面包。", ["面包", "我们", "家", "烤面"], {"烤面"}),
        ("zh", "面包，茶。", ["面包", "茶"], {"面包", "茶"}),
        ("ko", "한국에서 파이썬은 인기다.", ["한국", "파이썬", "은", "한"], {"한국", "파이썬"}),
        ("ko", "한국어", ["한국"], set()),
        ("ko", "빵을 굽다", ["빵", "을"], {"빵"}),
        ("el", "Ψωμί και νερό", ["ψωμί", "και"], {"ψωμί"}),
    ],
)  # fmt: skip
def test_terms_are_whole_words_of_their_language(language: str, text: str, terms: list[str], found: set[str]) -> None:
    assert named(text, terms, language) == found


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_function_words_are_no_terms_in_any_language(language: str) -> None:
    assert named(TEXTS[language], sorted(vocabularies()[language].function_words), language) == set()


@pytest.mark.parametrize("language", ["sw", "ka", "xx", "mi-NZ"])
def test_a_language_without_a_list_has_no_terms(language: str) -> None:
    assert named("Bread is old.", ["Bread"], language) == set()


def test_terms_of_the_title_come_first_then_those_of_headings_and_at_most_8() -> None:
    text = "# Rye\n\nflour flour salt yeast oven a1 b2 c3 d4 e5\n\n## Water\n\nmore"
    terms = ["a1", "b2", "c3", "d4", "e5", "salt", "yeast", "oven", "flour", "water", "rye"]

    assert existing_terms_in(compose(text), terms, "en") == (
        "rye",
        "water",
        "flour",
        "salt",
        "yeast",
        "oven",
        "a1",
        "b2",
    )


LETTERS = "abz äöü жщ αω रोटी कि ขนมปั 漢字 かな 한글 עב خبز"


@given(st.text(LETTERS, max_size=40), st.lists(st.text(LETTERS.replace(" ", ""), min_size=1, max_size=4), max_size=6))
def test_what_is_found_stands_there_and_was_asked_for(text: str, terms: list[str]) -> None:
    article = compose(text, title="x")

    found = existing_terms_in(article, terms, "en")

    assert set(found) <= set(terms)
    assert len(set(found)) == len(found) <= 8


@pytest.mark.parametrize(
    "text", ["We bake bread in New York. " * 4000, "東京都でフライパンを買う。" * 8000, "รอ" * 40000, "a" * 100_000]
)
def test_many_terms_cost_no_more_than_the_text(text: str) -> None:
    article = compose(text, title="x")
    few = ["New York", "東京都"]
    many = [*(f"New {number}" for number in range(3000)), *(f"東京{number}" for number in range(3000)), *few]

    def seconds(terms: list[str]) -> float:
        began = time.process_time()
        existing_terms_in(article, terms, "en")
        return time.process_time() - began

    assert seconds(many) < 20 * min(seconds(few) for _ in range(3)) + 1
