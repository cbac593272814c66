"""Every sentence of the connector that people read is there in German, found by PHP's own reading of its sources."""

import json
import subprocess
from typing import Any

import pytest

from presswerk.runtimes.local.artifacts import ensure_php
from presswerk.wordpress import connector_path

pytestmark = pytest.mark.integration

# Texts with the functions around them: the literals of all calls that a literal is an argument of, however deep.
_READ = r"""
$found = array();
foreach ( glob( $argv[1] . '/includes/*.php' ) as $file ) {
    $calls = array();
    $name  = '';
    foreach ( token_get_all( file_get_contents( $file ) ) as $token ) {
        if ( is_array( $token ) && T_STRING === $token[0] ) {
            $name = $token[1];
        } elseif ( '(' === $token || '[' === $token ) {
            $calls[] = $name;
            $name    = '';
        } elseif ( ')' === $token || ']' === $token ) {
            array_pop( $calls );
            $name = '';
        } elseif ( in_array( $token[0], array( T_CONSTANT_ENCAPSED_STRING, T_ENCAPSED_AND_WHITESPACE ), true ) ) {
            $text = T_CONSTANT_ENCAPSED_STRING === $token[0] ? eval( 'return ' . $token[1] . ';' ) : $token[1];
            $found[] = array( 'file' => basename( $file ), 'line' => $token[2], 'text' => $text, 'calls' => $calls );
        } elseif ( ! is_array( $token ) || T_WHITESPACE !== $token[0] ) {
            $name = '';
        }
    }
}
$german = require $argv[1] . '/languages/presswerk-connector-de.l10n.php';
$read   = array( 'literals' => $found, 'german' => $german['messages'] );
echo json_encode( $read, JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR );
"""
_TRANSLATING = {"__", "_e", "_x", "_n", "esc_html__", "esc_attr__", "esc_html_e", "esc_attr_e"}

# Read by programs and operators, in the words of the API: problems of its routes, and a request under a false name.
_NOT_FOR_READERS = {
    "class-block-reading.php",
    "class-delivery.php",
    "class-delivery-plan.php",
    "class-images.php",
    "class-media-routes.php",
    "class-people-routes.php",
    "class-posts.php",
    "class-problem.php",
    "class-publication-images.php",
    "class-publication-request.php",
    "class-publication-routes.php",
    "class-publication-table.php",
    "class-service-user.php",
    "class-status-route.php",
    "class-terms-route.php",
    "class-terms.php",
}
_OTHER_THAN_SENTENCES = (
    "WHERE ",
    "{ display",
    "User role",
    "SELECT ",
    "<",
    "wp-login.php?",
    "openid profile",
    "Content-",
    "X-Frame",
    "for ( const",
    ".user-",
)


@pytest.fixture(scope="module")
def sources() -> dict[str, Any]:
    done = subprocess.run(
        [str(ensure_php()), "-r", _READ, str(connector_path())], capture_output=True, text=True, check=True
    )
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def test_each_sentence_has_its_german_and_none_is_left_over(sources: dict[str, Any]) -> None:
    asked = {
        literal["text"]
        for literal in sources["literals"]
        if literal["calls"] and literal["calls"][-1] in _TRANSLATING and literal["text"] != "presswerk-connector"
    }

    assert len(asked) > 50
    assert asked == set(sources["german"])


def test_a_translation_fills_in_the_same_values(sources: dict[str, Any]) -> None:
    for english, german in sources["german"].items():
        assert sorted(_placeholders(english)) == sorted(_placeholders(german)), english


def test_nothing_that_people_read_is_written_in_english_alone(sources: dict[str, Any]) -> None:
    bare = {
        literal["text"]
        for literal in sources["literals"]
        if literal["file"] not in _NOT_FOR_READERS
        and not _TRANSLATING & set(literal["calls"])
        and _is_sentence(literal["text"])
    }

    # A word of the contract, and an answer before any language is known.
    assert bare == {"not configured", "This site does not answer under that name."}


def _is_sentence(text: str) -> bool:
    words = [word for word in text.split() if word.strip(".,:;'\"").isalpha()]
    return len(words) >= 2 and not text.strip().startswith(_OTHER_THAN_SENTENCES)


def _placeholders(text: str) -> list[str]:
    return [part[:3] if part[1:2] == "$" else part[:1] for part in text.split("%")[1:]]
