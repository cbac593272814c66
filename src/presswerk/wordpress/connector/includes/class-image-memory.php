<?php
/**
 * How large an image this site's memory carries.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * PHP's GD takes up to 14 bytes a pixel outside of memory_limit, so an image that is too large ends the process, and with
 * it everybody's requests. Whatever decodes one asks here first.
 */
final class Image_Memory {

	/** Where the platform says nothing of it. */
	private const MAX_PIXELS = 50000000;

	/**
	 * Have every image editor of WordPress ask: sizes, crops, turns and edits all go through one.
	 */
	public static function hook(): void {
		add_filter( 'wp_image_editors', array( self::class, 'bound' ), PHP_INT_MAX );
		// To write an AVIF of 2560 x 2560 takes 190 MiB, however small the original is; the original itself stays one.
		add_filter( 'image_editor_output_format', static fn ( array $formats ): array => array( 'image/avif' => 'image/webp' ) + $formats );
	}

	/**
	 * The only editor there is: GD, and it opens nothing that is too large.
	 *
	 * @return array<int,string>
	 */
	public static function bound(): array {
		require_once __DIR__ . '/class-bounded-image-editor.php';
		return array( Bounded_Image_Editor::class );
	}

	/**
	 * How many pixels an image may have.
	 */
	public static function most(): int {
		/**
		 * Filters how many pixels an image may have.
		 *
		 * @param int $most Pixels.
		 */
		return (int) apply_filters( 'presswerk_max_image_pixels', defined( 'PRESSWERK_MAX_IMAGE_PIXELS' ) ? (int) PRESSWERK_MAX_IMAGE_PIXELS : self::MAX_PIXELS );
	}

	/**
	 * Whether an image may be decoded.
	 *
	 * @param array{0:int,1:int}|false $size What its header declares; false for one that declares nothing.
	 */
	public static function carries( array|false $size ): bool {
		return false !== $size && $size[0] * $size[1] <= self::most();
	}

	/**
	 * The bound as people read it.
	 */
	public static function megapixels(): string {
		return (string) round( self::most() / 1000000, 1 );
	}
}
