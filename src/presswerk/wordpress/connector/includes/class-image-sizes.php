<?php
/**
 * Smaller sizes of delivered images, made when nobody waits for them.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * An image is stored with a mark that its sizes are due. They are made after a delivery has been answered, where the web
 * server's PHP can send an answer before a request ends, and by the site's clock, which also finds what a killed process
 * left.
 */
final class Image_Sizes {

	/** Of an attachment: how often its sizes were begun. */
	public const DUE = '_presswerk_sizes_due';

	/** An image whose sizes end the process each time is left as it is. */
	private const TRIES = 5;

	private const GIVE_WAY_SECONDS = 10;
	private const ROUND_SECONDS    = 60;

	/**
	 * Whether this request stored an image.
	 *
	 * @var bool
	 */
	private static bool $stored = false;

	/**
	 * Wait for the end of the request.
	 */
	public static function hook(): void {
		add_action( 'shutdown', array( self::class, 'after_answer' ), PHP_INT_MAX );
	}

	/**
	 * Note that this request stored an image.
	 */
	public static function expect(): void {
		self::$stored = true;
	}

	/**
	 * Make what is due, once the caller has the answer.
	 */
	public static function after_answer(): void {
		if ( ! wp_doing_cron() && ! ( self::$stored && function_exists( 'fastcgi_finish_request' ) ) ) {
			return;
		}
		if ( function_exists( 'fastcgi_finish_request' ) ) {
			fastcgi_finish_request();
		}
		try {
			Lock::hold( 'sizes:all', array( self::class, 'make_due' ), 0 );
		} catch ( Problem ) {
			// Somebody else is at it.
			return;
		}
	}

	/**
	 * Make the sizes of all images that have none, one after the other, for about a minute.
	 */
	public static function make_due(): void {
		require_once ABSPATH . 'wp-admin/includes/image.php';
		$deadline = microtime( true ) + self::ROUND_SECONDS;
		while ( microtime( true ) < $deadline ) {
			$due = self::next();
			if ( null === $due ) {
				return;
			}
			self::give_way();
			// Before the work, so that it counts where the process does not live to count it.
			update_post_meta( $due, self::DUE, 1 + (int) get_post_meta( $due, self::DUE, true ) );
			wp_update_image_subsizes( $due );
			delete_post_meta( $due, self::DUE );
		}
	}

	/**
	 * The image whose turn it is; null for none.
	 */
	private static function next(): ?int {
		global $wpdb;
		$id = $wpdb->get_var( $wpdb->prepare( "SELECT post_id FROM {$wpdb->postmeta} WHERE meta_key = %s AND meta_value < %s ORDER BY meta_value, meta_id LIMIT 1", self::DUE, (string) self::TRIES ) );
		return null === $id ? null : (int) $id;
	}

	/**
	 * Run a delivery, to which sizes give way.
	 *
	 * @template T
	 * @param callable(): T $work The delivery.
	 * @return T
	 */
	public static function while_delivering( callable $work ): mixed {
		$turn = self::open_turn();
		if ( false === $turn ) {
			return $work();
		}
		flock( $turn, LOCK_SH );
		try {
			return $work();
		} finally {
			fclose( $turn ); // phpcs:ignore WordPress.WP.AlternativeFunctions
		}
	}

	/**
	 * Wait until nobody delivers, but not for ever.
	 */
	private static function give_way(): void {
		$turn     = self::open_turn();
		$deadline = microtime( true ) + self::GIVE_WAY_SECONDS;
		while ( false !== $turn && ! flock( $turn, LOCK_EX | LOCK_NB ) && microtime( true ) < $deadline ) {
			usleep( 50000 );
		}
		if ( false !== $turn ) {
			fclose( $turn ); // phpcs:ignore WordPress.WP.AlternativeFunctions
		}
	}

	/**
	 * The file that deliveries of this machine hold, since it is its processors that they share.
	 *
	 * @return resource|false
	 */
	private static function open_turn() {
		return fopen( get_temp_dir() . 'presswerk-delivering-' . md5( WP_CONTENT_DIR ), 'c' ); // phpcs:ignore WordPress.WP.AlternativeFunctions
	}
}
