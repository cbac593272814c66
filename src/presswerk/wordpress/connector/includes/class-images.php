<?php
/**
 * Images in the media library, each kept once under its content's hash.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Stores and finds them.
 */
final class Images {

	private const HASH      = '_presswerk_sha256';
	private const MAX_BYTES = 20 * 1024 * 1024;
	private const TYPES     = array(
		'image/avif' => 'avif',
		'image/gif'  => 'gif',
		'image/jpeg' => 'jpg',
		'image/png'  => 'png',
		'image/webp' => 'webp',
	);

	/**
	 * Keep an image, if the site has not got it.
	 *
	 * @param string $sha256   Its hash, lower-case hex.
	 * @param string $bytes    The content.
	 * @param string $filename As sent.
	 * @param string $alt      Alternative text.
	 * @return array<string,mixed> The attachment as an answer.
	 * @throws Problem It is refused.
	 */
	public static function keep( string $sha256, string $bytes, string $filename, string $alt ): array {
		if ( strlen( $bytes ) > self::MAX_BYTES ) {
			throw new Problem( 'media_too_large', 'Send an image of at most ' . size_format( self::MAX_BYTES ) . '.', 413 );
		}
		if ( hash( 'sha256', $bytes ) !== $sha256 ) {
			throw new Problem( 'hash_mismatch', 'The body is not the content the address names; send it again.', 400 );
		}
		$type = (string) ( new \finfo( FILEINFO_MIME_TYPE ) )->buffer( $bytes );
		if ( ! isset( self::TYPES[ $type ] ) ) {
			throw new Problem( 'media_type', "The content is $type; send one of: " . implode( ', ', array_keys( self::TYPES ) ) . '.', 415 );
		}
		self::require_bounded( $bytes );
		$name = self::file_name( $filename, $type );
		return Lock::hold(
			'media:' . $sha256,
			static function () use ( $sha256, $bytes, $type, $name, $alt ): array {
				$known = self::find( $sha256 );
				if ( self::is_whole( $known ) ) {
					return self::describe( $known, $sha256, false );
				}
				return self::describe( self::store( $known, $sha256, $bytes, $type, $name, sanitize_text_field( $alt ) ), $sha256, true );
			}
		);
	}

	/**
	 * An image the site has already, as an answer; null for one that it has not, or not whole.
	 *
	 * @param string $sha256 Its hash, lower-case hex.
	 * @return array<string,mixed>|null
	 */
	public static function known( string $sha256 ): ?array {
		$id = self::find( $sha256 );
		return self::is_whole( $id ) ? self::describe( $id, $sha256, false ) : null;
	}

	/**
	 * Refuse an image whose header declares more than this site's memory carries, before anything decodes it.
	 *
	 * @param string $bytes The content.
	 * @throws Problem It is refused.
	 */
	private static function require_bounded( string $bytes ): void {
		$size = getimagesizefromstring( $bytes );
		if ( false === $size || $size[0] < 1 || $size[1] < 1 ) {
			throw new Problem( 'media_type', 'The image is damaged or not complete; save it anew.', 415 );
		}
		if ( ! Image_Memory::carries( $size ) ) {
			throw new Problem( 'media_too_many_pixels', "The image has {$size[0]} x {$size[1]} pixels; send one of at most " . Image_Memory::megapixels() . ' megapixels.', 413 );
		}
	}

	/**
	 * Whether an image came through here.
	 *
	 * @param int $attachment_id The attachment.
	 */
	public static function is_delivered( int $attachment_id ): bool {
		return '' !== (string) get_post_meta( $attachment_id, self::HASH, true );
	}

	/**
	 * The attachment of a content's hash, 0 for none.
	 *
	 * @param string $sha256 Lower-case hex.
	 */
	private static function find( string $sha256 ): int {
		global $wpdb;
		return (int) $wpdb->get_var( $wpdb->prepare( "SELECT ID FROM {$wpdb->posts} WHERE post_name = %s AND post_type = 'attachment' AND post_status <> 'trash' ORDER BY ID LIMIT 1", self::slug( $sha256 ) ) );
	}

	/**
	 * The slug of an image. It is written by the very INSERT that makes the attachment, so that one whose maker was killed
	 * right after is found again; and it is indexed.
	 *
	 * @param string $sha256 Lower-case hex.
	 */
	private static function slug( string $sha256 ): string {
		return 'presswerk-' . $sha256;
	}

