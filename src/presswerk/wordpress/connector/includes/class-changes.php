<?php
/**
 * Who changed what on the site, and when.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Notes each change of a delivered post that is not a delivery. WordPress itself remembers the writer of title, text and
 * excerpt alone, in its revisions.
 */
final class Changes {

	/**
	 * What WordPress's columns are called here.
	 */
	private const COLUMNS = array(
		'post_title'   => 'title',
		'post_content' => 'text',
		'post_excerpt' => 'excerpt',
		'post_name'    => 'slug',
		'post_author'  => 'author',
	);

	private const TAXONOMIES = array(
		'post_tag' => 'tags',
		'category' => 'categories',
	);

	private const PUBLIC_STATUSES = array( 'publish', 'future', 'private' );

	/**
	 * Whether the change at work is a delivery.
	 *
	 * @var bool
	 */
	private static bool $delivering = false;

	/**
	 * Watch.
	 */
	public static function hook(): void {
		add_action( 'post_updated', array( self::class, 'post_updated' ), 10, 3 );
		add_action( 'transition_post_status', array( self::class, 'status_changed' ), 10, 3 );
		add_action( 'added_term_relationship', static fn ( int $post_id, int $term, string $taxonomy ) => self::terms_changed( $post_id, $taxonomy ), 10, 3 );
		add_action( 'deleted_term_relationships', static fn ( int $post_id, array $terms, string $taxonomy ) => self::terms_changed( $post_id, $taxonomy ), 10, 3 );
		foreach ( array( 'added', 'updated', 'deleted' ) as $what ) {
			add_action( "{$what}_post_meta", array( self::class, 'meta_changed' ), 10, 3 );
		}
		add_action( 'before_delete_post', static fn ( int $post_id ) => self::note( $post_id, array( 'gone' ) ) );
	}

	/**
	 * Run a delivery, which is nobody's change.
	 *
	 * @template T
	 * @param callable(): T $work The delivery.
	 * @return T
	 */
	public static function while_delivering( callable $work ): mixed {
		self::$delivering = true;
		try {
			return $work();
		} finally {
			self::$delivering = false;
		}
	}

	/**
	 * Whether a status is one in which readers get, got or will get the address of a post.
	 *
	 * @param string $status Of a post.
	 */
	public static function is_public( string $status ): bool {
		return in_array( $status, self::PUBLIC_STATUSES, true );
	}

	/**
	 * Who changed a field and when, as far as the site knows.
	 *
	 * @param array<string,array{by:?string,at:string}> $changes As noted.
	 * @param string                                    $field   Of the contract.
	 * @param \WP_Post                                  $post    The post.
	 * @return array{by:?string,at:?string}
	 */
	public static function who( array $changes, string $field, \WP_Post $post ): array {
		$noted = $changes[ $field ] ?? ( 'text' === $field ? $changes['title'] ?? $changes['excerpt'] ?? null : null );
		if ( null !== $noted ) {
			return $noted;
		}
		// Changed while the connector did not watch.
		$writer = null;
		foreach ( wp_get_post_revisions( $post, array( 'posts_per_page' => 1 ) ) as $revision ) {
			$writer = self::name( (int) $revision->post_author );
		}
		return array(
			'by' => $writer ?? self::name( (int) get_post_meta( $post->ID, '_edit_last', true ) ),
			// A draft that nobody has saved again has no such time in UTC.
			'at' => get_gmt_from_date( $post->post_modified, 'Y-m-d\TH:i:s\Z' ),
		);
	}

	/**
	 * Note which columns of a post changed.
	 *
	 * @param int      $post_id The post.
	 * @param \WP_Post $after   As it is.
	 * @param \WP_Post $before  As it was.
	 */
	public static function post_updated( int $post_id, \WP_Post $after, \WP_Post $before ): void {
		if ( 'trash' === $after->post_status || 'trash' === $before->post_status ) {
			// Trashing changes the slug, and is noted as a change of the status.
			return;
		}
		$changed = array();
		foreach ( self::COLUMNS as $column => $field ) {
			if ( (string) $after->$column !== (string) $before->$column ) {
				$changed[] = $field;
			}
		}
		if ( 'future' === $after->post_status && $after->post_date_gmt !== $before->post_date_gmt ) {
			$changed[] = 'status';
		}
		self::note( $post_id, $changed );
	}

	/**
	 * Note a change of the status, and that readers have the address.
	 *
	 * @param string   $status The new one.
	 * @param string   $before The old one.
	 * @param \WP_Post $post   The post.
	 */
	public static function status_changed( string $status, string $before, \WP_Post $post ): void {
		if ( $status === $before || 'post' !== $post->post_type ) {
			return;
		}
		if ( self::is_public( $status ) ) {
			Publication_Table::remember_public( $post->ID );
		}
		if ( 'future' !== $before || 'publish' !== $status || 0 !== get_current_user_id() ) {
			self::note( $post->ID, array( 'trash' === $status ? 'gone' : 'status' ) );
		}
	}

	/**
	 * Note a change of tags or categories.
	 *
	 * @param int    $post_id  The post.
	 * @param string $taxonomy Which.
	 */
	public static function terms_changed( int $post_id, string $taxonomy ): void {
		if ( isset( self::TAXONOMIES[ $taxonomy ] ) ) {
			self::note( $post_id, array( self::TAXONOMIES[ $taxonomy ] ) );
		}
	}

	/**
	 * Note a change of the featured image.
	 *
	 * @param int|array<int> $meta_id Which meta.
	 * @param int            $post_id The post.
	 * @param string         $key     Its key.
	 */
	public static function meta_changed( int|array $meta_id, int $post_id, string $key ): void {
		if ( '_thumbnail_id' === $key ) {
			self::note( $post_id, array( 'featured_image' ) );
		}
	}

	/**
	 * Note that the current user changed fields of a post.
	 *
	 * @param int           $post_id The post.
	 * @param array<string> $fields  Which.
	 */
	private static function note( int $post_id, array $fields ): void {
		$known = self::$delivering || array() === $fields ? null : Publication_Table::of_post( $post_id );
		if ( null === $known ) {
			return;
		}
		$now = array(
			'by' => self::name( get_current_user_id() ),
			'at' => gmdate( 'Y-m-d\TH:i:s\Z' ),
		);
		Publication_Table::note_changes( $known->uuid, array_fill_keys( $fields, $now ) + $known->changes );
	}

	/**
	 * A person's name as the site shows it; nobody's for the hub's own user.
	 *
	 * @param int $user_id The user; 0 for none.
	 */
	private static function name( int $user_id ): ?string {
		$user = 0 === $user_id || user_can( $user_id, Roles::DELIVER ) ? false : get_userdata( $user_id );
		return false === $user ? null : People::name( $user );
	}
}
