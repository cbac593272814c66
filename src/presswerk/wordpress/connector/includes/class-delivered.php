<?php
/**
 * What was delivered of each field, and what somebody made of it since.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Each field of a post as it was stored right after the delivery that last wrote it. So what WordPress does to a text when
 * it saves it is nobody's change.
 */
final class Delivered {

	private const EXCERPTS = 20;

	/**
	 * Constructor.
	 *
	 * @param array<string,mixed> $fields  Title, excerpt, slug, status, date, author, tags and categories by id, featured image; null
	 *                                     where it is not known.
	 * @param array<string,mixed> $sent    What the hub sent of them, to tell whether it sends something else now.
	 * @param string|null         $content The text.
	 */
	private function __construct( public array $fields, public array $sent, public ?string $content ) {}

	/**
	 * A post as it is, taken for delivered.
	 *
	 * @param \WP_Post $post The post.
	 */
	public static function of_post( \WP_Post $post ): self {
		return new self( self::read( $post ), array(), $post->post_content );
	}

	/**
	 * What was delivered last.
	 *
	 * @param object   $row  The publication's row.
	 * @param \WP_Post $post Its post.
	 */
	public static function last( object $row, \WP_Post $post ): self {
		if ( null !== $row->delivered ) {
			return new self( $row->delivered['fields'], $row->delivered['sent'], Publication_Table::content( $row->uuid ) );
		}
		// Delivered before the connector kept it: a hash tells whether title, text and excerpt are untouched, if one is kept.
		$known = self::of_post( $post );
		if ( '' !== $row->text_sha256 && Posts::text_sha256( $post ) !== $row->text_sha256 ) {
			$known->fields['title']   = null;
			$known->fields['excerpt'] = null;
			$known->content           = null;
		}
		if ( in_array( $post->post_status, array( 'draft', 'pending', 'private' ), true ) ) {
			// A delivery makes no other status than draft and publish.
			$known->fields['status'] = $row->was_public ? 'publish' : 'draft';
		}
		if ( $row->was_public ) {
			$known->fields['slug'] = $post->post_name;
		}
		// Nobody knows whose terms these are, so nobody's are taken away.
		$known->fields['tags'] = null;
		if ( array_keys( $known->fields['categories'] ) !== array( (int) get_option( 'default_category' ) ) ) {
			$known->fields['categories'] = null;
		}
		if ( ! Images::is_delivered( $known->fields['featured_image'] ) ) {
			$known->fields['featured_image'] = 0;
		}
		return $known;
	}

	/**
	 * A post's fields as they are stored.
	 *
	 * @param \WP_Post $post The post.
	 * @return array<string,mixed>
	 */
	public static function read( \WP_Post $post ): array {
		return array(
			'title'          => $post->post_title,
			'excerpt'        => $post->post_excerpt,
			'slug'           => $post->post_name,
			'status'         => $post->post_status,
			'date'           => $post->post_date_gmt,
			'author'         => (int) $post->post_author,
			'tags'           => Terms::of_post( $post->ID, 'post_tag' ),
			'categories'     => Terms::of_post( $post->ID, 'category' ),
			'featured_image' => (int) get_post_thumbnail_id( $post ),
		);
	}

	/**
	 * Which fields are not as delivered, each as it was and is, as a person reads it.
	 *
	 * @param \WP_Post            $post    The post.
	 * @param array<string,mixed> $changes Who changed what.
	 * @return array<string,array<string,mixed>> By field.
	 */
	public function differences( \WP_Post $post, array $changes ): array {
		$now   = self::read( $post );
		$found = array();
		foreach ( array( 'title', 'excerpt' ) as $field ) {
			if ( null !== $this->fields[ $field ] && Block_Reading::plain( $this->fields[ $field ] ) !== Block_Reading::plain( $now[ $field ] ) ) {
				$found[ $field ] = array( Block_Reading::plain( $this->fields[ $field ] ), Block_Reading::plain( $now[ $field ] ) );
			}
		}
		if ( null === $this->content ) {
			// Title, text or excerpt: more is not known.
			$found['text'] = array( null, null );
		} elseif ( ! Block_Reading::same( $this->content, $post->post_content ) ) {
			$found['text'] = self::excerpts( $this->content, $post->post_content );
		}
		if ( $this->slug_changed( $now['slug'] ) ) {
			$found['slug'] = array( $this->fields['slug'], $now['slug'] );
		}
		if ( $this->status_changed( $now ) ) {
			$found['status'] = array( $this->fields['status'], $now['status'] );
		}
		foreach ( array( 'tags', 'categories' ) as $field ) {
			if ( null === $this->fields[ $field ] ) {
				continue;
			}
			if ( array() !== $this->terms_added( $field, $now[ $field ] ) || array() !== $this->terms_removed( $field, $now[ $field ] ) ) {
				$found[ $field ] = array( self::names( $this->fields[ $field ] ), self::names( $now[ $field ] ) );
			}
		}
		if ( $this->fields['featured_image'] !== $now['featured_image'] ) {
			$found['featured_image'] = array( self::image( $this->fields['featured_image'] ), self::image( $now['featured_image'] ) );
		}
		if ( $this->fields['author'] !== $now['author'] ) {
			$found['author'] = array( self::person( $this->fields['author'] ), self::person( $now['author'] ) );
		}
		foreach ( $found as $field => list( $delivered, $site ) ) {
			$found[ $field ] = array(
				'field'     => $field,
				'delivered' => $delivered,
				'site'      => $site,
			) + Changes::who( $changes, $field, $post );
		}
		return $found;
	}

