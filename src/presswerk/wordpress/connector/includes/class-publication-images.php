<?php
/**
 * Images that come with a publication, and where they stand in its text.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * The caller does not know yet which attachments its images become: its text has a number and an address of its own for
 * each, which are replaced here.
 */
final class Publication_Images {

	private const MOST = 40;

	/**
	 * What a request says of its images, each checked.
	 *
	 * @param mixed $images The field.
	 * @return array<array{sha256:string,filename:string,alt:string,id:string,address:string}>
	 * @throws Problem It is wrong.
	 */
	public static function checked( mixed $images ): array {
		if ( null === $images ) {
			return array();
		}
		if ( ! is_array( $images ) || ! array_is_list( $images ) || count( $images ) > self::MOST ) {
			throw Problem::field( 'images', 'Send a list of at most ' . self::MOST . ' images.' );
		}
		$checked = array();
		foreach ( $images as $number => $image ) {
			$one = array();
			foreach ( array(
				'sha256'   => '/^[0-9a-f]{64}$/D',
				'filename' => '/^[^\0]{0,200}$/Dsu',
				'alt'      => '/^[^\0]{0,5000}$/Dsu',
				'id'       => '/^[1-9][0-9]{11,18}$/D',
				'address'  => '#^https://[a-z0-9.-]+\.invalid/[A-Za-z0-9]+$#D',
			) as $name => $pattern ) {
				$one[ $name ] = is_array( $image ) ? $image[ $name ] ?? null : null;
				if ( ! is_string( $one[ $name ] ) || 1 !== preg_match( $pattern, $one[ $name ] ) ) {
					throw Problem::field( "images[$number].$name", "Send a text that matches $pattern." );
				}
			}
			$checked[] = $one;
		}
		return $checked;
	}

	/**
	 * Bring a request's images to the media library, and put them where they stand in it.
	 *
	 * @param array<string,mixed>               $wanted A checked request.
	 * @param array<string,array<string,mixed>> $files  What came with it, as PHP keeps it.
	 * @return array{0:array<string,mixed>,1:array<array<string,mixed>>} The request with its images, and these.
	 * @throws Problem One of them is refused, or is neither here nor came along.
	 */
	public static function place( array $wanted, array $files ): array {
		$images = $wanted['images'] ?? array();
		if ( array() !== $images && ! current_user_can( 'upload_files' ) ) {
			throw new Problem( 'rest_forbidden', 'This user may not upload images.', 403 );
		}
		$placed  = array_map( static fn ( array $image ): array => self::place_one( $image, $files[ 'image-' . $image['sha256'] ] ?? null ), $images );
		$replace = array();
		foreach ( $images as $number => $image ) {
			$replace[ $image['id'] ]      = (string) $placed[ $number ]['attachment_id'];
			$replace[ $image['address'] ] = htmlspecialchars( $placed[ $number ]['url'], ENT_COMPAT, 'UTF-8' );
		}
		$wanted['content'] = strtr( $wanted['content'], $replace );
		if ( isset( $wanted['featured_image'] ) ) {
			$wanted['featured_media'] = (int) array_column( $placed, 'attachment_id', 'sha256' )[ $wanted['featured_image'] ];
		}
		return array( $wanted, $placed );
	}

	/**
	 * Bring one image to the media library.
	 *
	 * @param array<string,string>     $image What the request says of it.
	 * @param array<string,mixed>|null $file  The file that came along; null for none.
	 * @return array<string,mixed> The attachment as an answer.
	 * @throws Problem It is refused, or is neither here nor came along.
	 */
	private static function place_one( array $image, ?array $file ): array {
		if ( null === $file ) {
			return Images::known( $image['sha256'] ) ?? throw new Problem( 'image_missing', 'This site does not hold the image ' . $image['sha256'] . '; send it along.', 409, array( 'image' => $image['sha256'] ) );
		}
		if ( UPLOAD_ERR_OK !== $file['error'] ) {
			throw new Problem( 'uploads', 'An image did not arrive whole (PHP says ' . (int) $file['error'] . '); send it again.', 503 );
		}
		try {
			return Images::keep( $image['sha256'], (string) file_get_contents( $file['tmp_name'] ), $image['filename'], $image['alt'] );
		} catch ( Problem $problem ) {
			// Which one, so that the caller can leave it out; nothing of the publication is written yet.
			throw $problem->status < 500 ? new Problem( $problem->slug, $problem->getMessage(), $problem->status, array( 'image' => $image['sha256'] ) + $problem->data ) : $problem;
		}
	}
}