	/**
	 * Whether an attachment has its file and all that is written after it.
	 *
	 * @param int $attachment_id The attachment; 0 for none.
	 */
	private static function is_whole( int $attachment_id ): bool {
		if ( 0 === $attachment_id || ! is_array( wp_get_attachment_metadata( $attachment_id, true ) ) ) {
			return false;
		}
		// An attachment of this slug that somebody made by hand is not this image; one that was edited on the site still is.
		$file = get_attached_file( $attachment_id );
		return self::is_delivered( $attachment_id ) && is_string( $file ) && is_file( $file );
	}

	/**
	 * Store an image, or mend the attachment of one that was not stored whole.
	 *
	 * @param int    $known  The attachment; 0 to make it.
	 * @param string $sha256 Its hash.
	 * @param string $bytes  The content.
	 * @param string $type   MIME type.
	 * @param string $name   File name.
	 * @param string $alt    Alternative text.
	 * @return int The attachment.
	 * @throws Problem It cannot be written.
	 */
	private static function store( int $known, string $sha256, string $bytes, string $type, string $name, string $alt ): int {
		require_once ABSPATH . 'wp-admin/includes/image.php';
		// Two processes that make a month's directory at once: core fails one of them, so it is made under a lock.
		$place = Lock::hold( 'uploads:directory', static fn (): array => wp_upload_dir( null, true, true ) );
		if ( ! empty( $place['error'] ) ) {
			throw new Problem( 'uploads', 'The site cannot store files: ' . $place['error'], 500 );
		}
		// Named by content: a repeat after a killed process writes the same file again, and no two images meet.
		$file = $place['path'] . '/' . pathinfo( $name, PATHINFO_FILENAME ) . '-' . substr( $sha256, 0, 12 ) . '.' . self::TYPES[ $type ];
		$part = $file . '.' . getmypid() . '.part';
		if ( strlen( $bytes ) !== file_put_contents( $part, $bytes ) || ! rename( $part, $file ) ) {
			// What is left of it would fill the disk further.
			@unlink( $part ); // phpcs:ignore
			throw new Problem( 'uploads', 'The site cannot store files: is its disk full?', 500 );
		}
		chmod( $file, 0644 );
		$id = wp_insert_attachment(
			wp_slash(
				array(
					'ID'             => $known,
					'post_title'     => pathinfo( $name, PATHINFO_FILENAME ),
					'post_mime_type' => $type,
					'post_status'    => 'inherit',
					'post_name'      => self::slug( $sha256 ),
					'meta_input'     => array(
						self::HASH                 => $sha256,
						'_wp_attachment_image_alt' => $alt,
						Image_Sizes::DUE           => '0',
					),
				)
			),
			$file,
			0,
			true
		);
		if ( is_wp_error( $id ) ) {
			throw new Problem( 'uploads', 'The site cannot store files: ' . $id->get_error_message(), 500 );
		}
		$size = getimagesize( $file );
		// Width and height only; smaller sizes are made when nobody waits.
		Image_Sizes::expect();
		wp_update_attachment_metadata(
			$id,
			array(
				'width'    => false === $size ? 0 : $size[0],
				'height'   => false === $size ? 0 : $size[1],
				'file'     => _wp_relative_upload_path( $file ),
				'filesize' => strlen( $bytes ),
				'sizes'    => array(),
			)
		);
		return $id;
	}

	/**
	 * The attachment as an answer.
	 *
	 * @param int    $id      The attachment.
	 * @param string $sha256  Its content's hash.
	 * @param bool   $created Whether this request made it.
	 * @return array<string,mixed>
	 */
	private static function describe( int $id, string $sha256, bool $created ): array {
		$meta = wp_get_attachment_metadata( $id );
		return array(
			'attachment_id' => $id,
			'sha256'        => $sha256,
			'url'           => (string) wp_get_attachment_url( $id ),
			'width'         => empty( $meta['width'] ) ? null : (int) $meta['width'],
			'height'        => empty( $meta['height'] ) ? null : (int) $meta['height'],
			'mime_type'     => (string) get_post_mime_type( $id ),
			'created'       => $created,
		);
	}

	/**
	 * A file name that is safe and fits the type.
	 *
	 * @param string $wanted As sent.
	 * @param string $type   MIME type.
	 */
	private static function file_name( string $wanted, string $type ): string {
		$stem = substr( sanitize_title( pathinfo( $wanted, PATHINFO_FILENAME ) ), 0, 80 );
		return ( '' === $stem ? 'image' : $stem ) . '.' . self::TYPES[ $type ];
	}
}
