"""What a chat leaves around an article is left out, said, and never more than that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.content import compose
from tests.unit.content.block_grammar import Markup, parse_blocks, squeezed
from tests.unit.content.documents import corpus

BODY = "Bread is old.\n\n## Flour\n\nWheat or rye.\n\n- one\n- two"
ARTICLE = f"# Bread at Home\n\n{BODY}"
EXCERPT = "Bread is old. Wheat or rye."

PREAMBLES = [
    "Certainly! Here's a blog post about bread:",
    "Sure, here it is!",
    "Of course. Below is the article you asked for.",
    "Absolutely!\n\nHere is your article:",
    "I've written a 500-word article about bread for you.",
    "Hier ist dein Artikel:",
    "Natürlich! Hier ist ein Blogbeitrag über Brot:",
    "Gerne, hier kommt der überarbeitete Text:",
    "Voici votre article :",
    "Bien sûr ! Voici un article de blog sur le pain :",
    "¡Claro! Aquí tienes un artículo sobre el pan:",
    "Certo! Ecco un articolo sul pane:",
    "Claro! Aqui está o artigo sobre pão:",
    "Natuurlijk! Hier is een blogartikel over brood:",
    "Oczywiście! Oto artykuł o chlebie:",
    "Конечно! Вот статья о хлебе:",
    "Звичайно! Ось стаття про хліб:",
    "Elbette! İşte ekmek hakkında bir makale:",
    "Självklart! Här är en artikel om bröd:",
    "Selvfølgelig! Her er en artikel om brød:",
    "Totta kai! Tässä on artikkeli leivästä:",
    "Samozřejmě! Zde je článek o chlebu:",
    "Φυσικά! Ορίστε ένα άρθρο για το ψωμί:",
    "بالتأكيد! إليك مقالًا عن الخبز:",
    "البته! در ادامه مقاله‌ای درباره نان آمده است:",
    "בטח! הנה מאמר על לחם:",
    "ज़रूर! यहाँ रोटी पर एक लेख है:",
    "Tentu! Berikut artikel tentang roti:",
    "Chắc chắn rồi! Dưới đây là bài viết về bánh mì:",
    "ได้เลยครับ! นี่คือบทความเกี่ยวกับขนมปัง:",
    "もちろんです！以下はパンについての記事です。",
    "承知しました。パンについてのブログ記事を作成しました。",
    "当然可以！以下是一篇关于面包的文章：",
    "물론입니다! 다음은 빵에 관한 글입니다:",
    "Természetesen! Íme egy cikk a kenyérről:",
    "Desigur! Iată un articol despre pâine:",
    "Of course! I've added a conclusion and fixed the headings:",
    "Here's an engaging blog post about bread, optimised for SEO:",
    "Voici une proposition d'article pour votre blog :",
]
CLOSINGS = [
    "Would you like me to add a recipe or adjust the tone?",
    "Let me know if you'd like any changes!",
    "Let me know which title you prefer, and I'll finalize the article.",
    "Want me to turn this into a newsletter as well?",
    "I can also shorten it, or write a more formal version.",
    "I hope this article meets your needs. Feel free to adjust the tone!",
    "Would you like me to:\n- add a recipe?\n- shorten it?",
    "Möchtest du, dass ich den Ton anpasse oder ein Rezept ergänze?",
    "Sag mir Bescheid, falls du Änderungen möchtest.",
    "Soll ich den Artikel noch kürzen?",
    "Souhaitez-vous que j'ajoute une recette ?",
    "¿Te gustaría que añada una receta?",
    "Vuoi che aggiunga una ricetta?",
    "Gostaria que eu ajustasse o tom do texto?",
    "Wil je dat ik de toon aanpas?",
    "Czy chcesz, żebym dodał przepis?",
    "Хотите, чтобы я добавил рецепт или изменил тон?",
    "Хочете, щоб я додав рецепт?",
    "Tarif eklememi veya tonu değiştirmemi ister misiniz?",
    "Vill du att jag lägger till ett recept?",
    "Vil du have, at jeg tilføjer en opskrift?",
    "Haluatko, että lisään reseptin?",
    "Chcete, abych přidal recept?",
    "Θέλετε να προσθέσω μια συνταγή;",
    "هل تريد أن أضيف وصفة؟",
    "می‌خواهید لحن متن را تغییر دهم؟",
    "תרצה שאוסיף מתכון?",
    "क्या आप चाहते हैं कि मैं इसमें एक विधि जोड़ूँ?",
    "Apakah Anda ingin saya menambahkan resep?",
    "Bạn có muốn tôi thêm công thức không?",
    "คุณต้องการให้ผมเพิ่มสูตรไหมครับ?",
    "レシピを追加しましょうか？",
    "需要我再添加一个食谱吗？",
    "레시피를 추가해 드릴까요?",
    "Szeretné, hogy hozzáadjak egy receptet?",
    "Doriți să adaug o rețetă?",
    "هل تود أن أعدّل أسلوب النص؟",
    "Happy to polish it further, or to adapt the tone.",
    "Sag einfach Bescheid, wenn ich den Text kürzen soll.",
    "I can also expand the section on flour, or translate the article into German.",
    "If this isn't quite the tone you wanted, I can make it more serious.",
    "Ich kann den Artikel bei Bedarf noch erweitern oder kürzen.",
    "Puedo acortar el texto o hacerlo más informal si lo prefieres.",
    "要不要我再加一个结尾，或者把标题改得更吸引人？",
    "Want me to tweak the headline or tighten the second paragraph?",
    "Soll ich noch Zwischenüberschriften einbauen?",
    "Is this close to what you had in mind?",
]
KEPT = [
    # Ordinary articles that look a little like a chat.
    "Certainly, bread is the oldest food we know.\n\nIt needs time.",
    "Below is the text of my talk at the bakers' fair in March.\n\n# Slow Bread\n\nFriends of flour.",
    "Hier ist der Text meiner Rede zum Erntedank.\n\n# Vom Korn\n\nLiebe Gäste.",
    "Voici le texte de mon discours du 14 juillet.\n\n# Le pain\n\nAmis.",
    "# Bread\n\nFlour.\n\nIf you'd like, I can send you the draft of the menu: it lies on my counter.",
    "# Brot\n\nMehl.\n\nDie Verkäuferin fragte:\n\nMöchten Sie, dass ich den Text der Tafel vorlese?",
    "# Prompts\n\nAsk for a recipe. At the end it says:\n\nWould you like me to write a shorter version?",
    "# Bread\n\nCertainly! That is what my grandmother said when I asked for more.\n\nText.",
    "Here are five breads you should know:\n\n## 1. Rye\n\nDark.\n\n## 2. Wheat\n\nLight.",
    "Of course you can buy bread.\n\n## Or bake it\n\nHere is how.",
    "Sure, it takes time.\n\n# Bread\n\nIt is worth it.",
    "Baking for beginners.\n\n# Bread\n\nFlour.",
    "Below is the text of the treaty:\n\n> We agree.\n\nIt was signed in 1648.",
    "# Bread\n\nFlour.\n\nWhat will you bake next?",
    "# Bread\n\nFlour.\n\n---\n\nWould you like to learn more? Visit our bakery.",
    "# Bread\n\nFlour.\n\nLet us know what you think in the comments!",
    "# Bread\n\nFlour.\n\nLet me know in the comments which section you liked.",
    "# Brot\n\nMehl.\n\nSoll ich mein Brot im Kühlschrank lagern?\n\nNein.",
    "# Brot\n\nMehl.\n\nWas backst du als Nächstes? Schreib uns!",
    "# Pain\n\nFarine.\n\n---\n\nEt vous, quel pain préférez-vous ?",
    "# FAQ\n\n## Should I knead?\n\nYes.\n\n## Can I freeze it?\n\nYes, you can.",
    "# Bread\n\n---\n\nFlour.\n\n---\n\nWater.\n\n---",
    "# Shell\n\n```sh\n# install\napt install bread\n```\n\nDone.",
    "```sh\n# install\napt install bread\n```",
    "```\n# a comment\nmake all\n```",
    "```python\nprint('bread')\n```\n\nThat prints bread.",
    "# Prompts\n\nWrite “Title: my text” above it.\n\nTitle: my text",
    "# Recipe\n\nTime: 2 hours\nServes: 4\n\nMix.",
    "# Thinking\n\nThe tag `</think>` ends it.\n\n```\n<think>\nplan\n</think>\n```\n\nSo it goes.",
    "# Thinking\n\nModels end with </think> and go on.\n\nMore.",
    "# Tags\n\n<think> and </think> are tags.\n\nMore.",
    "# Bread\n\nNote: flour matters.\n\nSummary: bake.",
    "# Bread\n\nWord count matters: 500 words are enough.",
    "<details>\n<summary>More</summary>\n\nFolded.\n\n</details>\n\n# Bread\n\nFlour.",
    "Perfect bread: this is the version I bake.\n\n## Dough\n\nMix.",
    "Okay, this is the post I never wanted to write.\n\nIt is about bread.",
    "Hier ist unser Ratgeber:\n\n## Mehl\n\nRoggen.",
    "Ich habe einen Artikel gelesen, der alles veränderte.\n\nEr handelte von Brot.",
    "Это история о хлебе.\n\n## Мука\n\nРожь.",
    "# Thé\n\nTexte.\n\nJe peux vous le recommander.",
    "# Tea\n\nText.\n\nIf you want to know more, I wrote a book.",
    "# Tee\n\nText.\n\nWenn du magst, probier es aus.",
    "# Чай\n\nТекст.\n\nМогу лишь посоветовать его.",
    "# Letter\n\nDear Anna,\n\nI hope this finds you well.\n\nLet me know if you come on Sunday.",
]


def chat(markdown: str) -> str:
    return squeezed(Markup(compose(markdown, dialect="chat").content).text)


PLAIN = chat(ARTICLE)


@pytest.mark.parametrize("preamble", PREAMBLES)
@pytest.mark.parametrize("between", ["\n\n", "\n\n---\n\n", "\n"])
def test_a_preamble_before_the_title_is_left_out_and_said(preamble: str, between: str) -> None:
    article = compose(f"{preamble}{between}{ARTICLE}", dialect="chat")

    assert (article.title, article.excerpt) == ("Bread at Home", EXCERPT)
    assert squeezed(Markup(article.content).text) == PLAIN
    assert squeezed(preamble) in squeezed("".join(article.left_out))


@pytest.mark.parametrize("preamble", PREAMBLES[:28])
@pytest.mark.parametrize("title", ["**Bread at Home**", "## Bread at Home", "Title: Bread at Home"])
def test_a_preamble_is_left_out_before_titles_of_other_shapes(preamble: str, title: str) -> None:
    article = compose(f"{preamble}\n\n{title}\n\nBread is old.", dialect="chat")

    if preamble.endswith((":", "!")):
        assert (article.title, article.excerpt) == ("Bread at Home", "Bread is old.")


@pytest.mark.parametrize("closing", CLOSINGS)
@pytest.mark.parametrize("between", ["\n\n", "\n\n---\n\n"])
def test_an_offer_at_the_end_is_left_out_and_said(closing: str, between: str) -> None:
    article = compose(f"{ARTICLE}{between}{closing}", dialect="chat")

    assert squeezed(Markup(article.content).text) == PLAIN
    assert squeezed(closing.replace("- ", "")) in squeezed("".join(article.left_out).replace("- ", ""))


@pytest.mark.parametrize("text", KEPT)
def test_an_ordinary_article_loses_nothing(text: str) -> None:
    article = compose(text, dialect="chat", title="A title that no heading has")

    assert article.left_out == ()
    assert article.content == compose(text, dialect="chat", title="Another that no heading has").content
    shown = squeezed(Markup(article.content).text)
    words = [word for word in text.replace("`", " ").split() if word.isalpha()]
    assert [word for word in words if word not in shown and not text.startswith(f"```{word}")] in ([], ["sh"])


@pytest.mark.parametrize("text", [text for name, text in corpus().items() if name != "front-matter"])
def test_the_corpus_loses_nothing_but_what_a_chat_leaves(text: str) -> None:
    left = compose(text, dialect="chat").left_out

    assert all(part.startswith(("Sure", "Ich hoffe")) or "\ue200" in part or "【" in part for part in left), left


@given(st.lists(st.sampled_from(KEPT), min_size=1, max_size=3), st.sampled_from(PREAMBLES), st.sampled_from(CLOSINGS))
def test_what_stands_in_the_middle_of_an_article_stays(parts: list[str], preamble: str, closing: str) -> None:
    """The same phrases as quotes of an article, neither first nor last, are its own."""
    text = f"# Phrases\n\nFirst.\n\n{preamble}\n\n{closing}\n\nLast words of it all."

    assert compose(text, dialect="chat").left_out == ()
    assert compose("\n\n".join(parts), dialect="commonmark").left_out == ()


@given(st.sampled_from(PREAMBLES), st.sampled_from(CLOSINGS))
def test_other_dialects_keep_every_word(preamble: str, closing: str) -> None:
    content = compose(f"{preamble}\n\n{ARTICLE}\n\n{closing}").content

    assert squeezed(preamble) in squeezed(Markup(content).text)
    assert squeezed(closing.replace("- ", "")) in squeezed(Markup(content).text)


FENCES = ["```", "````", "~~~", "~~~~~"]


@pytest.mark.parametrize("fence", FENCES)
@pytest.mark.parametrize("info", ["markdown", "md", "Markdown", "", "text"])
@pytest.mark.parametrize("before", ["", "Sure!\n\n", "Here is the article in Markdown:\n\n"])
@pytest.mark.parametrize("after", ["", "\n\nLet me know what you think.", "\n\n---\n\nCopy it as it is."])
def test_a_whole_answer_in_a_fence_is_the_article(fence: str, info: str, before: str, after: str) -> None:
    article = compose(f"{before}{fence}{info}\n{ARTICLE}\n{fence}{after}", dialect="chat")

    assert (article.title, article.excerpt) == ("Bread at Home", EXCERPT)
    assert squeezed(Markup(article.content).text) == PLAIN
    said = squeezed(before + after.replace("---", ""))
    assert squeezed("".join(article.left_out)) == said


@pytest.mark.parametrize("before", ["", "Here you go:\n\n"])
@pytest.mark.parametrize("info", ["yaml", "toml", "json", "frontmatter"])
def test_a_fence_of_front_matter_with_the_article_below_it_is_the_article(info: str, before: str) -> None:
    article = compose(f"{before}```{info}\n---\ntitle: Bread at Home\n---\n\n{BODY}\n```", dialect="chat")

    assert (article.title, squeezed(Markup(article.content).text)) == ("Bread at Home", PLAIN)


@pytest.mark.parametrize(
    "text", ["```yaml\n---\ntitle: x\nkind: Pod\n---\n# the rest\nkind: Service\nspec:\n```", "```yaml\na: b\n```"]
)
def test_a_fence_of_yaml_that_is_no_article_stays(text: str) -> None:
    for message in (text, f"{text}\n\nThat is YAML."):
        article = compose(message, dialect="chat")
        assert article.left_out == ()
        assert "<code>" in article.content


@pytest.mark.parametrize("end", ["", "\n\nLet me know!", "\n"])
def test_a_fence_inside_the_fence_ends_neither(end: str) -> None:
    inside = "# Bread\n\n```python\nknead()\n```\n\nThen wait.\n\n```sh\nbake\n```\n\nDone."
    longer = compose(f"````markdown\n{inside}\n````{end}", dialect="chat")
    same = compose(f"```markdown\n{inside}\n```{end}", dialect="chat")

    assert longer.title == same.title == "Bread"
    assert longer.content == same.content == compose(inside, dialect="chat").content


@pytest.mark.parametrize(
    "html",
    [
        "<h1>Bread at Home</h1>\n<p>Flour.</p>",
        "<!DOCTYPE html>\n<html>\n<head><title>x</title></head>\n<body>\n\n    <h1>Bread at Home</h1>\n"
        "\n    <p>Flour.</p>\n</body></html>",
        "<article>\n  <h1>Bread <em>at</em> Home</h1>\n\n  <p>Flour.</p>\n</article>",
    ],
)
@pytest.mark.parametrize("before", ["", "Here is the HTML:\n\n"])
def test_html_in_a_fence_is_the_article(html: str, before: str) -> None:
    article = compose(f"{before}```html\n{html}\n```", dialect="chat")

    assert (article.title, article.excerpt) == ("Bread at Home", "Flour.")
    assert [block.name for block in parse_blocks(article.content)] == ["paragraph"]


TAGS = ["think", "Think", "THINK", "thinking", "reasoning", "thought", "reason"]
PLAN = "Okay, the user wants bread.\n\n1. intro\n2. end\n\n```\nunclosed"


@pytest.mark.parametrize("tag", TAGS)
def test_reasoning_is_no_part_of_an_article(tag: str) -> None:
    for text in (
        f"<{tag}>\n{PLAN}\n</{tag}>\n\n{ARTICLE}",
        f"<{tag}>{PLAN}</{tag}>{ARTICLE}",
        f"<{tag}></{tag}>\n\n{ARTICLE}",
        f"<{tag} effort='high'>\n{PLAN}\n\n{ARTICLE}",
        f"{ARTICLE}\n\n<{tag}>\n{PLAN}",
        f"<{tag}>\n\n</{tag}>\n\n<{tag}>\nMore.\n</{tag}>\n{ARTICLE}",
        f"Okay, bread it is.</think>{ARTICLE}",
        f"First I plan.\n\nThen I write. </think> {ARTICLE}",
    ):
        article = compose(text, dialect="chat")
        assert (article.title, squeezed(Markup(article.content).text)) == ("Bread at Home", PLAIN), text


@pytest.mark.parametrize("plan", ["Okay, the user wants bread.\n\n1. intro\n2. end\n", "Plan", "- a\n- b\n\nGo."])
@pytest.mark.parametrize("end", ["</think>", "</THINK>", "</thinking>", "◁/think▷", "<|end_of_thought|>"])
@pytest.mark.parametrize("after", ["\n\n", "\n", ""])
def test_what_precedes_the_lone_end_of_reasoning_is_no_part_of_an_article(plan: str, end: str, after: str) -> None:
    text = f"{plan}\n{end}{after}{ARTICLE}"

    article = compose(text, dialect="chat")

    assert article.title == "Bread at Home"
    assert squeezed(Markup(article.content).text) == PLAIN
    assert squeezed(article.left_out[0]) == squeezed(plan)


@pytest.mark.parametrize(
    "part",
    [
        '<details type="reasoning" done="true" duration="3">\n<summary>Thought for 3 s</summary>\n> Secret\n</details>',
        "<details type='tool_calls' done='true' id='1' name='x' arguments='{}'>\n<summary>Tool</summary>\n</details>",
        '<details done="true" type="code_interpreter">\n<summary>Analyzed</summary>\n```py\n1\n```\n</details>',
        '<details type="reasoning">\n<summary>T</summary>\n<details><summary>in</summary>x</details>\n</details>',
        "<tool_call>\n{\"name\": \"search\"}\n</tool_call>",
        "<function_calls>\n<invoke name=\"x\"></invoke>\n</function_calls>",
        "◁think▷ Plan ◁/think▷",
        "[THINK]Plan[/THINK]",
        "<|begin_of_thought|>\nPlan\n<|end_of_thought|>",
        "<|channel|>analysis<|message|>Plan<|end|><|start|>assistant<|channel|>final<|message|>",
    ],
)  # fmt: skip
def test_what_machines_write_is_left_out_wherever_it_stands(part: str) -> None:
    assert chat(f"{part}\n\n{ARTICLE}") == PLAIN
    if not part.startswith("<|"):
        assert chat(f"# Bread at Home\n\n{part}\n\n{BODY}") == PLAIN
        assert chat(f"{ARTICLE}\n\n{part}") == PLAIN


@pytest.mark.parametrize("end", ["<|im_end|>", "<|endoftext|>", "\n<|eot_id|>", "</s>", "<end_of_turn>\n"])
def test_marks_of_the_end_of_a_turn_are_left_out(end: str) -> None:
    assert chat(ARTICLE + end) == PLAIN


def test_a_message_of_nothing_but_reasoning_is_shown_as_it_is() -> None:
    assert "hm" in compose("<think>hm</think>", dialect="chat").content


FOOTER = "\n\n---\n\n[//]: # (presswerk)\n**Draft on Acme News:** [Edit in WordPress](http://acme.localhost/1)"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_our_own_footer_is_never_published_again(text: str) -> None:
    once = compose(f"# T\n\nx {text}", dialect="chat")

    assert compose(f"# T\n\nx {text}{FOOTER}", dialect="chat").content == once.content
    assert compose(f"# T\n\nx {text}{FOOTER}{FOOTER}", dialect="chat").content == once.content


def test_what_is_written_below_the_footer_stays_and_a_rule_of_the_author_too() -> None:
    assert chat(f"# T\n\nAbove{FOOTER}\n\nBelow") == "AboveBelow"
    assert "separator" in compose(f"# T\n\nAbove\n\n---\n\nBelow{FOOTER}", dialect="chat").content


LABELS = ["Title", "**Title**", "Headline", "Titel", "Überschrift", "Titre", "Título", "Titolo", "Заголовок", "Başlık",
          "タイトル", "标题", "제목", "العنوان", "शीर्षक", "Tiêu đề", "Tytuł", "Otsikko", "Judul"]  # fmt: skip


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("colon", [": ", "： ", " : "])
@pytest.mark.parametrize("shape", ["# {}", "## {}", "**{}**", "{}", "- {}"])
def test_a_label_is_no_part_of_a_title(label: str, colon: str, shape: str) -> None:
    article = compose(f"{shape.format(f'{label}{colon}Bread: at Home')}\n\nBread is old.", dialect="chat")

    assert (article.title, article.excerpt) == ("Bread: at Home", "Bread is old.")
    assert squeezed(Markup(article.content).text) == "Breadisold."


@pytest.mark.parametrize(
    "title", ['"Bread"', "“Bread”", "„Bread“", "「Bread」", "« Bread »", "**Bread**", "*Bread*", "Bread"]
)
def test_quotes_around_a_labelled_title_go_with_the_label(title: str) -> None:
    assert compose(f"**Title:** {title}\n\nText.", dialect="chat").title == "Bread"


def test_a_title_below_its_label_is_found() -> None:
    for text in (
        "**Title:**\nBread\n\nText.",
        "## Title\n\nBread\n\nText.",
        "# Title\n\n## Bread\n\nText.",
        "Title:\n\nBread\n\nText.",
    ):
        article = compose(text, dialect="chat")
        assert (article.title, squeezed(Markup(article.content).text)) == ("Bread", "Text."), text


def test_labels_above_and_below_an_article_give_its_fields() -> None:
    fields = "**Meta description:** All of bread.\n**Slug:** all-of-bread\n**Tags:** bread, baking, #flour"
    for text in (
        f"**Title:** Bread\n{fields}\n\n---\n\nText.",
        f"# Bread\n\n{fields}\n\nText.",
        f"# Bread\n\nText.\n\n---\n\n{fields}",
        f"# Bread\n\nText.\n\n## SEO metadata\n\n{fields}\n\nWould you like me to change the tone?",
        "# Bread\n\nText.\n\n---\n\n" + "\n".join(f"- {line}" for line in fields.split("\n")),
        "# Bread\n\nText.\n\n" + fields.replace("\n", "\n\n"),
    ):
        article = compose(text, dialect="chat")
        assert (article.title, article.excerpt, article.slug) == ("Bread", "All of bread.", "all-of-bread"), text
        assert (article.tags, article.proposed_tags) == ((), ("bread", "baking", "flour")), text
        assert squeezed(Markup(article.content).text) == "Text.", text


def test_a_subtitle_stays_without_its_label() -> None:
    article = compose("**Headline:** Bread\n**Subheadline:** How it rises\n\nText.", dialect="chat")

    assert (article.title, article.excerpt) == ("Bread", "How it rises Text.")


@pytest.mark.parametrize(
    "note", ["Word count: 512", "(Word count: ~500 words)", "**Wortzahl:** 498", "字数：约800字", "文字数: 1200"]
)
def test_a_machines_count_of_words_is_left_out(note: str) -> None:
    for text in (f"{ARTICLE}\n\n{note}", f"{ARTICLE}\n\n---\n\n*{note}*", f"# Bread at Home\n\n{note}\n\n{BODY}"):
        assert chat(text) == PLAIN, text


@pytest.mark.parametrize(
    "front",
    [
        "---\ntitle: Bread\ndescription: All of it.\nslug: all\ntags: [a, b]\n---\n\nText.",
        "Here is your article:\n\n---\ntitle: Bread\ndescription: All of it.\nslug: all\ntags:\n- a\n- b\n---\n\nText.",
        "```yaml\ntitle: Bread\ndescription: All of it.\nslug: all\ntags: a, b\n```\n\nText.",
        "```markdown\n---\ntitle: Bread\ndescription: All of it.\nslug: all\ntags: [a, b]\n---\n\nText.\n```",
        "+++\ntitle = 'Bread'\ndescription = 'All of it.'\nslug = 'all'\ntags = ['a', 'b']\n+++\n\nText.",
    ],
)
def test_front_matter_in_a_message_gives_its_fields(front: str) -> None:
    article = compose(front, dialect="chat")

    assert (article.title, article.excerpt, article.slug) == ("Bread", "All of it.", "all")
    assert article.proposed_tags == ("a", "b")
    assert squeezed(Markup(article.content).text) == "Text."


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: " + "[" * 9000 + "\n---\n\nText.",
        "+++\ntitle = " + "[" * 9000 + "\n+++\n\nText.",
        '{"title": ' + "[" * 100_000 + "\n\nText.",
        "---\na: &a [*a, *a]\ntitle: *b\n---\n\nText.",
        "---\n" + "a: b\n" * 10_000 + "---\n\nText.",
    ],
)
def test_front_matter_that_cannot_be_read_is_text(text: str) -> None:
    assert "Text." in compose(text, dialect="chat").content


def test_what_is_left_out_is_said_in_short() -> None:
    left = compose(f"<think>{'plan ' * 1000}</think>\n\n{ARTICLE}", dialect="chat").left_out
    many = compose("<think>plan</think>\n" * 1000 + ARTICLE, dialect="chat").left_out

    assert [len(part) for part in left] == [501]
    assert len(many) == 50


OFFERS_WITHOUT_A_RULE = [
    "Hope this helps! Let me know if you want me to change the ending.",
    "Feel free to tell me which section should be shorter.",
    "Is this the tone you were looking for? I can make it drier.",
    "If you send me your keywords, I'll optimise the headings.",
    "Shall I go ahead with the next part?",
    "Should I trim the introduction?",
    "Would you like me to continue with the second half?",
    "Soll ich die Einleitung noch etwas straffen?",
    "Je peux aussi vous proposer d'autres titres.",
    "Preferisci una versione più lunga?",
    "Should I also write a short meta description?",
    "Soll ich dir dazu noch eine Zusammenfassung für den Newsletter schreiben?",
    "Ich hoffe, es gefällt! Sag mir einfach Bescheid, wenn du noch Änderungen willst.",
]
OFFERS_BELOW_A_RULE = [
    "Next: I can draft three headlines. Just tell me.",
    "(Words: 620) Let me know if you'd like a longer version.",
    "This version is shorter, and without jargon, as you asked.",
    "Note: I could not verify the prices; please check them before publishing.",
]
READERS_ARE_SPOKEN_TO = [
    "If you want, I can send you a jar of it. Write to me at baker@example.org.",
    "I can also show you how: https://example.org/course.",
    "\u201cWould you like me to add salt?\u201d he asked.",
    '"If you like, I can shorten it," said the editor.',
    "„Soll ich dir noch eine Fassung schreiben?“, fragte sie.",
    "I changed some names in this article.",
    "I'm happy to say that the oven is hot again.",
    "I can also deliver it on Friday.",
    "Would you like me to be frank? I do not like crusts.",
    "Let me know if you need flour, and I'll keep a bag.",
    "Wenn Sie möchten, kann ich Ihnen ein Brot zurücklegen.",
    "Si vous voulez, je peux vous garder une miche.",
    "Se vuoi, posso portarti il pane.",
    "Если хотите, могу привезти хлеб.",
    "A good last line is: Let me know if you need anything else.",
    "Always check your links before publishing.",
]


@pytest.mark.parametrize("offer", [*OFFERS_WITHOUT_A_RULE, *(f"---\n\n{offer}" for offer in OFFERS_BELOW_A_RULE)])
def test_an_offer_may_begin_with_a_hope_a_count_or_a_word_before_a_colon(offer: str) -> None:
    article = compose(f"{ARTICLE}\n\n{offer}", dialect="chat")

    assert squeezed(Markup(article.content).text) == squeezed(Markup(compose(ARTICLE, dialect="chat").content).text)
    assert article.left_out


@pytest.mark.parametrize("rule", ["", "---\n\n"])
@pytest.mark.parametrize("text", READERS_ARE_SPOKEN_TO)
def test_speech_and_whoever_gives_an_address_stay(text: str, rule: str) -> None:
    assert compose(f"{ARTICLE}\n\n{rule}{text}", dialect="chat").left_out == ()


@pytest.mark.parametrize("end", ["", "\n\nJust say which.", "\n\nJust let me know!"])
def test_an_offer_with_a_list_ends_with_a_word_more(end: str) -> None:
    article = compose(f"{ARTICLE}\n\nIf you like, I can:\n\n1. Shorten it\n2. Draft a headline{end}", dialect="chat")

    assert "Shorten" not in article.content
    assert "Just say" not in article.content
    assert "let me" not in article.content


def test_a_speaker_in_a_talk_offers_nothing() -> None:
    talk = f"{ARTICLE}\n\n**I:** Thanks.\n\n**It:** Let me know if you need anything else!"

    assert compose(talk, dialect="chat").left_out == ()


@pytest.mark.parametrize(
    "text",
    [
        "Ich habe den Artikel über Brot oft gelesen.",
        "Ik heb het artikel over brood vaak gelezen.",
        "Jag har läst artikeln om bröd ofta.",
        "Jeg har læst artiklen om brød tit.",
    ],
)
def test_who_read_an_article_did_not_write_it_for_the_author(text: str) -> None:
    assert compose(f"{text}\n\n{ARTICLE}", dialect="chat").left_out == ()


@pytest.mark.parametrize(
    "text",
    [
        "Ich habe den Artikel gekürzt und den Ton angepasst.",
        "Ik heb het artikel voor je ingekort.",
        "Jag har kortat artikeln åt dig.",
        "D'accord, j'ai raccourci l'introduction. Voici le résultat :",
        "¡Perfecto! He acortado el texto.",
        "Ho aggiornato il testo come richiesto:",
        "Thanks for the extra details! Updated draft below:",
    ],
)
def test_what_was_done_to_a_text_is_told_to_its_author(text: str) -> None:
    assert compose(f"{text}\n\n{ARTICLE}", dialect="chat").left_out == (text,)


@pytest.mark.parametrize("shape", ["**Title:** {0}\n**Author:** {1}", "- **Title:** {0}\n- **Author:** {1}"])
def test_the_data_of_a_book_are_not_those_of_its_review(shape: str) -> None:
    article = compose(f"# Three Books on Rye\n\n{shape.format('Rye', 'A. Miller')}\n\n{BODY}", dialect="chat")

    assert (article.title, article.left_out) == ("Three Books on Rye", ())
    assert "A. Miller" in article.content
    assert "Title:" in Markup(article.content).text


@pytest.mark.parametrize("heading", ["# Blog Post", "# Bread", "# Final draft"])
def test_a_label_below_a_heading_that_names_no_subject_is_the_title(heading: str) -> None:
    assert compose(f"{heading}\n\n**Title:** Bread\n\n{BODY}", dialect="chat").title == "Bread"


@pytest.mark.parametrize("place", ["{table}\n\n{article}", "{article}\n\n---\n\n{table}"])
def test_a_table_of_labels_gives_its_fields(place: str) -> None:
    table = "| Field | Value |\n|---|---|\n| Slug | `all-bread` |\n| Meta description | All of it. |"
    article = compose(place.format(table=table, article=ARTICLE), dialect="chat")

    assert (article.title, article.slug, article.excerpt) == ("Bread at Home", "all-bread", "All of it.")
    assert "Slug" not in article.content


def test_a_table_of_other_things_stays() -> None:
    table = "| Title | Rye |\n|---|---|\n| Author | A. Miller |\n| Date | 2024 |"
    article = compose(f"# Three Books\n\n{table}\n\n{BODY}", dialect="chat")

    assert (article.title, article.left_out) == ("Three Books", ())
    assert "A. Miller" in article.content


@pytest.mark.parametrize("line", ["タイトル:家のパン", "标题:家のパン", "📝 **Title:** 家のパン", "✅ Titel: 家のパン"])
def test_a_label_has_a_sign_before_it_or_no_space_behind(line: str) -> None:
    assert compose(f"{line}\n\n{BODY}", dialect="chat").title == "家のパン"


def test_a_sentence_is_no_slug() -> None:
    article = compose(f"# Words\n\n{BODY}\n\n**Slug:** the last part of an address", dialect="chat")

    assert (article.slug, article.left_out) == ("words", ())
    assert "the last part" in article.content


@pytest.mark.parametrize("name", ["answer", "final_answer", "Article", "blog_post"])
@pytest.mark.parametrize("before", ["", "<think>plan</think>\n\n", "<analysis>\nplan\n</analysis>\n\n"])
def test_a_tag_around_the_whole_answer_is_left_out(name: str, before: str) -> None:
    article = compose(f"{before}<{name}>\n{ARTICLE}\n</{name}>", dialect="chat")

    assert (article.title, article.excerpt) == ("Bread at Home", EXCERPT)
    assert "plan" not in article.content


@pytest.mark.parametrize(
    "start",
    [
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "<start_of_turn>model\n",
        "<unused94>thought\nplan\n<unused95>",
        "<think>plan</think>",
        "> Thought for 12 seconds\n\n",
        "<antThinking>plan</antThinking>\n",
    ],
)
def test_what_a_template_writes_above_an_article_is_left_out(start: str) -> None:
    article = compose(start + ARTICLE, dialect="chat")

    assert (article.title, article.excerpt) == ("Bread at Home", EXCERPT)
    assert article.left_out == (start.strip(),)


@pytest.mark.parametrize(
    "shape", ["{}", "<article>\n{}\n</article>", "<!DOCTYPE html>\n<html>\n<body>\n{}\n</body>\n</html>"]
)
def test_a_message_of_html_is_read_as_such(shape: str) -> None:
    html = "<h1>Bread at Home</h1>\n<p>Bread is <b>old</b>.</p>\n\n<h2>Flour</h2>\n<p>Wheat or rye.</p>"
    article = compose(shape.format(html), dialect="chat")

    assert (article.title, article.excerpt) == ("Bread at Home", EXCERPT)


@pytest.mark.parametrize("opening", ["", "Here's the post in HTML:\n\n", "Hier ist der HTML-Code:\n\n"])
@pytest.mark.parametrize("offer", ["", "\n\nWould you like me to add a title?"])
@pytest.mark.parametrize("mark", ["{}", "<!-- wp:{} -->"])
def test_html_may_have_talk_around_it(opening: str, offer: str, mark: str) -> None:
    blocks = [("heading", "<h1>Bread at Home</h1>"), ("paragraph", "<p>Bread is old. Wheat or rye.</p>")]
    html = "\n\n".join(f"{mark.format(name) if 'wp' in mark else ''}{html}" for name, html in blocks)
    article = compose(f"{opening}{html}{offer}", dialect="chat")

    assert (article.title, article.excerpt) == ("Bread at Home", EXCERPT)
    assert article.left_out == tuple(filter(None, (opening.strip(), offer.strip())))


def test_html_beside_other_text_stays_as_it_is_written() -> None:
    text = "<h1>A tag</h1>\n\nis written so. Another one:\n\n<p>text</p>"

    assert "&lt;p&gt;" in compose(text, dialect="chat").content


@pytest.mark.parametrize("mark", ["[TOC]", "[[toc]]", "[[_TOC_]]"])
def test_a_mark_for_a_list_of_contents_is_left_out(mark: str) -> None:
    article = compose(f"# Bread at Home\n\n{mark}\n\n{BODY}", dialect="chat")

    assert (article.excerpt, article.left_out) == (EXCERPT, (mark,))


def test_an_offer_at_the_end_makes_sure_of_the_preamble() -> None:
    opening, offer = "Sure! Here's a short post.", "Would you like me to make it shorter?"
    both = compose(f"{opening}\n\n{BODY}\n\n{offer}", dialect="chat")

    assert both.left_out == (opening, offer)
    assert compose(f"{opening}\n\n{BODY}", dialect="chat").left_out == ()


@pytest.mark.parametrize("heading", ["### Next steps", "**Next steps**", "## Was nun?"])
def test_a_heading_between_a_rule_and_an_offer_goes_with_it(heading: str) -> None:
    offer = "Would you like me to add a recipe or adjust the tone?"
    article = compose(f"{ARTICLE}\n\n---\n\n{heading}\n\n{offer}", dialect="chat")

    if heading.startswith("#"):
        assert squeezed(Markup(article.content).text) == PLAIN
    assert offer in article.left_out


@pytest.mark.parametrize(
    "mark", ["【3†source】", "〖3†source〗", "〖turn0search1〗", "[attached_file:2]", "[web:1][attached_file:3]"]
)
def test_marks_of_sources_are_left_out(mark: str) -> None:
    assert chat(f"# Bread at Home\n\nBread is old{mark}.") == "Breadisold."


@pytest.mark.parametrize("text", ["〖第一章〗", "[attached_file]", "[web: log]", "[file:1]", "`[attached_file:1]`"])
def test_what_only_looks_like_a_mark_of_a_source_stays(text: str) -> None:
    assert text.strip("`") in Markup(compose(f"# Bread\n\nWrite {text} here.", dialect="chat").content).text


@pytest.mark.parametrize(
    "closing",
    [
        "Feel free to adjust the tone to match your brand voice.",
        "Soll ich noch eine Meta-Beschreibung und passende Schlagwörter vorschlagen?",
        "Si quieres, también puedo preparar un texto para redes sociales.",
        "Als je wilt, kan ik de tekst nog aanpassen voor een ander publiek.",
        "İsterseniz metni kısaltabilir veya daha resmi bir dille yazabilirim.",
        "هل تريد مني أن أختصر المقال أو أغير أسلوبه؟",
    ],
)
def test_an_offer_below_a_rule_may_name_a_little_of_the_world(closing: str) -> None:
    article = compose(f"# Bread\n\nIt rises at night.\n\nIt bakes at dawn.\n\n---\n\n{closing}", dialect="chat")
    assert closing in article.left_out
    assert "separator" not in article.content


@pytest.mark.parametrize(
    ("labels", "tags"),
    [
        ("Categories: Home\n\nTags: bread, yeast", ("bread", "yeast")),
        ("Tags: bread, yeast\n\nCategory: Home", ("bread", "yeast")),
        ("Schlagwörter: Brot, Hefe\nKategorie: Küche", ("Brot", "Hefe")),
        ("**Meta-Titel:** Brot\n**Meta-Beschreibung:** Wie es geht.\n**Kategorie:** Küche", ()),
        ("Stichwörter: Brot, Hefe\n\nKurzbeschreibung: Wie es geht.", ("Brot", "Hefe")),
    ],
)
def test_a_category_stands_among_labels(labels: str, tags: tuple[str, ...]) -> None:
    article = compose(f"# Bread\n\nIt rises at night.\n\nIt bakes at dawn.\n\n{labels}", dialect="chat")
    assert article.proposed_tags == tags
    assert article.text.split() == ["It", "rises", "at", "night.", "It", "bakes", "at", "dawn."]


def test_a_line_on_a_category_alone_is_text() -> None:
    article = compose("# Awards\n\nWe won one.\n\nWe won two.\n\nCategory: Best bakery", dialect="chat")
    assert "Category: Best bakery" in article.text


@pytest.mark.parametrize("level", ["#", "##"])
def test_a_bare_fence_around_an_article_in_a_script_without_spaces_is_no_code(level: str) -> None:
    article = compose(
        f"```\n{level} 家庭菜園\n\n小さなベランダでも野菜は育ちます。\n\n朝に水を与えます。\n```", dialect="chat"
    )
    assert article.title == "家庭菜園"
    assert "wp:code" not in article.content


@pytest.mark.parametrize(
    ("fields", "title", "excerpt"),
    [
        ("title: Bread: how it rises", "Bread: how it rises", None),
        ('title: "Bread" and butter', '"Bread" and butter', None),
        ("title: [Guide] Bread", "[Guide] Bread", None),
        ("title: @home with bread", "@home with bread", None),
        ("title: Bread\ndescription: 'It's risen'", "Bread", "It's risen"),
        ("title: Bread\ndescription: In short: it rises\ntags: [yeast, oven]", "Bread", "In short: it rises"),
        ("title: Bread\ndate: 2026-13-45", "Bread", None),
    ],
)
def test_front_matter_as_models_write_it_is_read_for_what_it_means(
    fields: str, title: str, excerpt: str | None
) -> None:
    article = compose(f"---\n{fields}\n---\n\nIt rises at night.\n\nIt bakes at dawn.", dialect="chat")
    assert article.title == title
    assert article.excerpt == (excerpt or "It rises at night. It bakes at dawn.")
    assert article.text.split("\n") == ["It rises at night.", "It bakes at dawn."]


NOTES = [
    "Note: I kept the tone friendly and shortened the conclusion.",
    "Hinweis: Ich habe den Ton angepasst und das Fazit gekürzt.",
    "Remarque : j'ai adapté le ton et raccourci la conclusion.",
    "Nota: he adaptado el tono y acortado la conclusión.",
    "Nota: ho adattato il tono e accorciato la conclusione.",
    "Nota: ajustei o tom e encurtei a conclusão.",
    "Opmerking: ik heb de toon aangepast en de conclusie ingekort.",
    "Obs: jag har ändrat tonen och kortat avslutningen.",
    "Bemærk: jeg har ændret tonen og forkortet konklusionen.",
    "Merk: jeg har endret tonen og forkortet konklusjonen.",
    "Uwaga: dostosowałem ton i skróciłem zakończenie.",
    "Примечание: я изменил тон и сократил заключение.",
    "Примітка: я змінив тон і скоротив висновок.",
    "Poznámka: upravil jsem tón a zkrátil závěr.",
    "Megjegyzés: módosítottam a hangnemet és lerövidítettem a bevezetést.",
    "Notă: am adaptat tonul și am scurtat concluzia.",
    "Not: tonu değiştirdim ve sonucu kısalttım.",
    "Huomautus: muutin sävyä ja lyhensin johdantoa.",
    "Σημείωση: άλλαξα τον τόνο και συντόμευσα τον επίλογο.",
    "ملاحظة: لقد عدّلت النبرة واختصرت الخاتمة.",
    "نکته: لحن را تغییر دادم و مقدمه را کوتاه کردم.",
    "הערה: שיניתי את הטון וקיצרתי את הסיכום.",
    "नोट: मैंने लहजा बदला और निष्कर्ष छोटा किया।",
    "Catatan: saya menyesuaikan nada dan mempersingkat kesimpulan.",
    "Lưu ý: tôi đã chỉnh giọng văn và rút gọn phần kết luận.",
    "หมายเหตุ: ผมปรับโทนและย่อบทสรุป",
    "注: トーンを調整し、結論を短くしました。",
    "注：我调整了语气并缩短了结尾。",
    "참고: 어조를 바꾸고 결론을 줄였습니다.",
    "Note: I used British spelling as requested.",
    "Hinweis: Ich habe den Text bewusst kurz gehalten und die Überschriften optimiert.",
    "*Note: This article is about 500 words and optimized for SEO.*",
    "(Note: Replace the placeholders in brackets with your own details before publishing.)",
]


@pytest.mark.parametrize("note", NOTES)
@pytest.mark.parametrize("place", ["{note}\n\n{article}", "{article}\n\n{note}", "{article}\n\n---\n\n{note}"])
def test_a_note_to_the_author_on_the_text_is_left_out_and_said(note: str, place: str) -> None:
    article = compose(place.format(note=note, article=ARTICLE), dialect="chat")

    assert (article.title, article.excerpt) == ("Bread at Home", EXCERPT)
    assert squeezed(Markup(article.content).text) == PLAIN
    assert article.left_out == (note,)


@pytest.mark.parametrize(
    "note",
    [
        "Note: flour matters.",
        "Note: I changed the oven in May.",
        "Note: I corrected the section on yeast.",
        "Hinweis: Ich habe das Mehl gewechselt.",
        "Nota: he cambiado la harina.",
        "Note: this article contains affiliate links.",
        "Note: an earlier version of this article gave the wrong price.",
        "Anmerkung: Dieser Artikel erschien zuerst im Mai.",
        "Note: the conclusion is a separate section.",
        "Note: I shortened the sleeves.",
        "Note: This article was translated and shortened.",
        "Note: the headline is a quote.",
        "Примечание: я изменил рецепт в мае.",
        "Uwaga: skróciłem czas pieczenia.",
        "注：我把烤箱的温度调低了。",
        "注: 温度を短くしました。",
        "Note: I wrote this article in March.",
        "Note: keep the tone of the drum low.",
    ],
)
@pytest.mark.parametrize("place", ["{note}\n\n{article}", "{article}\n\n{note}", "{article}\n\n---\n\n{note}"])
def test_a_note_to_readers_stays(note: str, place: str) -> None:
    assert compose(place.format(note=note, article=ARTICLE), dialect="chat").left_out == ()


@pytest.mark.parametrize(
    "preamble",
    [
        "Sehr gern. Der folgende Text ist suchmaschinenoptimiert und gut lesbar:",
        "Sure. The following article is about 500 words long and SEO friendly:",
        "Bien sûr. Le texte suivant est optimisé pour le SEO :",
        "¡Claro! El siguiente artículo está optimizado para SEO:",
        "Certo. Il testo seguente è ottimizzato per la SEO:",
        "Claro! O texto a seguir está otimizado para SEO:",
        "Natuurlijk. De volgende tekst is geoptimaliseerd:",
        "Självklart. Följande text är optimerad:",
        "Selvfølgelig. Følgende tekst er optimeret:",
        "Oczywiście. Poniższy tekst jest zoptymalizowany:",
        "Конечно. Следующий текст оптимизирован:",
        "Samozřejmě. Následující článek je optimalizovaný:",
        "Természetesen. Az alábbi cikk keresőbarát:",
        "Desigur. Următorul articol este optimizat:",
        "Elbette. Aşağıdaki makale SEO uyumludur:",
        "بالتأكيد! المقال التالي محسّن لمحركات البحث:",
        "בטח! הטקסט הבא מותאם למנועי חיפוש:",
        "Tentu. Artikel berikut sudah dioptimalkan:",
        "Chắc chắn rồi. Bài viết dưới đây đã được tối ưu:",
        "ได้เลยครับ! บทความต่อไปนี้ปรับให้เหมาะกับ SEO:",
    ],
)
def test_what_follows_is_told_to_the_author(preamble: str) -> None:
    assert compose(f"{preamble}\n\n{ARTICLE}", dialect="chat").left_out == (preamble,)


@pytest.mark.parametrize(
    "text",
    [
        "Der folgende Text erschien 1920 in einer Wiener Zeitung:",
        "The following article won a prize at the bakers' fair:",
        "Le texte suivant est paru dans un journal de Lyon :",
        "El siguiente texto lo escribió mi abuelo en el pueblo:",
        "Следующий текст написал мой дед в деревне:",
    ],
)
def test_what_is_told_of_a_text_from_elsewhere_stays(text: str) -> None:
    assert compose(f"{text}\n\n{ARTICLE}", dialect="chat").left_out == ()


@pytest.mark.parametrize(
    "mark", ["【3†source】", "\ue200cite\ue202turn0search1\ue201", "[citation:3]", "[web:1][web:2]"]
)
@pytest.mark.parametrize("brackets", ["({})", "[{}]", "（{}）", "( {} )", "({}, {})"])
def test_brackets_around_nothing_but_marks_go_with_them(mark: str, brackets: str) -> None:
    article = compose(f"# Bread\n\nIt rises {brackets.format(mark, mark)}. See (below).", dialect="chat")

    assert article.text == "It rises. See (below)."
