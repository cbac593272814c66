<?php
/**
 * The table that makes a publication one post.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * One row for each publication, found by its UUID.
 */
final class Publication_Table {

	public const SCHEMA = 2;

	private const OPTION = 'presswerk_schema';

	/**
	 * The table's name on this site.
	 */
	public static function name(): string {
		global $wpdb;
		return $wpdb->prefix . 'presswerk_publications';
	}

	/**
	 * Make the table, or bring it to the newest schema.
	 */
	public static function install(): void {
		global $wpdb;
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		$table = self::name();
		dbDelta(
			"CREATE TABLE $table (
				uuid char(36) NOT NULL,
				post_id bigint(20) unsigned NOT NULL DEFAULT 0,
				revision int(10) unsigned NOT NULL DEFAULT 0,
				payload_sha256 char(64) NOT NULL DEFAULT '',
				text_sha256 char(64) NOT NULL DEFAULT '',
				created_at datetime NOT NULL,
				updated_at datetime NOT NULL,
				PRIMARY KEY  (uuid),
				KEY post_id (post_id)
			) {$wpdb->get_charset_collate()};"
		);
		update_option( self::OPTION, self::SCHEMA, true );
	}

	/**
	 * Install what a newer version of the plugin needs.
	 */
	public static function upgrade(): void {
		if ( self::SCHEMA !== (int) get_option( self::OPTION ) ) {
			self::install();
		}
	}

	/**
	 * A publication's row.
	 *
	 * @param string $uuid Its UUID.
	 * @return object{uuid:string,post_id:int,revision:int,payload_sha256:string,text_sha256:string}|null
	 */
	public static function find( string $uuid ): ?object {
		global $wpdb;
		$row = $wpdb->get_row( $wpdb->prepare( 'SELECT * FROM %i WHERE uuid = %s', self::name(), $uuid ) );
		if ( null === $row ) {
			return null;
		}
		$row->post_id  = (int) $row->post_id;
		$row->revision = (int) $row->revision;
		return $row;
	}

	/**
	 * Claim a UUID before its post is made.
	 *
	 * @param string $uuid The publication.
	 * @return bool Whether nobody had claimed it before.
	 */
	public static function claim( string $uuid ): bool {
		global $wpdb;
		$now = gmdate( 'Y-m-d H:i:s' );
		return 1 === $wpdb->query( $wpdb->prepare( 'INSERT IGNORE INTO %i (uuid, created_at, updated_at) VALUES (%s, %s, %s)', self::name(), $uuid, $now, $now ) );
	}

	/**
	 * Record what was delivered.
	 *
	 * @param string $uuid           The publication.
	 * @param int    $post_id        Its post.
	 * @param int    $revision       The revision the post now holds.
	 * @param string $payload_sha256 Of the request.
	 * @param string $text_sha256    Of title, content and excerpt as stored.
	 */
	public static function record( string $uuid, int $post_id, int $revision, string $payload_sha256, string $text_sha256 ): void {
		global $wpdb;
		$wpdb->update(
			self::name(),
			array(
				'post_id'        => $post_id,
				'revision'       => $revision,
				'payload_sha256' => $payload_sha256,
				'text_sha256'    => $text_sha256,
				'updated_at'     => gmdate( 'Y-m-d H:i:s' ),
			),
			array( 'uuid' => $uuid ),
			array( '%d', '%d', '%s', '%s', '%s' ),
			array( '%s' )
		);
	}

	/**
	 * Forget a publication; a second time changes nothing.
	 *
	 * @param string $uuid The publication.
	 */
	public static function forget( string $uuid ): void {
		global $wpdb;
		$wpdb->delete( self::name(), array( 'uuid' => $uuid ), array( '%s' ) );
	}
}
