<?php
/**
 * What the site says of itself to the hub.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * The route.
 */
final class Status_Route {

	/**
	 * Add the route to the REST API.
	 */
	public static function register(): void {
		register_rest_route(
			'presswerk/v1',
			'/status',
			array(
				'methods'             => 'GET',
				'callback'            => static fn () => new \WP_REST_Response( self::status() ),
				'permission_callback' => array( Service_User::class, 'may_deliver' ),
			)
		);
	}

	/**
	 * The state of the connection.
	 *
	 * @return array<string,mixed>
	 */
	public static function status(): array {
		return array(
			'connector'    => VERSION,
			'wordpress'    => get_bloginfo( 'version' ),
			'php'          => PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION,
			'database'     => Lock::uses_sqlite() ? 'sqlite' : 'mysql',
			'schema'       => (int) get_option( 'presswerk_schema' ),
			'installation' => self::installation(),
			'sign_on'      => Provider::problem() ?? ( Provider::configured() ? 'ready' : 'not configured' ),
			'must_use'     => in_array( 'presswerk-connector.php', array_map( 'basename', wp_get_mu_plugins() ), true ),
			'writable'     => self::takes_writes(),
			'images'       => self::most_images(),
		);
	}

	/**
	 * By what this database was installed last, so that whoever keeps the note of it knows whether it is the same; empty
	 * where the installation would change something again.
	 */
	private static function installation(): string {
		global $wp_db_version;
		$newest = (int) get_option( 'db_version' ) === $wp_db_version;
		$roles  = array_values( wp_get_current_user()->roles );
		return $newest && array( Roles::SERVICE ) === $roles ? (string) get_option( 'presswerk_installation' ) : '';
	}

	/**
	 * How much of its images one request with a publication may bring along.
	 *
	 * @return array{files:int,file_bytes:int,request_bytes:int}
	 */
	private static function most_images(): array {
		return array(
			'files'         => (int) ini_get( 'max_file_uploads' ),
			'file_bytes'    => wp_convert_hr_to_bytes( (string) ini_get( 'upload_max_filesize' ) ),
			'request_bytes' => wp_convert_hr_to_bytes( (string) ini_get( 'post_max_size' ) ),
		);
	}

	/**
	 * Whether the database takes a change: a full disk or a read-only server still answers every question.
	 */
	private static function takes_writes(): bool {
		global $wpdb;
		$hidden = $wpdb->suppress_errors();
		$taken  = update_option( 'presswerk_asked', (string) microtime( true ), false );
		$wpdb->suppress_errors( $hidden );
		return $taken;
	}
}
