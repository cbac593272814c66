<?php
/**
 * The identity provider: its addresses and its signing keys.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * OpenID Connect Discovery 1.0, cached.
 */
final class Provider {

	private const CACHE_SECONDS       = HOUR_IN_SECONDS;
	private const KEYS_AGAIN_SECONDS  = 10;
	private const TIMEOUT_SECONDS     = 10;

	private const EXCHANGE_REPEATS            = 3;
	private const EXCHANGE_AGAIN_MICROSECONDS = 1100000;

	/**
	 * Whether this site is told of a provider.
	 */
	public static function configured(): bool {
		foreach ( array( 'PRESSWERK_OIDC_ISSUER', 'PRESSWERK_OIDC_CLIENT_ID', 'PRESSWERK_OIDC_CLIENT_SECRET', 'PRESSWERK_TENANT' ) as $name ) {
			if ( ! defined( $name ) || '' === (string) constant( $name ) ) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Why people cannot sign in, null when they can or when nothing is configured.
	 */
	public static function problem(): ?string {
		if ( ! self::configured() ) {
			return null;
		}
		try {
			self::endpoint( 'authorization_endpoint' );
			return null;
		} catch ( Problem $problem ) {
			return $problem->getMessage();
		}
	}

	/**
	 * The issuer, to the letter.
	 */
	public static function issuer(): string {
		return (string) PRESSWERK_OIDC_ISSUER;
	}

	/**
	 * Where a person finds the provider.
	 */
	public static function address(): string {
		return Hardening::origin( self::issuer() ) . '/';
	}

	/**
	 * This site's client id.
	 */
	public static function client_id(): string {
		return (string) PRESSWERK_OIDC_CLIENT_ID;
	}

	/**
	 * An address the provider publishes.
	 *
	 * @param string $name Such as `token_endpoint`.
	 * @throws Problem The provider does not answer or has none.
	 */
	public static function endpoint( string $name ): string {
		$address = self::metadata()[ $name ] ?? null;
		if ( ! is_string( $address ) || '' === $address ) {
			throw self::unavailable( sprintf( /* translators: %s: a name in its document */ __( 'it publishes no %s', 'presswerk-connector' ), $name ) );
		}
		if ( ! Hardening::same_origin( $address, self::issuer() ) ) {
			throw self::unavailable( sprintf( /* translators: %s: a name in its document */ __( 'its %s is at another address than its own', 'presswerk-connector' ), $name ) );
		}
		return $address;
	}

	/**
	 * Keys that may have signed a token.
	 *
	 * @param string|null $key_id The key the token names.
	 * @return array<array<string,mixed>> JWKs.
	 * @throws Problem The provider does not answer.
	 */
	public static function keys( ?string $key_id ): array {
		$name  = 'presswerk_jwks_' . md5( self::issuer() );
		$known = self::kept( $name );
		$held  = null === $known ? array() : self::select( $known['keys'], $key_id );
		if ( array() === $held && ( null === $known || $known['fetched'] + self::KEYS_AGAIN_SECONDS <= time() ) ) {
			$document = self::fetch( self::endpoint( 'jwks_uri' ) );
			$keys     = is_array( $document['keys'] ?? null ) ? $document['keys'] : array();
			self::keep(
				$name,
				array(
					'keys'    => $keys,
					'fetched' => time(),
				)
			);
			$held = self::select( $keys, $key_id );
		}
		return $held;
	}

	/**
	 * Exchange a code for tokens.
	 *
	 * @param string $code         From the provider's redirect.
	 * @param string $verifier     PKCE.
	 * @param string $redirect_uri As in the authorization request.
	 * @return array<string,mixed>
	 * @throws Problem It is refused.
	 */
	public static function exchange( string $code, string $verifier, string $redirect_uri ): array {
		$request = array(
			'timeout'     => self::TIMEOUT_SECONDS,
			'redirection' => 0,
			'headers'     => array(
				'Accept'        => 'application/json',
				'Authorization' => 'Basic ' . base64_encode( rawurlencode( self::client_id() ) . ':' . rawurlencode( (string) PRESSWERK_OIDC_CLIENT_SECRET ) ),
			),
			'body'        => array(
				'grant_type'    => 'authorization_code',
				'code'          => $code,
				'redirect_uri'  => $redirect_uri,
				'code_verifier' => $verifier,
			),
		);
		$address = self::endpoint( 'token_endpoint' );
		$answer  = wp_remote_post( $address, $request );
		if ( self::failed( $answer ) ) {
			// Canaille makes one person's tokens of the same second equal, and then fails; others have bad moments too. One
			// repeat at a time, so that repeats do not meet in the same second again.
			$answer = Lock::hold( 'exchange:again', static fn () => self::exchange_again( $address, $request ) );
		}
		if ( ! is_wp_error( $answer ) && 'invalid_grant' === ( json_decode( wp_remote_retrieve_body( $answer ), true )['error'] ?? null ) ) {
			throw new Problem( 'refused', __( 'The identity provider no longer knows of this sign-in. Sign in again.', 'presswerk-connector' ), 403 );
		}
		return self::json( $answer, __( 'its token endpoint', 'presswerk-connector' ) );
	}

	/**
	 * Repeat an exchange that failed at the provider.
	 *
	 * @param string              $address The token endpoint.
	 * @param array<string,mixed> $request For WordPress's HTTP functions.
	 * @return array<string,mixed>|\WP_Error
	 */
	private static function exchange_again( string $address, array $request ): array|\WP_Error {
		for ( $left = self::EXCHANGE_REPEATS; $left > 0; $left-- ) {
			usleep( self::EXCHANGE_AGAIN_MICROSECONDS );
			$answer = wp_remote_post( $address, $request );
			if ( ! self::failed( $answer ) ) {
				break;
			}
		}
		return $answer;
	}

	/**
	 * Whether the provider had a bad moment.
	 *
	 * @param array<string,mixed>|\WP_Error $answer From WordPress's HTTP functions.
	 */
	private static function failed( array|\WP_Error $answer ): bool {
		return 500 <= (int) wp_remote_retrieve_response_code( $answer );
	}

	/**
	 * Whether groups are read from userinfo, as usual, and not from ID tokens (`identity.groups_from: token`).
	 */
	public static function says_groups_in_userinfo(): bool {
		return ! defined( 'PRESSWERK_OIDC_GROUPS_FROM' ) || 'token' !== PRESSWERK_OIDC_GROUPS_FROM;
	}

	/**
	 * What the provider says of the person an access token belongs to.
	 *
	 * @param string $access_token The token.
	 * @return array<string,mixed>|null Null when the token is good no more.
	 * @throws Problem The provider does not answer.
	 */
	public static function userinfo( string $access_token ): ?array {
		$answer = wp_remote_get(
			self::endpoint( 'userinfo_endpoint' ),
			array(
				'timeout'     => self::TIMEOUT_SECONDS,
				'redirection' => 0,
				'headers'     => array(
					'Accept'        => 'application/json',
					'Authorization' => 'Bearer ' . $access_token,
				),
			)
		);
		$refused = in_array( (int) wp_remote_retrieve_response_code( $answer ), array( 401, 403 ), true );
		return $refused ? null : self::json( $answer, __( 'its userinfo endpoint', 'presswerk-connector' ) );
	}

	/**
	 * The provider's document.
	 *
	 * @return array<string,mixed>
	 * @throws Problem It does not answer, or names another issuer.
	 */
	private static function metadata(): array {
		// One issuer may publish a document for each of its clients, with addresses that are this client's own.
		$given = defined( 'PRESSWERK_OIDC_DISCOVERY_URL' ) ? (string) PRESSWERK_OIDC_DISCOVERY_URL : '';
		$place = '' === $given ? rtrim( self::issuer(), '/' ) . '/.well-known/openid-configuration' : $given;
		$name  = 'presswerk_oidc_' . md5( self::issuer() . ' ' . $place );
		$known = self::kept( $name );
		if ( null !== $known ) {
			return $known;
		}
		$document = self::fetch( $place );
		if ( ( $document['issuer'] ?? null ) !== self::issuer() ) {
			throw self::unavailable( __( 'it calls itself by another name than PRESSWERK_OIDC_ISSUER', 'presswerk-connector' ) );
		}
		self::keep( $name, $document );
		return $document;
	}

	/**
	 * A document of the provider that this site fetched before. Whoever may edit options cannot make one: whom the site lets
	 * in hangs on it.
	 *
	 * @param string $name Which.
	 * @return array<string,mixed>|null
	 */
	private static function kept( string $name ): ?array {
		return Sealed::open( $name, get_transient( $name ) );
	}

	/**
	 * Keep a document of the provider.
	 *
	 * @param string              $name     Which.
	 * @param array<string,mixed> $document The document.
	 */
	private static function keep( string $name, array $document ): void {
		set_transient( $name, Sealed::seal( $name, $document, self::CACHE_SECONDS ), self::CACHE_SECONDS );
	}

	/**
	 * Keys by id, or all of them.
	 *
	 * @param array<mixed> $keys   JWKs.
	 * @param string|null  $key_id The key the token names.
	 * @return array<array<string,mixed>>
	 */
	private static function select( array $keys, ?string $key_id ): array {
		return array_values( array_filter( $keys, static fn ( mixed $key ): bool => is_array( $key ) && 'enc' !== ( $key['use'] ?? '' ) && ( null === $key_id || ( $key['kid'] ?? null ) === $key_id ) ) );
	}

	/**
	 * Fetch a JSON document.
	 *
	 * @param string $address Its address.
	 * @return array<string,mixed>
	 * @throws Problem It is not to be had.
	 */
	private static function fetch( string $address ): array {
		return self::json(
			wp_remote_get(
				$address,
				array(
					'timeout'     => self::TIMEOUT_SECONDS,
					'redirection' => 0,
					'headers'     => array( 'Accept' => 'application/json' ),
				)
			),
			$address
		);
	}

	/**
	 * The JSON object of an answer; what it says is never repeated, for it may hold tokens.
	 *
	 * @param array<string,mixed>|\WP_Error $answer From WordPress's HTTP functions.
	 * @param string                        $who    Who answered.
	 * @return array<string,mixed>
	 * @throws Problem It is no good answer.
	 */
	private static function json( array|\WP_Error $answer, string $who ): array {
		if ( is_wp_error( $answer ) ) {
			throw self::unavailable( sprintf( /* translators: %s: who */ __( '%s does not answer', 'presswerk-connector' ), $who ) );
		}
		$status = (int) wp_remote_retrieve_response_code( $answer );
		$body   = json_decode( wp_remote_retrieve_body( $answer ), true );
		if ( 200 !== $status || ! is_array( $body ) ) {
			throw self::unavailable( sprintf( /* translators: 1: who, 2: an HTTP status */ __( '%1$s answered %2$d', 'presswerk-connector' ), $who, $status ) );
		}
		return $body;
	}

	/**
	 * What a person is told.
	 *
	 * @param string $why Why.
	 */
	private static function unavailable( string $why ): Problem {
		return new Problem( 'identity_provider', sprintf( /* translators: %s: a reason */ __( 'The identity provider cannot be used now: %s.', 'presswerk-connector' ), $why ), 503 );
	}
}
