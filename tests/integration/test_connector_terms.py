"""Which terms a real site tells: names as people write them, the most used first, to those who may write."""

import pytest

from tests.support.sites import RunningSite, article, new_publication

pytestmark = pytest.mark.integration

MANY = r"""
global $wpdb;
for ( $i = 0; $i < 2100; $i++ ) {
    $wpdb->insert( $wpdb->terms, array( 'name' => "Many $i", 'slug' => "many-$i" ) );
    $wpdb->insert( $wpdb->term_taxonomy, array( 'term_id' => $wpdb->insert_id, 'taxonomy' => 'post_tag',
        'description' => '', 'count' => $i % 50 ) );
}
return true;
"""


def test_terms_are_told_as_people_write_them_most_used_first(site: RunningSite) -> None:
    with site.client() as client:
        client.put_publication(new_publication(), article(tags=("R&D", "Bäckerei"), categories=('Food & "Drink"',)))
        client.put_publication(new_publication(), article(tags=("R&D",)))
        terms = client.terms()

    assert [tag for tag in terms.tags if tag in {"R&D", "Bäckerei"}] == ["R&D", "Bäckerei"]
    assert 'Food & "Drink"' in terms.categories
    assert terms.default_category == "Uncategorized"


def test_a_name_told_is_the_term_it_was(site: RunningSite) -> None:
    with site.client() as client:
        client.put_publication(new_publication(), article(tags=("Q&A <b>'s</b>",)))
        before = client.terms().tags
        client.put_publication(new_publication(), article(tags=before[:50]))
        assert sorted(client.terms().tags) == sorted(before)


def test_of_very_many_the_most_used_are_told(site: RunningSite) -> None:
    site.php(MANY)
    with site.client() as client:
        tags = client.terms().tags

    assert len(tags) == 2000
    assert "Many 49" in tags
    assert "Many 50" not in tags


def test_a_stranger_is_told_nothing(site: RunningSite) -> None:
    with site.http() as http:
        assert http.get("/wp-json/presswerk/v1/terms").status_code == 401
