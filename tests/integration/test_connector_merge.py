"""The connector's three-way merge on many random texts at once: real PHP and WordPress's own diff, but no site."""

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

from presswerk.runtimes.local.artifacts import ensure_php, ensure_wordpress
from presswerk.runtimes.local.layout import Layout
from presswerk.wordpress import connector_path

pytestmark = pytest.mark.integration

PAIRS = 10_000
_SCRIPT = """
define( 'ABSPATH', getenv( 'CORE' ) . '/' );
define( 'WPINC', 'wp-includes' );
require getenv( 'CONNECTOR' ) . '/includes/class-merge.php';
$merged = array();
foreach ( json_decode( stream_get_contents( STDIN ), true ) as list( $base, $ours, $theirs ) ) {
    $sides    = array( 'ours' => $ours, 'theirs' => $theirs );
    $picked   = Presswerk\\Connector\\Merge::three_way( $base, $ours, $theirs );
    $read     = static fn ( $place ) => $sides[ $place[0] ][ $place[1] ];
    $merged[] = null === $picked ? null : array_map( $read, $picked );
}
echo json_encode( $merged );
"""

Text = list[str]
Triple = tuple[Text, Text, Text]


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ensure_wordpress(Layout(state=tmp_path_factory.mktemp("state")), lambda _line: None).core


def merged(core: Path, triples: list[Triple]) -> list[Text | None]:
    done = subprocess.run(
        [str(ensure_php()), "-d", "display_errors=stderr", "-d", "memory_limit=1G", "-r", _SCRIPT],
        input=json.dumps(triples),
        env={"PATH": os.environ.get("PATH", ""), "CORE": str(core), "CONNECTOR": str(connector_path())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    found: list[Text | None] = json.loads(done.stdout)
    return found


def any_edits(chance: random.Random, text: Text, mark: str) -> Text:
    """A text after some edits of one side; some of its paragraphs may be alike, and so may those of both sides."""
    edited = []
    for paragraph in text:
        kind = chance.random()
        if kind < 0.12:
            edited.append(f"{mark}{chance.randrange(30)}")
        elif kind < 0.2:
            edited += [paragraph, f"{mark}{chance.randrange(30)}"]
        elif kind > 0.92:
            continue
        else:
            edited.append(paragraph)
    if chance.random() < 0.15 and len(edited) > 1:
        edited.insert(chance.randrange(len(edited)), edited.pop(chance.randrange(len(edited))))
    return edited


def test_no_paragraph_of_either_side_is_lost(core: Path) -> None:
    chance = random.Random(20261128)
    triples: list[Triple] = []
    for number in range(PAIRS):
        alike = number % 3 == 0
        base = [f"p{chance.randrange(4) if alike else place}" for place in range(chance.randrange(12))]
        shared = "s" if number % 5 == 0 else "t"
        triples.append((base, any_edits(chance, base, "s"), any_edits(chance, base, shared)))

    found = merged(core, triples)

    for (base, ours, theirs), text in zip(triples, found, strict=True):
        if text is None:
            continue
        new = (set(ours) | set(theirs)) - set(base)
        untouched = set(base) & set(ours) & set(theirs)
        assert new <= set(text), (base, ours, theirs, text)
        if len(set(base)) == len(base):
            assert untouched <= set(text), (base, ours, theirs, text)
        assert set(text) <= set(ours) | set(theirs), (base, ours, theirs, text)
    clean = sum(text is not None for text in found)
    assert PAIRS * 0.3 < clean < PAIRS * 0.95


def test_a_side_that_changed_nothing_takes_what_the_other_wrote(core: Path) -> None:
    chance = random.Random(24)
    triples: list[Triple] = []
    expected: list[Text] = []
    for _ in range(2_000):
        base = [f"p{chance.randrange(8)}" for _ in range(chance.randrange(10))]
        side = any_edits(chance, base, "s")
        triples += [(base, side, base), (base, base, side), (base, side, side)]
        expected += [side, side, side]

    assert merged(core, triples) == expected


def test_it_does_not_matter_who_is_who(core: Path) -> None:
    chance = random.Random(25)
    triples: list[Triple] = []
    for _ in range(2_000):
        base = [f"p{chance.randrange(8)}" for _ in range(chance.randrange(10))]
        triples.append((base, any_edits(chance, base, "s"), any_edits(chance, base, "t")))

    assert merged(core, triples) == merged(core, [(base, theirs, ours) for base, ours, theirs in triples])


def test_what_one_side_alone_changed_is_taken_from_that_side(core: Path) -> None:
    chance = random.Random(26)
    triples: list[Triple] = []
    expected: list[Text] = []
    for _ in range(PAIRS):
        triple, text = disjoint_edits(chance)
        triples.append(triple)
        expected.append(text)

    for triple, found, whole in zip(triples, merged(core, triples), expected, strict=True):
        assert found == whole, triple


def disjoint_edits(chance: random.Random) -> tuple[Triple, Text]:
    """A text of which each paragraph, and each place between two, was changed by one side at most; and their merge.

    Where something is put between two paragraphs, the other side has left at least one of them.
    """
    base = [f"p{place}" for place in range(chance.randrange(1, 14))]
    owners = [chance.choice(("ours", "theirs", "nobody")) for _ in base]
    fates = [chance.choice(("changed", "gone")) for _ in base]
    sides: dict[str, Text] = {"ours": [], "theirs": [], "both": []}
    for place in range(len(base) + 1):
        inserter = chance.choice(("ours", "theirs", "nobody", "nobody"))
        other = {"ours": "theirs", "theirs": "ours"}.get(inserter)
        if other is not None and owners[max(place - 1, 0) : place + 1] != [other, other]:
            for side in (inserter, "both"):
                sides[side].append(f"new{place}")
        if place < len(base):
            for side, text in sides.items():
                changed = owners[place] != "nobody" and side in {owners[place], "both"}
                if not changed:
                    text.append(base[place])
                elif fates[place] == "changed":
                    text.append(f"changed{place}")
    return (base, sides["ours"], sides["theirs"]), sides["both"]


@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [
        ("a", "b", "c"),
        ("a", "", "c"),
        ("a", "a b", "a c"),
        ("a b c", "a", "a b x c"),
        ("a b c", "x y", "a b d"),
        ("", "a", "b"),
    ],
)
def test_what_both_changed_differently_is_a_conflict(core: Path, base: str, ours: str, theirs: str) -> None:
    assert merged(core, [(base.split(), ours.split(), theirs.split())]) == [None]
