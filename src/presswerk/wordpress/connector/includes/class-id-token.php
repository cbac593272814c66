<?php
/**
 * Verification of ID tokens (OpenID Connect Core 1.0, section 3.1.3.7).
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * An ID token.
 */
final class Id_Token {

	private const LEEWAY_SECONDS = 60;

	/**
	 * Claims of a token that was made by the provider, for this site, for this sign-on, just now.
	 *
	 * @param string $token The compact JWT.
	 * @param string $nonce Sent with the authorization request.
	 * @return array<string,mixed>
	 * @throws Problem It is not.
	 */
	public static function verify( string $token, string $nonce ): array {
		$parts = explode( '.', $token );
		if ( 3 !== count( $parts ) ) {
			throw self::refused( __( 'it is not signed', 'presswerk-connector' ) );
		}
		$header = json_decode( self::decode( $parts[0] ), true );
		$claims = json_decode( self::decode( $parts[1] ), true );
		if ( ! is_array( $header ) || ! is_array( $claims ) ) {
			throw self::refused( __( 'it cannot be read', 'presswerk-connector' ) );
		}
		$algorithm = $header['alg'] ?? null;
		if ( ! in_array( $algorithm, array( 'RS256', 'PS256', 'ES256', 'EdDSA' ), true ) || isset( $header['crit'] ) ) {
			throw self::refused( __( 'its algorithm is not accepted', 'presswerk-connector' ) );
		}
		$key_id = is_string( $header['kid'] ?? null ) ? $header['kid'] : null;
		$signed = $parts[0] . '.' . $parts[1];
		$good   = false;
		foreach ( Provider::keys( $key_id ) as $key ) {
			$good = $good || self::signed_by( $key, $algorithm, $signed, self::decode( $parts[2] ) );
		}
		if ( ! $good ) {
			throw self::refused( __( "its signature is not the provider's", 'presswerk-connector' ) );
		}
		self::check( $claims, $nonce );
		return $claims;
	}

	/**
	 * Check the claims of a signed token.
	 *
	 * @param array<string,mixed> $claims Claims.
	 * @param string              $nonce  Expected.
	 * @throws Problem One is wrong.
	 */
	private static function check( array $claims, string $nonce ): void {
		$now      = time();
		$audience = (array) ( $claims['aud'] ?? array() );
		if ( ( $claims['iss'] ?? null ) !== Provider::issuer() ) {
			throw self::refused( __( 'another issuer made it', 'presswerk-connector' ) );
		}
		if ( ! in_array( Provider::client_id(), $audience, true ) ) {
			throw self::refused( __( 'it is for another site', 'presswerk-connector' ) );
		}
		// A token for several parties says which of them asked for it.
		$authorized = array_key_exists( 'azp', $claims ) || count( $audience ) > 1 ? ( $claims['azp'] ?? null ) : Provider::client_id();
		if ( Provider::client_id() !== $authorized ) {
			throw self::refused( __( 'it was given to another site', 'presswerk-connector' ) );
		}
		if ( ! is_numeric( $claims['exp'] ?? null ) || $now >= (int) $claims['exp'] + self::LEEWAY_SECONDS ) {
			throw self::refused( __( 'it has expired', 'presswerk-connector' ) );
		}
		foreach ( array( 'nbf', 'iat' ) as $name ) {
			if ( array_key_exists( $name, $claims ) && ( ! is_numeric( $claims[ $name ] ) || (int) $claims[ $name ] > $now + self::LEEWAY_SECONDS ) ) {
				throw self::refused( __( 'it is not valid yet', 'presswerk-connector' ) );
			}
		}
		if ( ! is_string( $claims['nonce'] ?? null ) || ! hash_equals( $nonce, $claims['nonce'] ) ) {
			throw self::refused( __( 'it belongs to another sign-on', 'presswerk-connector' ) );
		}
		if ( ! is_string( $claims['sub'] ?? null ) || '' === $claims['sub'] ) {
			throw self::refused( __( 'it names nobody', 'presswerk-connector' ) );
		}
	}

