<?php
/**
 * Categories and tags by name.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Finds terms by name and makes missing ones, each once.
 */
final class Terms {

	/**
	 * Ids of terms.
	 *
	 * @param string        $taxonomy `category` or `post_tag`.
	 * @param array<string> $names    Names as a person writes them.
	 * @return array<int>
	 * @throws Problem WordPress refuses a name.
	 */
	public static function ids( string $taxonomy, array $names ): array {
		$found = self::find( $taxonomy, $names );
		if ( ! in_array( null, $found, true ) ) {
			return array_values( array_unique( $found ) );
		}
		// Core makes one name twice when two processes ask at once.
		$ids = Lock::hold(
			'terms:all',
			static fn (): array => array_map( static fn ( string $name, ?int $id ): int => $id ?? self::make( $taxonomy, $name ), $names, self::find( $taxonomy, $names ) )
		);
		return array_values( array_unique( $ids ) );
	}

	/**
	 * A post's terms.
	 *
	 * @param int    $post_id  The post.
	 * @param string $taxonomy `category` or `post_tag`.
	 * @return array<int,string> Names by id, as stored, by id.
	 */
	public static function of_post( int $post_id, string $taxonomy ): array {
		$terms = wp_get_object_terms( $post_id, $taxonomy, array( 'orderby' => 'term_id' ) );
		return is_wp_error( $terms ) ? array() : wp_list_pluck( $terms, 'name', 'term_id' );
	}

	/**
	 * Count a post's terms.
	 *
	 * @param int $post_id The post.
	 */
	public static function recount( int $post_id ): void {
		foreach ( array( 'post_tag', 'category' ) as $taxonomy ) {
			$ids = wp_get_object_terms( $post_id, $taxonomy, array( 'fields' => 'tt_ids' ) );
			if ( is_array( $ids ) ) {
				wp_update_term_count_now( $ids, $taxonomy );
			}
		}
	}

	/**
	 * Names this site has no term of.
	 *
	 * @param string        $taxonomy `category` or `post_tag`.
	 * @param array<string> $names    Names.
	 * @return array<string>
	 */
	public static function missing( string $taxonomy, array $names ): array {
		return array_values( array_filter( array_map( static fn ( string $name, ?int $id ): ?string => null === $id ? $name : null, $names, self::find( $taxonomy, $names ) ), 'is_string' ) );
	}

	/**
	 * Ids of terms by their names, in one query.
	 *
	 * @param string        $taxonomy Taxonomy.
	 * @param array<string> $names    Names.
	 * @return array<int|null> In the order of the names; null for those that are not there.
	 */
	private static function find( string $taxonomy, array $names ): array {
		global $wpdb;
		if ( array() === $names ) {
			return array();
		}
		$queries = array();
		foreach ( array_values( $names ) as $number => $name ) {
			// Each name as the database compares it. Straight from the tables: core's cache may be from before another process
			// made the term.
			$queries[] = $wpdb->prepare(
				"SELECT %d AS number, MIN(t.term_id) AS id FROM {$wpdb->terms} t JOIN {$wpdb->term_taxonomy} x ON x.term_id = t.term_id WHERE x.taxonomy = %s AND t.name = %s",
				$number,
				$taxonomy,
				wp_unslash( sanitize_term_field( 'name', $name, 0, $taxonomy, 'db' ) )
			);
		}
		$ids = wp_list_pluck( (array) $wpdb->get_results( implode( ' UNION ALL ', $queries ) ), 'id', 'number' );
		return array_map( static fn ( int $number ): ?int => isset( $ids[ $number ] ) ? (int) $ids[ $number ] : null, array_keys( array_values( $names ) ) );
	}

	/**
	 * Make a term.
	 *
	 * @param string $taxonomy Taxonomy.
	 * @param string $name     Name.
	 * @throws Problem WordPress refuses it.
	 */
	private static function make( string $taxonomy, string $name ): int {
		$made = wp_insert_term( wp_slash( $name ), $taxonomy );
		if ( is_wp_error( $made ) ) {
			if ( 'term_exists' === $made->get_error_code() ) {
				return (int) $made->get_error_data();
			}
			if ( 'db_insert_error' === $made->get_error_code() ) {
				// The database is at fault, not the name: the same request may succeed in a moment.
				throw new Problem( 'not_saved', 'WordPress did not save a term: ' . $made->get_error_message(), 503 );
			}
			throw Problem::field( 'category' === $taxonomy ? 'categories' : 'tags', "\"$name\" is not accepted: " . $made->get_error_message() );
		}
		return (int) $made['term_id'];
	}
}
