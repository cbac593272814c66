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
		$found = array_map( static fn ( string $name ): ?int => self::find( $taxonomy, $name ), $names );
		if ( ! in_array( null, $found, true ) ) {
			return array_values( array_unique( $found ) );
		}
		// Core makes one name twice when two processes ask at once.
		$ids = Lock::hold(
			'terms:all',
			static fn (): array => array_map( static fn ( string $name ): int => self::find( $taxonomy, $name ) ?? self::make( $taxonomy, $name ), $names )
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
	 * Names this site has no term of.
	 *
	 * @param string        $taxonomy `category` or `post_tag`.
	 * @param array<string> $names    Names.
	 * @return array<string>
	 */
	public static function missing( string $taxonomy, array $names ): array {
		return array_values( array_filter( $names, static fn ( string $name ): bool => null === self::find( $taxonomy, $name ) ) );
	}

	/**
	 * A term's id by its name.
	 *
	 * @param string $taxonomy Taxonomy.
	 * @param string $name     Name.
	 */
	private static function find( string $taxonomy, string $name ): ?int {
		global $wpdb;
		// Straight from the tables: core's cache may be from before another process made the term.
		$id = $wpdb->get_var(
			$wpdb->prepare(
				"SELECT t.term_id FROM {$wpdb->terms} t JOIN {$wpdb->term_taxonomy} x ON x.term_id = t.term_id WHERE x.taxonomy = %s AND t.name = %s ORDER BY t.term_id LIMIT 1",
				$taxonomy,
				wp_unslash( sanitize_term_field( 'name', $name, 0, $taxonomy, 'db' ) )
			)
		);
		return null === $id ? null : (int) $id;
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
