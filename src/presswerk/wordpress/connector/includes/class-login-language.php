<?php
/**
 * The language of the login's pages.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Nobody is signed in there yet, so the browser says what its person reads.
 */
final class Login_Language {

	/** What the connector's own words are in; in any other language half a page would stay English. */
	private const LOCALES = array(
		'de' => 'de_DE',
		'en' => 'en_US',
	);

	/**
	 * Hook into WordPress before it loads its translations.
	 */
	public static function hook(): void {
		add_filter( 'pre_determine_locale', array( self::class, 'locale' ) );
	}

	/**
	 * The locale that the browser asks for first, where it is one of ours; else the site's, as WordPress has it.
	 *
	 * @param string|null $locale What another filter has decided.
	 */
	public static function locale( ?string $locale ): ?string {
		if ( null !== $locale || 'wp-login.php' !== ( $GLOBALS['pagenow'] ?? '' ) ) {
			return $locale;
		}
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- the page's own choice of a language.
		if ( ! empty( $_GET['wp_lang'] ) || ! empty( $_COOKIE['wp_lang'] ) ) {
			return null;
		}
		$asked = self::LOCALES[ strtolower( substr( trim( (string) ( $_SERVER['HTTP_ACCEPT_LANGUAGE'] ?? '' ) ), 0, 2 ) ) ] ?? null;
		return 'en_US' === $asked || in_array( $asked, get_available_languages(), true ) ? $asked : null;
	}
}