	/**
	 * Terms somebody added on the site.
	 *
	 * @param string            $field `tags` or `categories`.
	 * @param array<int,string> $now   The post's terms.
	 * @return array<int,string>
	 */
	public function terms_added( string $field, array $now ): array {
		return array_diff_key( $now, $this->fields[ $field ] ?? array() );
	}

	/**
	 * Delivered terms somebody took away on the site.
	 *
	 * @param string            $field `tags` or `categories`.
	 * @param array<int,string> $now   The post's terms.
	 * @return array<int,string>
	 */
	public function terms_removed( string $field, array $now ): array {
		return array_diff_key( $this->fields[ $field ] ?? array(), $now );
	}

	/**
	 * Whether somebody changed the slug. WordPress makes one where none was delivered, and puts a number behind one that is
	 * taken: that is nobody's change.
	 *
	 * @param string $now The post's slug.
	 */
	private function slug_changed( string $now ): bool {
		$delivered = $this->fields['slug'];
		return '' !== $delivered && $now !== $delivered && ! preg_match( '/^' . preg_quote( $delivered, '/' ) . '-\d+$/D', $now );
	}

	/**
	 * Whether somebody changed the status, or the time a post is scheduled for.
	 *
	 * @param array<string,mixed> $now The post's fields.
	 */
	private function status_changed( array $now ): bool {
		if ( 'future' === $this->fields['status'] && $now['date'] === $this->fields['date'] ) {
			// Its time may have come.
			return ! in_array( $now['status'], array( 'future', 'publish' ), true );
		}
		return $now['status'] !== $this->fields['status'] || ( 'future' === $now['status'] && $now['date'] !== $this->fields['date'] );
	}

	/**
	 * The changed paragraphs of a text, in excerpts.
	 *
	 * @param string $delivered Block markup.
	 * @param string $site      Block markup.
	 * @return array{array<?string>,array<?string>} As many as delivered and as on the site; null where there is none.
	 */
	private static function excerpts( string $delivered, string $site ): array {
		$was   = Block_Reading::blocks( $delivered );
		$is    = Block_Reading::blocks( $site );
		$pairs = array_slice( Merge::pairs( Block_Reading::keys( $was ), Block_Reading::keys( $is ) ), 0, self::EXCERPTS );
		$read  = static fn ( array $blocks, ?int $place ): ?string => null === $place ? null : Block_Reading::excerpt( $blocks[ $place ] );
		return array(
			array_map( static fn ( array $pair ): ?string => $read( $was, $pair[0] ), $pairs ),
			array_map( static fn ( array $pair ): ?string => $read( $is, $pair[1] ), $pairs ),
		);
	}

	/**
	 * Names of terms as a person reads them.
	 *
	 * @param array<int,string> $terms By id.
	 * @return array<string>
	 */
	private static function names( array $terms ): array {
		return array_map( array( Block_Reading::class, 'plain' ), array_values( $terms ) );
	}

	/**
	 * An image's address, null for none.
	 *
	 * @param int $attachment_id The image.
	 */
	private static function image( int $attachment_id ): ?string {
		$url = 0 === $attachment_id ? false : wp_get_attachment_url( $attachment_id );
		return false === $url ? null : $url;
	}

	/**
	 * A person's name.
	 *
	 * @param int $user_id The user.
	 */
	private static function person( int $user_id ): ?string {
		$user = get_userdata( $user_id );
		return false === $user ? null : People::name( $user );
	}
}
