"""What is known of the words that assistants write around articles; the words stand beside it by language."""

from typing import TypedDict


class Phrases(TypedDict):
    """What assistants say in one language, as `re` reads it.

    Attributes:
        agree: Words that agree to a wish ("certainly").
        thanks: Words that thank or praise, which an article may begin with too.
        present: Words that hand something over ("here is"), for a `piece` that follows within a sentence.
        piece: Words for an article as a thing.
        given: A whole phrase that hands it over ("here you go").
        about: What leads from a piece to its subject.
        you: Words for whoever asked for an article, and for asking.
        wish: A question whether somebody wishes something done to the text.
        offer: What offers, asks and permits.
        change: What is done to a text.
        part: Words for parts and qualities that only a text has.
        plain: Other words of such sentences, which say nothing of the world.
    """

    agree: str
    thanks: str
    present: str
    piece: str
    given: str
    about: str
    you: str
    wish: str
    offer: str
    change: str
    part: str
    plain: str


HOPES = (
    r"(?:i )?hope (?:you(?:'ll)? (?:like|enjoy)|this|that|it|the)|(?:ich )?hoffe,? (?:das|dies\w*|es|der|die|dein)"
    r"|j'espère que|espero que|spero (?:che )?|ik hoop dat|mam nadzieję, że|надеюсь, (?:что )?"
    r"|сподіваюся, (?:що )?|doufám, že|remélem|sper că|umar.m|hoppas|håper|håber|toivottavasti|ελπίζω"
    r"|آمل أن|امیدوارم"
    r"|אני מקווה|आशा है|semoga|hy vọng|หวังว่า|希望|도움이 되"
)
"""What may stand before an offer: the hope that a wish was met."""