	/**
	 * Whether a key made a signature.
	 *
	 * @param array<string,mixed> $key       JWK.
	 * @param string              $algorithm RS256, PS256, ES256 or EdDSA.
	 * @param string              $signed    What was signed.
	 * @param string              $signature Raw.
	 */
	private static function signed_by( array $key, string $algorithm, string $signed, string $signature ): bool {
		return match ( $algorithm ) {
			'RS256' => self::openssl( self::rsa_pem( $key ), $signed, $signature ),
			'PS256' => self::ps256( self::rsa_pem( $key ), $signed, $signature ),
			'ES256' => self::es256( self::ec_pem( $key ), $signed, $signature ),
			'EdDSA' => self::eddsa( $key, $signed, $signature ),
		};
	}

	/**
	 * What OpenSSL verifies by itself: PKCS#1 v1.5 (RFC 7518, section 3.3), and ECDSA in DER.
	 *
	 * @param string|null $pem       The key; null for one of another kind.
	 * @param string      $signed    What was signed.
	 * @param string      $signature Raw.
	 */
	private static function openssl( ?string $pem, string $signed, string $signature ): bool {
		$public = null === $pem ? false : openssl_pkey_get_public( $pem );
		return false !== $public && 1 === openssl_verify( $signed, $signature, $public, OPENSSL_ALGO_SHA256 );
	}

	/**
	 * PSS with SHA-256 for all, and a salt of 32 bytes (RFC 7518, section 3.5). PHP before 8.5 cannot ask OpenSSL for it: so
	 * the key is applied to the signature, and what comes out is checked as RFC 8017, section 9.1.2, says.
	 *
	 * @param string|null $pem       The key; null for one of another kind.
	 * @param string      $signed    What was signed.
	 * @param string      $signature Raw.
	 */
	private static function ps256( ?string $pem, string $signed, string $signature ): bool {
		$public = null === $pem ? false : openssl_pkey_get_public( $pem );
		if ( false === $public ) {
			return false;
		}
		$modulus = ltrim( (string) openssl_pkey_get_details( $public )['rsa']['n'], "\x00" );
		$bytes   = strlen( $modulus );
		// What was encoded has one bit less than the modulus.
		$bits = 8 * $bytes - ( 8 - strlen( decbin( ord( $modulus[0] ) ) ) ) - 1;
		$size = intdiv( $bits + 7, 8 );
		if ( strlen( $signature ) !== $bytes || ! openssl_public_decrypt( $signature, $encoded, $public, OPENSSL_NO_PADDING ) ) {
			return false;
		}
		$zeros  = $bytes - $size;
		$masked = substr( $encoded, $zeros, $size - 33 );
		$hash   = substr( $encoded, -33, 32 );
		$unused = 0xFF >> ( 8 * $size - $bits );
		if ( '' !== ltrim( substr( $encoded, 0, $zeros ), "\x00" ) || "\xbc" !== $encoded[-1] || 0 !== ( ord( $masked[0] ) & ~$unused ) ) {
			return false;
		}
		$mask = '';
		for ( $block = 0; strlen( $mask ) < strlen( $masked ); $block++ ) {
			$mask .= hash( 'sha256', $hash . pack( 'N', $block ), true );
		}
		$data    = $masked ^ $mask;
		$data[0] = chr( ord( $data[0] ) & $unused );
		$salt    = substr( $data, -32 );
		$padding = str_repeat( "\x00", strlen( $data ) - 33 ) . "\x01";
		return hash_equals( $padding, substr( $data, 0, -32 ) )
			&& hash_equals( $hash, hash( 'sha256', str_repeat( "\x00", 8 ) . hash( 'sha256', $signed, true ) . $salt, true ) );
	}

	/**
	 * ECDSA on P-256 (RFC 7518, section 3.4).
	 *
	 * @param string|null $pem       The key; null for one of another kind.
	 * @param string      $signed    What was signed.
	 * @param string      $signature Raw.
	 */
	private static function es256( ?string $pem, string $signed, string $signature ): bool {
		if ( 64 !== strlen( $signature ) ) {
			return false;
		}
		return self::openssl( $pem, $signed, self::sequence( self::integer( substr( $signature, 0, 32 ) ) . self::integer( substr( $signature, 32 ) ) ) );
	}

