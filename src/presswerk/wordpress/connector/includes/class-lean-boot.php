<?php
/**
 * Starts WordPress for the connector's own routes without what they do not need.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Half of what an article costs a site is WordPress's start, and most of that are block types, patterns and the listing of
 * translations, which only pages and editors need. What only reads loads no plugin and no theme either. A delivery loads
 * them all, and what it puts off is made up for as soon as somebody may ask for it.
 */
final class Lean_Boot {

	private const PUT_OFF = array(
		'init'          => '/^(register_block_core_|register_core_block_|_register_(theme|core)_block_patterns|_wp_register_default_(icon|font))/',
		'rest_api_init' => '/^(create_initial_rest_routes|register_initial_settings|wp_oembed_register_route)$/',
	);

	/** Hooks by which plugins take part in saving; what they call may ask for block types. */
	private const SAVING = '/^(all$|save_|wp_insert_|wp_after_|pre_post_|post_updated|edit_|transition_|(rest_)?(pre|after)_insert|set_object_terms|created?_|add_attachment|(added|updated?|deleted?)_(post|term))|_post$|_save_pre$|_to_publish$/';

	/**
	 * What these hooks would have called, in their order.
	 *
	 * @var array<callable>
	 */
	private static array $put_off = array();

	/**
	 * Begin, while must-use plugins are loaded. Only the front controller is meant, and only an address that WordPress
	 * certainly takes for a REST route: everything else runs with all that guards it.
	 */
	public static function begin(): void {
		$route = $_GET['rest_route'] ?? null; // phpcs:ignore WordPress.Security
		if ( ! defined( 'WP_USE_THEMES' ) || ! is_string( $route ) || ! str_starts_with( $route, '/presswerk/v1/' ) ) {
			return;
		}
		add_filter( 'pre_get_language_files_from_path', array( self::class, 'language_files' ), 10, 2 );
		self::put_off();
		if ( self::only_reads( $route ) ) {
			add_filter( 'pre_option_active_plugins', '__return_empty_array' );
			// A place without a functions.php.
			add_filter( 'template_directory', static fn (): string => __DIR__ );
			add_filter( 'stylesheet_directory', static fn (): string => __DIR__ );
			return;
		}
		// Whatever renders blocks, and whatever takes part in saving.
		add_filter( 'pre_render_block', array( self::class, 'before_block' ), PHP_INT_MIN );
		add_filter( 'rest_pre_dispatch', array( self::class, 'before_route' ), PHP_INT_MIN, 3 );
		add_action( 'presswerk_before_delivery', array( self::class, 'before_delivery' ) );
	}

	/**
	 * Whether a request is about the connector alone.
	 *
	 * @param string $route Its route.
	 */
	private static function only_reads( string $route ): bool {
		return 'GET' === ( $_SERVER['REQUEST_METHOD'] ?? '' )
			&& ! isset( $_SERVER['HTTP_X_HTTP_METHOD_OVERRIDE'] )
			&& ! isset( $_GET['_method'] ) // phpcs:ignore WordPress.Security
			&& 1 === preg_match( '#^/presswerk/v1/(status|publications/[^/]+(/site)?)/?$#', $route );
	}

	/**
	 * Take from the hooks what is put off.
	 */
	private static function put_off(): void {
		global $wp_filter;
		foreach ( self::PUT_OFF as $hook => $pattern ) {
			$callbacks = isset( $wp_filter[ $hook ] ) ? $wp_filter[ $hook ]->callbacks : array();
			ksort( $callbacks );
			foreach ( $callbacks as $priority => $at_once ) {
				foreach ( $at_once as $callback ) {
					if ( is_string( $callback['function'] ) && preg_match( $pattern, $callback['function'] ) ) {
						self::$put_off[] = $callback['function'];
						remove_action( $hook, $callback['function'], $priority );
					}
				}
			}
		}
	}

	/**
	 * Make up for what was put off; a second time does nothing.
	 */
	public static function complete(): void {
		$due           = self::$put_off;
		self::$put_off = array();
		foreach ( $due as $callback ) {
			$callback();
		}
	}

	/**
	 * Before a block is rendered.
	 *
	 * @param mixed $rendered What another filter made of it.
	 */
	public static function before_block( mixed $rendered ): mixed {
		self::complete();
		return $rendered;
	}

	/**
	 * Before another route is asked from within the request.
	 *
	 * @param mixed            $answer  What another filter answers.
	 * @param \WP_REST_Server  $server  The server.
	 * @param \WP_REST_Request $request The request.
	 */
	public static function before_route( mixed $answer, \WP_REST_Server $server, \WP_REST_Request $request ): mixed {
		if ( ! str_starts_with( $request->get_route(), '/presswerk/v1/' ) ) {
			self::complete();
		}
		return $answer;
	}

	/**
	 * Before a delivery writes: a plugin or a theme that takes part finds what it finds when the editor saves.
	 */
	public static function before_delivery(): void {
		global $wp_filter;
		if ( array() === self::$put_off ) {
			return;
		}
		foreach ( $wp_filter as $name => $hook ) {
			if ( ! preg_match( self::SAVING, (string) $name ) ) {
				continue;
			}
			foreach ( $hook->callbacks as $callbacks ) {
				foreach ( $callbacks as $callback ) {
					if ( self::is_foreign( $callback['function'] ) ) {
						self::complete();
						return;
					}
				}
			}
		}
	}

	/**
	 * Whether a callback is neither WordPress's nor the connector's.
	 *
	 * @param mixed $callback A callback.
	 */
	private static function is_foreign( mixed $callback ): bool {
		try {
			$reflection = new \ReflectionFunction( \Closure::fromCallable( $callback ) );
		} catch ( \TypeError | \ReflectionException ) {
			return true;
		}
		$file = $reflection->getFileName();
		if ( false === $file ) {
			// PHP's own function, such as `trim`.
			return false;
		}
		foreach ( array( ABSPATH . WPINC . '/', ABSPATH . 'wp-admin/', __DIR__ . '/', dirname( __DIR__ ) . '/' ) as $known ) {
			if ( str_starts_with( $file, $known ) || str_starts_with( $file, realpath( $known ) . '/' ) ) {
				return false;
			}
		}
		return true;
	}

	/**
	 * A directory's files of translations into the language in use, which are those that are asked for.
	 *
	 * @param array<string>|null $files What another filter found.
	 * @param string             $path  The directory.
	 * @return array<string>
	 */
	public static function language_files( ?array $files, string $path ): array {
		$locale = determine_locale();
		if ( null !== $files || 'en_US' === $locale ) {
			return $files ?? array();
		}
		static $found          = array();
		return $found[ $path ] ??= array_merge( (array) glob( "$path*-$locale.mo", GLOB_NOSORT ), (array) glob( "$path*-$locale.l10n.php", GLOB_NOSORT ) );
	}
}
