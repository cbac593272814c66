"""How assistants talk to an author around an article: what opens an answer and what offers more.

A phrase alone tells little: "I can shorten it" is said by tailors too. So a text is weighed: talk with an author is of
the text and of hardly anything else, and what a human writes is of the world.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from presswerk.content.vocabulary import Vocabulary, shared_vocabulary, vocabularies
from presswerk.content.words import RUN

Doubt: TypeAlias = Literal["none", "some", "great"]

_ADDRESS = re.compile(r"[\w.+-]@\w|https?://|\bwww\.")
"""How to reach whoever writes; an assistant has no address."""
_SPEECH = frozenset('"\u201c\u201e\u00ab\u300c\u300e\u2039\u2014')
"""What somebody in a story says begins so."""
_SENTENCE = re.compile(r"[^.!?…。！？:：]*[.!?…。！？:：]+[\"'”»)]*|[^.!?…。！？:：]+")
_STOP = re.compile(r"\s*([!.,:;…！，。、：–—-]|$)")
_COMMAS = ",，、–—-"
_ASIDE = re.compile(r"\([^()]*\)")
"""What stands in parentheses behind a piece tells its length and tone."""
_ONE_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_MARKS_OF_VOWELS = re.compile("[\u0591-\u05c7\u0640\u064b-\u065f\u0670]")
_HIRAGANA = re.compile("[\u3041-\u309fー、]+")
COLONS = (":", "：")
_LONGEST_PREAMBLE = 400
_LONGEST_SENTENCE_BETWEEN = 90
_LONGEST_CLOSING = 600
_MOST_LINES_OF_OFFER = 2
_MOST_WORDS_OF_PIECE = 3
_MOST_BEFORE_PIECE = 5
_MOST_WORDS_OF_NAME = 3
_SPACED = r"(?<![^\W\d_])"


@dataclass(frozen=True)
class _Weight:
    """How many words are of parts of texts, of texts, of changing them, of doing something, and of anything else."""

    part: int
    piece: int
    change: int
    doing: int
    other: int

    @property
    def text(self) -> int:
        return self.part + self.piece


@dataclass(frozen=True)
class _Marks:
    """What tells of a text in any language: `mine` of a person who has more than a draft or an answer."""

    own_voice: re.Pattern[str]
    mine: re.Pattern[str]
    readers: re.Pattern[str]
    unable: re.Pattern[str]
    relative: re.Pattern[str]
    doing: re.Pattern[str]
    hopes: re.Pattern[str]


@cache
def _marks() -> _Marks:
    words = shared_vocabulary()
    return _Marks(
        own_voice=re.compile(rf"\b(?:{words.own_voice})\b"),
        mine=re.compile(rf"\b(?:{words.mine})\b(?!\s+(?:\w+\s+)?(?:{words.of_an_assistant}))"),
        readers=re.compile(words.readers),
        unable=re.compile(rf"\b(?:{words.unable})"),
        relative=re.compile(rf"\b(?:{words.relative})\b|, (?:der|die|das|dem|den|deren|dessen)\b"),
        doing=re.compile(words.doing),
        hopes=re.compile(f"{_SPACED}(?:{words.hopes})"),
    )


@dataclass(frozen=True)
class _Talk:
    agrees: re.Pattern[str]
    thanks: re.Pattern[str]
    presents: re.Pattern[str]
    gives: re.Pattern[str]
    about: re.Pattern[str]
    author: re.Pattern[str]
    notes: re.Pattern[str]
    did: re.Pattern[str]
    names_piece: re.Pattern[str]
    wishes: re.Pattern[str]
    offers: re.Pattern[str]
    their_text: re.Pattern[str]
    phrases: re.Pattern[str]
    words: re.Pattern[str]
    scripts: frozenset[str]
    vocabulary: Vocabulary

    def weigh(self, text: str) -> _Weight:
        found: dict[str, set[str]] = {"part": set(), "piece": set(), "change": set(), "plain": set()}
        for match in self.words.finditer(text):
            found[match.lastgroup or "plain"].add(match[0])
        rest = self.words.sub(" ", self.phrases.sub(" ", text))
        vocabulary = self.vocabulary
        if vocabulary.letters_of_word:
            rest = _HIRAGANA.sub(" ", rest)
        runs = [run for run in RUN.findall(rest) if run not in vocabulary.function_words and not run.isdecimal()]
        if vocabulary.letters_of_word:
            other = sum(-(-len(run) // vocabulary.letters_of_word) for run in runs)
        else:
            shortest = 1 if vocabulary.particles else 2
            other = -(-sum(len(run) > shortest for run in runs) // vocabulary.parts_of_word)
        other += len(_ONE_YEAR.findall(text))
        doing = sum(_marks().doing.match(word) is not None for word in found["change"])
        return _Weight(len(found["part"]), len(found["piece"]), len(found["change"]) - doing, doing, other)

    def is_of_text(self, text: str) -> bool:
        """Tell whether a text speaks of texts or to its author, if of anything."""
        weight = self.weigh(text)
        return weight.other <= weight.text or (weight.other <= 1 and self.author.search(text) is not None)

    def tells_changes(self, text: str) -> bool:
        """Tell whether a text says what was done to another: "I added a conclusion and fixed the headings"."""
        weight = self.weigh(text)
        return weight.text > 0 and weight.change + weight.doing > 0 and weight.other <= 1

    def says_something(self, text: str) -> bool:
        """Tell whether a text names texts, what is done to them, or its author; or has no words."""
        weight = self.weigh(text)
        known = weight.text or weight.change or weight.doing or self.author.search(text)
        return bool(known) or not any(character.isalpha() for character in text)


@cache
def _talks() -> tuple[_Talk, ...]:
    return tuple(map(_talk, vocabularies().values()))


def _talks_in_scripts_of(text: str) -> tuple[_Talk, ...]:
    """Those that a text may be: to look for Hindi in what has no letter of it takes as long as to look at the text."""
    scripts = _scripts(text)
    return tuple(talk for talk in _talks() if not talk.scripts.isdisjoint(scripts))


def _scripts(text: str) -> frozenset[str]:
    return frozenset(unicodedata.name(sign, "").partition(" ")[0] for sign in set(text) if sign.isalpha())


def _talk(words: Vocabulary) -> _Talk:
    # Scripts that put no spaces have no edges of words either.
    unspaced = words.letters_of_word > 0
    start, end = ("", "") if unspaced or words.particles else (_SPACED, r"(?![^\W\d_])")
    rest = "" if unspaced else r"\w*"
    start_of_word = "" if unspaced else _SPACED
    shared = shared_vocabulary()
    fields = Vocabulary.model_fields
    word = {name: _plain(text) for name in fields if isinstance(text := getattr(words, name), str)}
    piece = f"{start}(?:{word['piece']}){end}"
    before = ("agree", "thanks", "given", "wish", "offer")
    theirs = rf"\b(?:{shared.their})\s+(?:\w+\s+)?(?!newsletter|blog\b|website|html)"
    return _Talk(
        agrees=re.compile(f"{start}(?:{word['agree']}){end}"),
        thanks=re.compile(f"{start}(?:{word['thanks']}){end}"),
        presents=re.compile(
            f"{start}(?:{word['present']}){end}[^.!?…。！？]{{0,{_LONGEST_SENTENCE_BETWEEN}}}?{piece}"
            f"|{piece} ?(?:{word['follows']}){end}"
        ),
        gives=re.compile(f"{start}(?:{word['given']}){end}"),
        about=re.compile(rf"[\s,–—(-]*{start}(?:{word['about']}){end}"),
        author=re.compile(f"{start}(?:{word['you']}){end}"),
        notes=re.compile(rf"[(\[（]?(?:{word['note']})[*_ ]*[:：]\s*"),
        did=re.compile(f"{start}(?:{word['did']}){end}"),
        names_piece=re.compile(piece),
        wishes=re.compile(f"{start}(?:{word['wish']})"),
        offers=re.compile(f"{start}(?:{word['wish']}|{word['offer']})"),
        their_text=re.compile(f"{theirs}(?:{word['piece']}){end}"),
        phrases=re.compile(
            "|".join(f"{start}(?:{word[name]}){rest}" for name in before) + f"|{_marks().hopes.pattern}"
        ),
        words=re.compile(
            f"{start_of_word}(?:(?P<change>(?:{word['change']}){rest})"
            f"|(?P<part>(?:{word['part']}|{shared.kinds_of_text}){rest})"
            rf"|(?P<plain>(?:{word['plain']}|{word['about']}|(?:{shared.names_of_languages})\w*)s?{end})"
            f"|(?P<piece>(?:{word['piece']}){end}))"
        ),
        scripts=_scripts("".join(word[name] for name in ("present", *before))),
        vocabulary=words,
    )


def only_agrees(text: str) -> bool:
    """Tell whether a text agrees to a wish or thanks for it, and says nothing else: "Certainly!", "Thank you!"."""
    plain = _plain(text)
    return any(
        (match := pattern.match(plain)) and not _words_after(plain, match.end())
        for talk in _talks_in_scripts_of(plain)
        for pattern in (talk.agrees, talk.thanks)
    )


def answers(text: str) -> bool:
    """Tell whether a text is an answer wherever it stands: "Certainly!". An article may begin with "Thanks!"."""
    plain = _plain(text)
    return text.strip()[-1:] in {"!", "\uff01", "。"} and any(
        (match := talk.agrees.match(plain)) and not _words_after(plain, match.end())
        for talk in _talks_in_scripts_of(plain)
    )


def hands_over(text: str, doubt: Doubt) -> bool:
    """Tell whether a short text hands an article over to its author: "Certainly! Here's a blog post about bread:".

    One that does not begin with an agreement must name the article only, or its subject as a heading would ("about"):
    "Here is the article that appeared in May" speaks of the world.

    Args:
        text: A paragraph.
        doubt: What its place leaves open. `none`: the words are enough. `some`: it must end in a colon, or begin with
            an agreement that is a sentence of its own. `great`: a colon, and an agreement or a word for the author.
    """
    plain = _plain(text)
    if (
        len(plain) > _LONGEST_PREAMBLE
        or plain[:1] in _SPEECH
        or _marks().readers.search(plain)
        or _marks().mine.search(plain)
    ):
        return False
    colon, own = plain.endswith(COLONS), _marks().own_voice.search(plain) is not None
    for talk in _talks_in_scripts_of(plain):
        agreed = talk.agrees.match(plain) or talk.thanks.match(plain)
        stop = _STOP.match(plain, agreed.end()) if agreed else None
        rest = plain[stop.end() :].strip() if stop else plain
        sentence_of_its_own = stop is not None and stop[1] not in _COMMAS
        answered = sentence_of_its_own or (stop is not None and talk.agrees.match(plain) is not None)
        if own and not answered:
            continue
        given = _opens_with(talk.gives, rest)
        whole = given is not None and not _words_after(rest, given.end()) and talk.is_of_text(rest[: given.start()])
        presents = (
            whole or _presents(talk, rest, answered=answered) or (answered and colon and talk.tells_changes(rest))
        )
        if doubt == "none":
            found = presents or (given is not None and (answered or (colon and given.start() == 0)))
        elif doubt == "some":
            found = (colon or sentence_of_its_own or (answered and given is not None)) and (
                presents or given is not None
            )
        else:
            to_author = answered or talk.author.search(plain) is not None
            found = colon and presents and to_author
        if found and not (own and doubt != "none"):
            return True
    return False


def _presents(talk: _Talk, text: str, *, answered: bool) -> bool:
    match = _opens_with(talk.presents, text)
    if match is None or answered:
        return match is not None
    before = text[: match.start()]
    tail, *following = _SENTENCE.findall(_ASIDE.sub("", text[match.end() :])) or [""]
    if not talk.is_of_text(before) or not all(talk.is_of_text(sentence) for sentence in following):
        return False
    if _marks().relative.search(match[0]) or talk.weigh(match[0]).other > _MOST_BEFORE_PIECE:
        return False
    subject = talk.about.match(tail) is not None and not _marks().relative.search(tail)
    return talk.weigh(tail).other == 0 or subject or talk.author.search(tail) is not None


def names_piece(text: str) -> bool:
    """Tell whether a heading names an article as a thing and nothing else: "Blog post", "Final draft"."""
    words = _plain(text).split()
    return len(words) <= _MOST_WORDS_OF_PIECE and any(
        (match := talk.names_piece.search(" ".join(words))) and not _words_after(" ".join(words), match.end())
        for talk in _talks()
    )


def offers_more(text: str, *, surely: bool) -> bool:
    """Tell whether a last paragraph talks to the author: "Would you like me to add a recipe?".

    Each of its sentences must offer, hope or speak of the text, and all together be of the text rather than of anything
    else: "I can adapt the menu" is said to readers.

    Args:
        text: A paragraph.
        surely: Nothing but its words tells: no rule stands above it, which lets a name stand before a colon
            ("Next: I can ...") and more of the world beside a wish.
    """
    plain = _plain(text)
    if len(plain) > _LONGEST_CLOSING or plain[:1] in _SPEECH or text.strip().count("\n") >= _MOST_LINES_OF_OFFER:
        return False
    marks = _marks()
    if any(pattern.search(plain) for pattern in (marks.readers, _ADDRESS, marks.mine, marks.own_voice, marks.unable)):
        return False
    sentences = [sentence.strip() for sentence in _SENTENCE.findall(plain) if sentence.strip()]
    return any(
        _is_offer(talk, plain, surely=surely) and _all_talk(talk, sentences, surely=surely)
        for talk in _talks_in_scripts_of(plain)
        if talk.offers.search(plain)
    )


def _is_offer(talk: _Talk, text: str, *, surely: bool) -> bool:
    weight = talk.weigh(text)
    known = weight.text + weight.change + weight.doing
    if talk.wishes.search(text):
        more = (1 if surely else 3) if weight.text else 0
        return weight.other <= known + more if known else weight.other == 0
    changes = weight.change > 0 or (weight.doing > 0 and (weight.text > 0 or (weight.other == 0 and not surely)))
    return changes and weight.other <= weight.text + (0 if surely else 1)


def _all_talk(talk: _Talk, sentences: list[str], *, surely: bool) -> bool:
    """Tell whether each sentence is said to the author; the first one, where nothing else tells, by what it says."""
    for number, sentence in enumerate(sentences):
        label = sentence.endswith(COLONS)
        named = label and not surely and len(sentence.split()) <= _MOST_WORDS_OF_NAME
        if talk.offers.search(sentence):
            if talk.their_text.search(sentence) and not talk.wishes.search(sentence):
                return False
            if label:
                return True  # What follows is what it offers.
        elif number == 0 and surely:
            if not (_marks().hopes.search(sentence) or talk.agrees.match(sentence)):
                return False
        elif not named and not (talk.is_of_text(sentence) and talk.says_something(sentence)):
            return False
    return True


def notes(text: str) -> bool:
    """Tell whether a paragraph is a remark to the author on the text: "Note: I kept the tone friendly."

    It must begin with a label, and speak of parts of a text, of what was done to them and of nothing else: "Note: flour
    matters" is said to readers, and so is "Note: I corrected the section on yeast".
    """
    plain = _plain(text)
    marks = _marks()
    if len(plain) > _LONGEST_CLOSING or any(
        pattern.search(plain) for pattern in (marks.readers, _ADDRESS, marks.mine, marks.own_voice)
    ):
        return False
    return any(
        (label := talk.notes.match(plain)) and _is_note(talk, plain[label.end() :])
        for talk in _talks_in_scripts_of(plain)
    )


def _is_note(talk: _Talk, said: str) -> bool:
    weight = talk.weigh(said)
    if talk.weigh(talk.did.sub(" ", said)).other:
        return False
    to_author = talk.author.search(said) is not None
    by_writer = talk.did.search(said) is not None or weight.piece > 0
    changed = weight.change + weight.doing > 0
    return weight.text > 0 and (to_author or (by_writer and changed and weight.part > 0))


def asks_back(text: str) -> bool:
    """Tell whether a text may end an offer with a list: "Just tell me which one!"."""
    plain = _plain(text)
    said_to_others = plain[:1] in _SPEECH or _marks().readers.search(plain) or _ADDRESS.search(plain)
    if said_to_others or len(plain) > _LONGEST_CLOSING:
        return False
    return any(talk.weigh(plain).other <= 1 for talk in _talks_in_scripts_of(plain) if talk.offers.search(plain))


def _opens_with(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Find what a text says in its first two sentences, close to their beginning."""
    match = pattern.search(text)
    return match if match is not None and match.start() <= _LONGEST_SENTENCE_BETWEEN else None


def _words_after(text: str, position: int) -> bool:
    return any(character.isalnum() for character in text[position:])


def _plain(text: str) -> str:
    """Return a text, or an expression that is to find it, on one line, in lower case, without marks of vowels."""
    text = text.replace("\u2019", "'").casefold().replace("i̇", "i")
    return " ".join(_MARKS_OF_VOWELS.sub("", text).split()).strip("*_ ¡¿")
