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

	public const SCHEMA = 3;

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
				was_public tinyint(1) unsigned NOT NULL DEFAULT 0,
				delivered longtext NULL,
				content longtext NULL,
				report longtext NULL,
				changes longtext NULL,
				pending longtext NULL,
				created_at datetime NOT NULL,
				updated_at datetime NOT NULL,
				PRIMARY KEY  (uuid),
				KEY post_id (post_id)
			) {$wpdb->get_charset_collate()};"
		);
		if ( (int) get_option( self::OPTION ) < 3 ) {
			// A post keeps the date it was published at when somebody takes it back.
			$wpdb->query(
				$wpdb->prepare(
					"UPDATE %i SET was_public = 1 WHERE post_id IN ( SELECT ID FROM {$wpdb->posts} WHERE post_status IN ('publish', 'future', 'private') OR post_date_gmt <> '0000-00-00 00:00:00' )",
					$table
				)
			);
		}
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
	 * A publication's row, without the text.
	 *
	 * @param string $uuid Its UUID.
	 * @return object{uuid:string,post_id:int,revision:int,payload_sha256:string,text_sha256:string,was_public:bool,delivered:?array<string,mixed>,report:?array<string,mixed>,changes:array<string,mixed>,pending:?array<string,mixed>}|null
	 */
	public static function find( string $uuid ): ?object {
		global $wpdb;
		$row = $wpdb->get_row( $wpdb->prepare( 'SELECT uuid, post_id, revision, payload_sha256, text_sha256, was_public, delivered, report, changes, pending FROM %i WHERE uuid = %s', self::name(), $uuid ) );
		if ( null === $row ) {
			return null;
		}
		$row->post_id    = (int) $row->post_id;
		$row->revision   = (int) $row->revision;
		$row->was_public = (bool) (int) $row->was_public;
		foreach ( array( 'delivered', 'report', 'pending' ) as $column ) {
			$row->$column = self::read( $row->$column );
		}
		$row->changes = self::read( $row->changes ) ?? array();
		return $row;
	}

	/**
	 * The text that was delivered, as it was stored; null where that is not known.
	 *
	 * @param string $uuid The publication.
	 */
	public static function content( string $uuid ): ?string {
		global $wpdb;
		return $wpdb->get_var( $wpdb->prepare( 'SELECT content FROM %i WHERE uuid = %s', self::name(), $uuid ) );
	}

	/**
	 * The publication a post is, and what was noted of it.
	 *
	 * @param int $post_id The post.
	 * @return object{uuid:string,changes:array<string,mixed>}|null
	 */
	public static function of_post( int $post_id ): ?object {
		global $wpdb;
		$row = $wpdb->get_row( $wpdb->prepare( 'SELECT uuid, changes FROM %i WHERE post_id = %d', self::name(), $post_id ) );
		if ( null !== $row ) {
			$row->changes = self::read( $row->changes ) ?? array();
		}
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
	 * Note that a delivery begins to write, and what.
	 *
	 * @param string              $uuid    The publication.
	 * @param array<string,mixed> $pending The plan, so that a repeat goes on with it if this process is killed.
	 */
	public static function begin( string $uuid, array $pending ): void {
		self::write( $uuid, array( 'pending' => self::written( $pending ) ) );
	}

	/**
	 * Record what was delivered.
	 *
	 * @param string              $uuid   The publication.
	 * @param array<string,mixed> $values Columns; arrays become JSON.
	 */
	public static function record( string $uuid, array $values ): void {
		foreach ( array( 'delivered', 'report', 'changes' ) as $column ) {
			$values[ $column ] = self::written( $values[ $column ] );
		}
		self::write(
			$uuid,
			$values + array(
				'text_sha256' => '',
				'pending'     => null,
				'updated_at'  => gmdate( 'Y-m-d H:i:s' ),
			)
		);
	}

	/**
	 * Note who changed what.
	 *
	 * @param string              $uuid    The publication.
	 * @param array<string,mixed> $changes By field.
	 */
	public static function note_changes( string $uuid, array $changes ): void {
		global $wpdb;
		// Not `write`: whoever saves a post on the site must not meet an error of ours.
		$wpdb->update( self::name(), array( 'changes' => self::written( $changes ) ), array( 'uuid' => $uuid ) );
	}

	/**
	 * Note that readers have or had a post's address.
	 *
	 * @param int $post_id The post.
	 */
	public static function remember_public( int $post_id ): void {
		global $wpdb;
		$wpdb->query( $wpdb->prepare( 'UPDATE %i SET was_public = 1 WHERE post_id = %d AND was_public = 0', self::name(), $post_id ) );
	}

	/**
	 * Let go of a post that is gone: the next delivery makes another. What is left of it in the trash is nobody's.
	 *
	 * @param string $uuid    The publication.
	 * @param int    $post_id The post.
	 */
	public static function detach( string $uuid, int $post_id ): void {
		global $wpdb;
		$wpdb->update( $wpdb->posts, array( 'guid' => Posts::guid( $uuid ) . ":gone:$post_id" ), array( 'ID' => $post_id ), array( '%s' ), array( '%d' ) );
		self::write(
			$uuid,
			array(
				'post_id'        => 0,
				'revision'       => 0,
				'payload_sha256' => '',
				'was_public'     => 0,
				'delivered'      => null,
				'content'        => null,
				'report'         => null,
				'changes'        => null,
				'pending'        => null,
			)
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

	/**
	 * Write columns of a row.
	 *
	 * @param string              $uuid   The publication.
	 * @param array<string,mixed> $values Columns.
	 * @throws Problem The database does not take it.
	 */
	private static function write( string $uuid, array $values ): void {
		global $wpdb;
		if ( false === $wpdb->update( self::name(), $values, array( 'uuid' => $uuid ) ) ) {
			// Nothing else keeps what was delivered: without it a repeat could not tell it from what somebody wrote.
			throw new Problem( 'not_saved', 'WordPress did not record the delivery: ' . $wpdb->last_error, 503 );
		}
	}

	/**
	 * JSON as stored.
	 *
	 * @param array<string,mixed>|null $value The value.
	 */
	private static function written( ?array $value ): ?string {
		return null === $value ? null : (string) wp_json_encode( $value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES );
	}

	/**
	 * Undo it.
	 *
	 * @param string|null $stored JSON.
	 * @return array<string,mixed>|null
	 */
	private static function read( ?string $stored ): ?array {
		$value = null === $stored ? null : json_decode( $stored, true );
		return is_array( $value ) ? $value : null;
	}
}
