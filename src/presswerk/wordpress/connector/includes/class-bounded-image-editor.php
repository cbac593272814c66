<?php
/**
 * WordPress's own image editor, which refuses what this site's memory does not carry and takes one image at a time.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Loaded once WordPress has loaded the editor it extends.
 */
final class Bounded_Image_Editor extends \WP_Image_Editor_GD {

	/**
	 * Whose turn it is among the processes that share this memory.
	 *
	 * @var resource|false|null
	 */
	private static $turn = null;

	/** Editors of this request that hold an image. */
	private static int $open = 0;

	/** Whether this one does. */
	private bool $holds = false;

	/**
	 * Decode the file, unless its header declares too much. Without an editor core makes no sizes, and shows the image as
	 * it was uploaded.
	 *
	 * @return true|\WP_Error
	 */
	public function load() {
		if ( ! $this->image && is_string( $this->file ) && is_file( $this->file ) && ! Image_Memory::carries( wp_getimagesize( $this->file ) ) ) {
			/* translators: %s: A number of megapixels. */
			$told = __( 'The image is too large for this site, which takes %s megapixels. Make it smaller and upload it again.', 'presswerk-connector' );
			return new \WP_Error( 'image_too_large', sprintf( $told, Image_Memory::megapixels() ), $this->file );
		}
		if ( ! $this->image && ! $this->holds ) {
			$this->holds = true;
			if ( 1 === ++self::$open ) {
				self::$turn = fopen( get_temp_dir() . 'presswerk-image-' . md5( WP_CONTENT_DIR ), 'c' ); // phpcs:ignore WordPress.WP.AlternativeFunctions
				if ( false !== self::$turn ) {
					flock( self::$turn, LOCK_EX );
				}
			}
		}
		return parent::load();
	}

	/**
	 * Let the image go, and the next one have its turn.
	 */
	public function __destruct() {
		$this->image = null;
		if ( $this->holds && 0 === --self::$open && is_resource( self::$turn ) ) {
			fclose( self::$turn ); // phpcs:ignore WordPress.WP.AlternativeFunctions
		}
	}
}
