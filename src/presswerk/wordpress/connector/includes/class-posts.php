<?php
/**
 * The post a publication becomes.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Makes, updates, finds and describes posts.
 */
final class Posts {

	public const SEO_TITLE       = '_presswerk_seo_title';
	public const SEO_DESCRIPTION = '_presswerk_seo_description';

	/**
	 * The GUID of a publication's post. It is written by the very INSERT that makes the post, so that a post whose maker
	 * was killed right after is found again.
	 *
	 * @param string $uuid The publication.
	 */
	public static function guid( string $uuid ): string {
		return 'urn:uuid:' . $uuid;
	}

	/**
	 * A publication's post that nobody recorded.
	 *
	 * @param string $uuid The publication.
	 */
	public static function find_unrecorded( string $uuid ): int {
		global $wpdb;
		return (int) $wpdb->get_var( $wpdb->prepare( "SELECT ID FROM {$wpdb->posts} WHERE guid = %s ORDER BY ID LIMIT 1", self::guid( $uuid ) ) );
	}

	/**
	 * Make or update the post.
	 *
	 * @param string                                                  $uuid     The publication.
	 * @param int                                                     $post_id  The post; 0 to make it.
	 * @param array<string,mixed>                                     $columns  What to write of it.
	 * @param array<string,array{ids:array<int>,names:array<string>}> $terms    Its terms by taxonomy.
	 * @param int|null                                                $featured The featured image, 0 for none; null leaves it.
	 * @param array<string,mixed>                                     $wanted   A checked request.
	 * @return int The post.
	 * @throws Problem WordPress refuses it.
	 */
	public static function save( string $uuid, int $post_id, array $columns, array $terms, ?int $featured, array $wanted ): int {
		$ids     = array_map(
			static fn ( string $taxonomy, array $set ): array => array_values( array_unique( array_merge( Terms::ids( $taxonomy, $set['names'] ), $set['ids'] ) ) ),
			array_keys( $terms ),
			$terms
		);
		$ids     = array_combine( array_keys( $terms ), $ids );
		$columns = $columns + self::date( $post_id, $columns['post_status'] ?? null ) + array(
			'tags_input' => $ids['post_tag'],
			'meta_input' => array(
				self::SEO_TITLE       => $wanted['seo']['title'],
				self::SEO_DESCRIPTION => $wanted['seo']['description'],
			),
		);
		if ( array() !== $ids['category'] ) {
			$columns['post_category'] = $ids['category'];
		}
		if ( 0 === $post_id ) {
			$columns['guid'] = self::guid( $uuid );
		} else {
			$columns['ID'] = $post_id;
		}
		$before = 0 === $post_id ? null : get_post( $post_id );
		$save   = static fn (): int|\WP_Error => 0 === $post_id ? wp_insert_post( wp_slash( $columns ), true, false ) : wp_update_post( wp_slash( $columns ), true, false );
		// Each term is counted once, after all of them are set.
		wp_defer_term_counting( true );
		try {
			$saved = Lock::hold( 'slug:' . $wanted['slug'], static fn (): int|\WP_Error => self::without_filters( $save ) );
		} finally {
			wp_defer_term_counting( false );
		}
		if ( is_wp_error( $saved ) ) {
			throw new Problem( 'not_saved', 'WordPress did not save the post: ' . $saved->get_error_message(), 500 );
		}
		if ( null !== $featured ) {
			self::feature( $saved, $featured );
		}
		self::tell_plugins( $saved, $before, $wanted );
		return $saved;
	}

	/**
	 * Tell plugins of a post that is whole, as the block editor's own route does.
	 *
	 * @param int                 $post_id The post.
	 * @param \WP_Post|null       $before  As it was; null for a new one.
	 * @param array<string,mixed> $wanted  A checked request.
	 */
	private static function tell_plugins( int $post_id, ?\WP_Post $before, array $wanted ): void {
		$request = new \WP_REST_Request( 'POST', '/wp/v2/posts' . ( null === $before ? '' : "/$post_id" ) );
		$request->set_body_params( array_intersect_key( $wanted, array_flip( array( 'title', 'content', 'excerpt', 'slug', 'status', 'featured_media' ) ) ) );
		/** This action is documented in wp-includes/rest-api/endpoints/class-wp-rest-posts-controller.php */
		do_action( 'rest_insert_post', get_post( $post_id ), $request, null === $before );
		/** This action is documented in wp-includes/rest-api/endpoints/class-wp-rest-posts-controller.php */
		do_action( 'rest_after_insert_post', get_post( $post_id ), $request, null === $before );
		wp_after_insert_post( $post_id, null !== $before, $before );
	}

	/**
	 * Plain text as WordPress keeps titles and excerpts, which it takes for HTML.
	 *
	 * @param string $text Plain text.
	 */
	public static function plain( string $text ): string {
		return htmlspecialchars( $text, ENT_NOQUOTES | ENT_SUBSTITUTE, 'UTF-8' );
	}

