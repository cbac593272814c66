<?php
/**
 * Title and description for search engines, where no SEO plugin writes them.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Output in the page's head.
 */
final class Seo {

	/**
	 * Print the description of a single post.
	 */
	public static function print_description(): void {
		$description = self::meta( Posts::SEO_DESCRIPTION );
		if ( '' !== $description ) {
			printf( "<meta name=\"description\" content=\"%s\">\n", esc_attr( $description ) );
		}
	}

	/**
	 * The document title of a single post.
	 *
	 * @param string $title Another plugin's, or empty.
	 */
	public static function document_title( string $title ): string {
		$own = self::meta( Posts::SEO_TITLE );
		return '' === $title && '' !== $own ? esc_html( $own ) . ' &#8211; ' . get_bloginfo( 'name', 'display' ) : $title;
	}

	/**
	 * A meta value of the post being shown, empty when an SEO plugin does the work.
	 *
	 * @param string $key Meta key.
	 */
	private static function meta( string $key ): string {
		if ( ! is_singular( 'post' ) || defined( 'WPSEO_VERSION' ) || defined( 'RANK_MATH_VERSION' ) || defined( 'SEOPRESS_VERSION' ) || defined( 'AIOSEO_VERSION' ) ) {
			return '';
		}
		return (string) get_post_meta( (int) get_queried_object_id(), $key, true );
	}
}
