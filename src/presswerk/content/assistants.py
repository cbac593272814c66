"""How assistants talk to an author around an article: what opens an answer and what offers more."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from presswerk.content.phrases import HOPES, PHRASES

Doubt: TypeAlias = Literal["none", "some", "great"]

_OWN_VOICE = re.compile(r"\b(?:our|we|us|unser\w*|wir|uns|notre|nos|nous|nuestr\w+|nostr\w+|noss\w+|onze?|наш\w*|мы)\b")
"""A site that speaks of itself."""
_MINE = re.compile(
    r"\b(?:my|mein(?:e[rsnm]?)?|mon|mes|mia|miei|meu|minha|мо(?:й|я|ё|и|его|ей|их)|mój|moja|moje|mojego|mojej)\b"
    r"(?!\s+(?:\w+\s+)?(?:answer|apolog\w+|article|attempt|bad|best|draft|edit\w*|error|fault|idea|mistake|pleasure|post|proposal"
    r"|recommend\w+|response|rewrite|suggest\w+|take|text|try|understanding|version"
    r"|antwort|artikel|beitrag|bestes|entschuldigung|entwurf|fassung|fehler|idee|text|vergnügen|versehen|versuch|vorschl\w+"
    r"|article|avis|brouillon|erreur|essai|excuses|proposition|réponse|suggestion|texte"
    r"|articolo|bozza|proposta|risposta|scuse|testo|versione|artigo|desculpas|erro|rascunho|resposta|sugestão|texto|versão"
    r"|вариант\w*|верси\w+|извинени\w+|ответ\w*|ошибк\w+|предложени\w+|стать\w+|текст\w*"
    r"|artykuł\w*|błąd|odpowiedź|propozycj\w+|przeprosiny|tekst\w*|wersj\w+))"
)
"""A person who has something of their own; an assistant has a draft, an answer or apologies."""
_AUTHOR = re.compile(
    r"\b(?:you|your|dein\w*|dir|ihr\w*|ihnen|votre|vous|ton|tu|su|te|tuo|tua|vostro|ti|seu|sua|você|je|jouw|uw|din|ditt|dit"
    r"|ваш\w*|вам|вас|твой|твоя|вашу|twój|twoje|váš|vaše|σας|anda|bạn)\b|आपक|您|你|ご依頼|요청하신|לך|لك|برایتان|คุณ"
)
"""A word for whoever asked for an article."""
_READERS = re.compile(
    r"\bcomments?\b|kommentar|commentaire|comentario|comentário|commenti|reacties|komentar|комментар|комент|yorum|评论|評論"
    r"|留言|コメント|댓글|تعليق|نظرات|टिप्पण|bình luận|\bsubscribe|abonnier|contact us"
    r"|schreibt? uns|kontaktier"
)
"""A call to the readers of an article."""
_ADDRESS = re.compile(r"[\w.+-]@\w|https?://|\bwww\.")
"""How to reach whoever writes; an assistant has no address."""
_SPEECH = frozenset('"\u201c\u201e\u00ab\u300c\u300e\u2039\u2014')
"""What somebody in a story says begins so."""
_OF_TEXT = re.compile(r"\b(?:seo|faq|linkedin|wordpress|html|markdown|m[eé]ta[- ]|keyword|hashtag)")
"""What is done with texts, in any language."""
_HOPE = re.compile(HOPES)
_SENTENCE = re.compile(r"[^.!?…。！？:：]*[.!?…。！？:：]+[\"'”»)]*|[^.!?…。！？:：]+")
_STOP = re.compile(r"\s*([!.,:;…！，。、：])")
COLONS = (":", "：")
_LONGEST_PREAMBLE = 400
_LONGEST_SENTENCE_BETWEEN = 90
_LONGEST_CLOSING = 600
_MOST_WORDS_OF_PIECE = 3
_SPACED = r"(?<![^\W\d_])"


@dataclass(frozen=True)
class _Talk:
    agrees: re.Pattern[str]
    presents: re.Pattern[str]
    gives: re.Pattern[str]
    names_piece: re.Pattern[str]
    offers: re.Pattern[str]
    may_offer: re.Pattern[str]
    changes: re.Pattern[str]


@cache
def _talks() -> tuple[_Talk, ...]:
    talks = []
    for language, words in PHRASES.items():
        # Scripts that put no spaces have no edges of words either.
        start, end = ("", "") if language in {"ja", "zh", "th", "ko"} else (_SPACED, r"(?![^\W\d_])")
        agree, present, piece = (f"{start}(?:{words[name]}){end}" for name in ("agree", "present", "piece"))
        talks.append(
            _Talk(
                agrees=re.compile(agree),
                presents=re.compile(f"{present}[^.!?…。！？]{{0,{_LONGEST_SENTENCE_BETWEEN}}}?{piece}"),
                gives=re.compile(f"{start}(?:{words['given']}){end}"),
                names_piece=re.compile(piece),
                offers=re.compile(f"{start}(?:{words['offer']})"),
                may_offer=re.compile(f"{start}(?:{words['maybe']})"),
                changes=re.compile(f"{start}(?:{words['change']})"),
            )
        )
    return tuple(talks)


def only_agrees(text: str) -> bool:
    """Tell whether a text agrees to a wish and says nothing else: "Certainly!"."""
    plain = _plain(text)
    return any((match := talk.agrees.match(plain)) and not _words_after(plain, match.end()) for talk in _talks())


def hands_over(text: str, doubt: Doubt) -> bool:
    """Tell whether a short text hands an article over to its author: "Certainly! Here's a blog post about bread:".

    Args:
        text: A paragraph.
        doubt: What its place leaves open. `none`: the words are enough. `some`: it must end in a colon, or begin with
            an agreement that is a sentence of its own. `great`: a colon, and an agreement or a word for the author.
    """
    plain = _plain(text)
    if len(plain) > _LONGEST_PREAMBLE or plain[:1] in _SPEECH or _READERS.search(plain) or _MINE.search(plain):
        return False
    colon = plain.endswith(COLONS)
    for talk in _talks():
        agreed = talk.agrees.match(plain)
        stop = _STOP.match(plain, agreed.end()) if agreed else None
        rest = plain[stop.end() :].strip() if stop else plain
        given = talk.gives.search(rest) if stop and doubt == "none" else talk.gives.match(rest)
        presents = _opens_with(talk.presents, rest) or (given is not None and not _words_after(rest, given.end()))
        if doubt == "none":
            found = presents or (given is not None and (colon or stop is not None))
        elif doubt == "some":
            ends = colon or (stop is not None and (stop[1] not in ",，、" or given is not None))
            found = ends and (presents or given is not None) and not _OWN_VOICE.search(plain)
        else:
            to_author = stop is not None or _AUTHOR.search(plain)
            found = colon and presents and bool(to_author) and not _OWN_VOICE.search(plain)
        if found:
            return True
    return False


def names_piece(text: str) -> bool:
    """Tell whether a heading names an article as a thing and nothing else: "Blog post", "Final draft"."""
    words = _plain(text).split()
    return len(words) <= _MOST_WORDS_OF_PIECE and any(
        (match := talk.names_piece.search(" ".join(words))) and not _words_after(" ".join(words), match.end())
        for talk in _talks()
    )


def offers_more(text: str, *, surely: bool) -> bool:
    """Tell whether a last paragraph talks to the author: "Would you like me to add a recipe?".

    It must name a text, or what is done to one: "I can also deliver the bread" is said to readers.

    Args:
        text: A paragraph.
        surely: Only what no article says to its readers.
    """
    plain = _plain(text)
    if len(plain) > _LONGEST_CLOSING or plain[:1] in _SPEECH:
        return False
    if any(pattern.search(plain) for pattern in (_READERS, _ADDRESS, _MINE)):
        return False
    sentences = [sentence.strip() for sentence in _SENTENCE.findall(plain) if sentence.strip()]
    if not sentences:
        return False
    # "Next steps: I can ..." opens with its offer; without a rule above it, a name may stand before the colon.
    first = " ".join(sentences[: 1 + (not surely and sentences[0].endswith(COLONS))])
    for talk in _talks():
        of_text = talk.changes.search(plain) or talk.names_piece.search(plain) or _OF_TEXT.search(plain)
        sure = talk.offers.search(plain)
        likely = talk.may_offer.search(plain) and talk.changes.search(plain)
        if not ((sure and of_text) or (likely and not surely)):
            continue
        opening = (talk.offers, talk.may_offer, talk.names_piece, talk.agrees, _HOPE)
        if any(pattern.search(first) for pattern in opening) and not _OWN_VOICE.search(plain):
            return True
    return False


def asks_back(text: str) -> bool:
    """Tell whether a text may end an offer with a list: "Just tell me which one!"."""
    plain = _plain(text)
    said_to_others = plain[:1] in _SPEECH or _READERS.search(plain) or _ADDRESS.search(plain)
    return not said_to_others and any(talk.offers.search(plain) or talk.may_offer.match(plain) for talk in _talks())


def _opens_with(pattern: re.Pattern[str], text: str) -> bool:
    """Tell whether a text says something in its first two sentences, close to their beginning."""
    match = pattern.search(text)
    return match is not None and match.start() <= _LONGEST_SENTENCE_BETWEEN


def _words_after(text: str, position: int) -> bool:
    return any(character.isalnum() for character in text[position:])


def _plain(text: str) -> str:
    return " ".join(text.replace("\u2019", "'").casefold().replace("i̇", "i").split()).strip("*_ ")