	/**
	 * The date columns to write.
	 *
	 * @param int         $post_id The post; 0 when it is not made yet.
	 * @param string|null $status  The status to write; null to leave it.
	 * @return array<string,mixed>
	 */
	private static function date( int $post_id, ?string $status ): array {
		if ( 'publish' !== $status || 0 === $post_id || 'future' !== get_post_status( $post_id ) ) {
			return array();
		}
		// With the date it was scheduled for, WordPress would schedule it again.
		$gmt = gmdate( 'Y-m-d H:i:s' );
		return array(
			'post_date_gmt' => $gmt,
			'post_date'     => get_date_from_gmt( $gmt ),
			'edit_date'     => true,
		);
	}

	/**
	 * Set the featured image; with none, take away the delivered one but not one somebody chose on the site.
	 *
	 * @param int $post_id       The post.
	 * @param int $attachment_id The image; 0 for none.
	 */
	private static function feature( int $post_id, int $attachment_id ): void {
		if ( 0 !== $attachment_id ) {
			set_post_thumbnail( $post_id, $attachment_id );
		} elseif ( Images::is_delivered( (int) get_post_thumbnail_id( $post_id ) ) ) {
			delete_post_thumbnail( $post_id );
		}
	}

	/**
	 * Hash of what a person may change in the editor, as it was recorded of a delivery before the fields themselves were.
	 *
	 * @param \WP_Post $post The post as stored.
	 */
	public static function text_sha256( \WP_Post $post ): string {
		return hash( 'sha256', (string) wp_json_encode( array( $post->post_title, $post->post_content, $post->post_excerpt ) ) );
	}

	/**
	 * Keep what somebody wrote on the site as a revision before it is replaced, also where the site keeps no others.
	 *
	 * @param int $post_id The post.
	 */
	public static function keep_as_revision( int $post_id ): void {
		$all = static fn (): int => -1;
		add_filter( 'wp_revisions_to_keep', $all, 1000 );
		try {
			wp_save_post_revision( $post_id );
		} finally {
			remove_filter( 'wp_revisions_to_keep', $all, 1000 );
		}
	}

	/**
	 * A post in the trash as it was before.
	 *
	 * @param \WP_Post $post A post in the trash.
	 */
	public static function before_trash( \WP_Post $post ): \WP_Post {
		$before              = clone $post;
		$status              = (string) get_post_meta( $post->ID, '_wp_trash_meta_status', true );
		$slug                = (string) get_post_meta( $post->ID, '_wp_desired_post_slug', true );
		$before->post_status = '' === $status ? 'draft' : $status;
		$before->post_name   = '' === $slug ? (string) preg_replace( '/__trashed(-\d+)?$/', '', $post->post_name ) : $slug;
		return $before;
	}

	/**
	 * Who has the post open in the editor, as WordPress's own lock says; a person who closes it is seen for some minutes more.
	 *
	 * @param int $post_id The post.
	 * @return array{name:string,at:string}|null
	 */
	public static function opened_by( int $post_id ): ?array {
		list( $seen, $user_id ) = array_map( 'intval', array_pad( explode( ':', (string) get_post_meta( $post_id, '_edit_lock', true ) ), 2, 0 ) );
		/** This filter is documented in wp-admin/includes/ajax-actions.php */
		$window = (int) apply_filters( 'wp_check_post_lock_window', 150 );
		$user   = $seen > time() - $window ? get_userdata( $user_id ) : false;
		return false === $user ? null : array(
			'name' => People::name( $user ),
			'at'   => gmdate( 'Y-m-d\TH:i:s\Z', $seen ),
		);
	}

	/**
	 * A stored post, straight from the database.
	 *
	 * @param int $post_id The post.
	 */
	public static function stored( int $post_id ): ?\WP_Post {
		clean_post_cache( $post_id );
		return get_post( $post_id );
	}

	/**
	 * The post as an answer.
	 *
	 * @param string   $uuid     The publication.
	 * @param int      $revision The revision it holds.
	 * @param \WP_Post $post     The post.
	 * @return array<string,mixed>
	 */
	public static function describe( string $uuid, int $revision, \WP_Post $post ): array {
		$author = get_userdata( (int) $post->post_author );
		return array(
			'uuid'           => $uuid,
			'post_id'        => $post->ID,
			'revision'       => $revision,
			'status'         => $post->post_status,
			'author'         => array(
				'id'    => (int) $post->post_author,
				'login' => false === $author ? '' : $author->user_login,
				'name'  => false === $author ? '' : People::name( $author ),
			),
			'content_sha256' => hash( 'sha256', $post->post_content ),
			'link'           => (string) get_permalink( $post ),
			'preview_link'   => add_query_arg( 'preview', 'true', home_url( '/?p=' . $post->ID ) ),
			'edit_link'      => admin_url( 'post.php?post=' . $post->ID . '&action=edit' ),
		);
	}

	/**
	 * Save what the hub sends as it is. The hub has sanitised it and only it holds the capability to deliver; WordPress's
	 * own filter for untrusted writers would take away what the block editor needs to recognise its blocks.
	 *
	 * @template T
	 * @param callable(): T $save Saves.
	 * @return T
	 */
	private static function without_filters( callable $save ): mixed {
		if ( ! current_user_can( Roles::DELIVER ) ) {
			return $save();
		}
		$filtered = false !== has_filter( 'content_save_pre', 'wp_filter_post_kses' );
		kses_remove_filters();
		try {
			return $save();
		} finally {
			if ( $filtered ) {
				kses_init_filters();
			}
		}
	}
}