	/**
	 * Ed25519 (RFC 8037); Ed448 is not known here.
	 *
	 * @param array<string,mixed> $key       JWK.
	 * @param string              $signed    What was signed.
	 * @param string              $signature Raw.
	 */
	private static function eddsa( array $key, string $signed, string $signature ): bool {
		$public = is_string( $key['x'] ?? null ) ? self::decode( $key['x'] ) : '';
		if ( 'OKP' !== ( $key['kty'] ?? '' ) || 'Ed25519' !== ( $key['crv'] ?? '' ) || SODIUM_CRYPTO_SIGN_PUBLICKEYBYTES !== strlen( $public ) ) {
			return false;
		}
		return SODIUM_CRYPTO_SIGN_BYTES === strlen( $signature ) && sodium_crypto_sign_verify_detached( $signature, $signed, $public );
	}

	/**
	 * An RSA key of at least 2048 bits as PEM (RFC 8017), null for another key.
	 *
	 * @param array<string,mixed> $key JWK.
	 */
	private static function rsa_pem( array $key ): ?string {
		$modulus = is_string( $key['n'] ?? null ) ? self::decode( $key['n'] ) : '';
		if ( 'RSA' !== ( $key['kty'] ?? '' ) || strlen( $modulus ) < 256 || ! is_string( $key['e'] ?? null ) ) {
			return null;
		}
		$rsa = self::sequence( self::integer( $modulus ) . self::integer( self::decode( $key['e'] ) ) );
		// Object identifier 1.2.840.113549.1.1.1 and NULL.
		return self::pem( hex2bin( '300d06092a864886f70d0101010500' ), $rsa );
	}

	/**
	 * A P-256 key as PEM (RFC 5480), null for another key.
	 *
	 * @param array<string,mixed> $key JWK.
	 */
	private static function ec_pem( array $key ): ?string {
		$x = is_string( $key['x'] ?? null ) ? self::decode( $key['x'] ) : '';
		$y = is_string( $key['y'] ?? null ) ? self::decode( $key['y'] ) : '';
		if ( 'EC' !== ( $key['kty'] ?? '' ) || 'P-256' !== ( $key['crv'] ?? '' ) || 32 !== strlen( $x ) || 32 !== strlen( $y ) ) {
			return null;
		}
		// Object identifiers 1.2.840.10045.2.1 and 1.2.840.10045.3.1.7; an uncompressed point.
		return self::pem( hex2bin( '301306072a8648ce3d020106082a8648ce3d030107' ), "\x04" . $x . $y );
	}

	/**
	 * A public key in PEM.
	 *
	 * @param string $algorithm DER.
	 * @param string $key       The key's bits.
	 */
	private static function pem( string $algorithm, string $key ): string {
		$bits = "\x03" . self::length( strlen( $key ) + 1 ) . "\x00" . $key;
		return "-----BEGIN PUBLIC KEY-----\n" . chunk_split( base64_encode( self::sequence( $algorithm . $bits ) ), 64, "\n" ) . '-----END PUBLIC KEY-----';
	}

	/**
	 * A DER sequence.
	 *
	 * @param string $content Its content.
	 */
	private static function sequence( string $content ): string {
		return "\x30" . self::length( strlen( $content ) ) . $content;
	}

	/**
	 * A DER integer, never negative.
	 *
	 * @param string $bytes Big-endian.
	 */
	private static function integer( string $bytes ): string {
		$bytes = ltrim( $bytes, "\x00" );
		if ( '' === $bytes || ord( $bytes[0] ) > 127 ) {
			$bytes = "\x00" . $bytes;
		}
		return "\x02" . self::length( strlen( $bytes ) ) . $bytes;
	}

	/**
	 * A DER length.
	 *
	 * @param int $length Bytes.
	 */
	private static function length( int $length ): string {
		if ( $length < 128 ) {
			return chr( $length );
		}
		$bytes = ltrim( pack( 'N', $length ), "\x00" );
		return chr( 128 + strlen( $bytes ) ) . $bytes;
	}

	/**
	 * Base64url.
	 *
	 * @param string $text Encoded.
	 */
	private static function decode( string $text ): string {
		return (string) base64_decode( strtr( $text, '-_', '+/' ), true );
	}

	/**
	 * What a person is told.
	 *
	 * @param string $why Why.
	 */
	public static function refused( string $why ): Problem {
		return new Problem( 'id_token', sprintf( /* translators: %s: a reason */ __( "The identity provider's answer was refused: %s.", 'presswerk-connector' ), $why ), 401 );
	}
}
