<?php
/**
 * Which tags, categories and shortcodes the site has.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * The route.
 */
final class Terms_Route {

	/**
	 * Terms of each kind in an answer; of more, the most used.
	 */
	private const MOST = 2000;

	/**
	 * Add the route to the REST API.
	 */
	public static function register(): void {
		register_rest_route(
			'presswerk/v1',
			'/terms',
			array(
				'methods'             => 'GET',
				'callback'            => static fn () => new \WP_REST_Response( self::terms() ),
				'permission_callback' => static fn () => current_user_can( Roles::DELIVER ) || current_user_can( 'edit_posts' ) ? true : new \WP_Error( 'rest_forbidden', 'Sign in as a user who may write.', array( 'status' => rest_authorization_required_code() ) ),
			)
		);
	}

	/**
	 * The terms by use, and the category of a post that has none.
	 *
	 * @return array<string,mixed>
	 */
	private static function terms(): array {
		$default = get_term( (int) get_option( 'default_category' ), 'category' );
		return array(
			'tags'             => self::most_used( 'post_tag' ),
			'categories'       => self::most_used( 'category' ),
			'default_category' => $default instanceof \WP_Term ? self::name( $default ) : null,
			'shortcodes'       => array_slice( array_map( 'strval', array_keys( $GLOBALS['shortcode_tags'] ?? array() ) ), 0, self::MOST ),
		);
	}

	/**
	 * The terms of a kind, most used first.
	 *
	 * @param string $taxonomy `category` or `post_tag`.
	 * @return array<array{name:string,count:int}>
	 */
	private static function most_used( string $taxonomy ): array {
		$terms = get_terms(
			array(
				'taxonomy'               => $taxonomy,
				'hide_empty'             => false,
				'hierarchical'           => false,
				'orderby'                => 'count',
				'order'                  => 'DESC',
				'number'                 => self::MOST,
				'update_term_meta_cache' => false,
			)
		);
		return array_map(
			static fn ( \WP_Term $term ): array => array(
				'name'  => self::name( $term ),
				'count' => $term->count,
			),
			is_array( $terms ) ? $terms : array()
		);
	}

	/**
	 * A term's name as a person writes it; WordPress keeps `&` as an entity.
	 *
	 * @param \WP_Term $term Term.
	 */
	private static function name( \WP_Term $term ): string {
		return wp_specialchars_decode( $term->name, ENT_QUOTES );
	}
}
