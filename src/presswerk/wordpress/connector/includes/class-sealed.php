<?php
/**
 * Values that this site gave away or left in its database, and that nobody else can make or change.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Authenticated encryption with a key that only the site's configuration has: neither a visitor nor the site's admin,
 * who can edit every option, can write such a value.
 */
final class Sealed {

	/**
	 * Seal a value.
	 *
	 * @param string              $purpose What it is for; it opens for nothing else.
	 * @param array<string,mixed> $value   JSON.
	 * @param int                 $seconds How long it is good.
	 * @return string Base64url.
	 */
	public static function seal( string $purpose, array $value, int $seconds ): string {
		$nonce = random_bytes( SODIUM_CRYPTO_SECRETBOX_NONCEBYTES );
		$text  = (string) wp_json_encode( array( time() + $seconds, $value ) );
		return self::base64url( $nonce . sodium_crypto_secretbox( $text, $nonce, self::key( $purpose ) ) );
	}

	/**
	 * Open a sealed value, null when it is none of this site's, for something else, or too old.
	 *
	 * @param string $purpose What it is for.
	 * @param mixed  $sealed  From anywhere.
	 * @return array<string,mixed>|null
	 */
	public static function open( string $purpose, mixed $sealed ): ?array {
		$bytes = is_string( $sealed ) ? (string) base64_decode( strtr( $sealed, '-_', '+/' ), true ) : '';
		if ( strlen( $bytes ) <= SODIUM_CRYPTO_SECRETBOX_NONCEBYTES + SODIUM_CRYPTO_SECRETBOX_MACBYTES ) {
			return null;
		}
		$nonce  = substr( $bytes, 0, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES );
		$text   = sodium_crypto_secretbox_open( substr( $bytes, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES ), $nonce, self::key( $purpose ) );
		$opened = false === $text ? null : json_decode( $text, true );
		return is_array( $opened ) && $opened[0] > time() ? $opened[1] : null;
	}

	/**
	 * A secret that belongs to a random id, so that the secret itself need not be kept anywhere.
	 *
	 * @param string $purpose What it is for.
	 * @param string $id      Random.
	 */
	public static function derive( string $purpose, string $id ): string {
		return self::base64url( hash_hmac( 'sha256', $id, self::key( $purpose ), true ) );
	}

	/**
	 * Base64url without padding.
	 *
	 * @param string $bytes Bytes.
	 */
	public static function base64url( string $bytes ): string {
		return rtrim( strtr( base64_encode( $bytes ), '+/', '-_' ), '=' );
	}

	/**
	 * The key for a purpose.
	 *
	 * @param string $purpose What it is for.
	 */
	private static function key( string $purpose ): string {
		return hash_hkdf( 'sha256', (string) PRESSWERK_OIDC_CLIENT_SECRET, 32, 'presswerk:' . $purpose );
	}
}
