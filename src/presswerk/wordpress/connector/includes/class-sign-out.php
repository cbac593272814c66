<?php
/**
 * Signing out: here, and at the provider (OpenID Connect RP-Initiated Logout 1.0).
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * The way out.
 */
final class Sign_Out {

	private const ID_TOKEN = 'presswerk_id_token';

	/**
	 * The ID token of the session that is ending; its end takes it away before WordPress asks where to go.
	 *
	 * @var string|null
	 */
	private static ?string $ending = null;

	/**
	 * Hook into WordPress's logout.
	 */
	public static function hook(): void {
		add_action( 'login_form_logout', array( self::class, 'remember' ) );
		add_filter( 'logout_redirect', array( self::class, 'redirect' ), 10, 3 );
	}

	/**
	 * Keep the ID token with the session that is about to begin: with it the provider knows who wants to sign out and
	 * need not ask.
	 *
	 * @param string $id_token Verified.
	 */
	public static function keep( string $id_token ): void {
		add_filter( 'attach_session_information', static fn ( array $session ): array => array( self::ID_TOKEN => $id_token ) + $session );
	}

	/**
	 * Take the ID token from the session before it ends.
	 */
	public static function remember(): void {
		$session      = \WP_Session_Tokens::get_instance( get_current_user_id() )->get( wp_get_session_token() );
		self::$ending = is_string( $session[ self::ID_TOKEN ] ?? null ) ? $session[ self::ID_TOKEN ] : null;
	}

	/**
	 * After signing out here, go on to the provider.
	 *
	 * @param string             $redirect Where WordPress would go.
	 * @param string             $wanted   What was asked for.
	 * @param \WP_User|\WP_Error $user     Who signs out.
	 */
	public static function redirect( string $redirect, string $wanted, $user ): string {
		if ( ! $user instanceof \WP_User || ! People::is_person( $user ) ) {
			return $redirect;
		}
		$address = self::address( self::$ending );
		if ( null === $address ) {
			return $redirect;
		}
		add_filter( 'allowed_redirect_hosts', static fn ( array $hosts ): array => array( ...$hosts, (string) wp_parse_url( $address, PHP_URL_HOST ) ) );
		return $address;
	}

	/**
	 * Where somebody signs out at the provider and comes back; null when it has no such place or does not answer.
	 *
	 * @param string|null $id_token Theirs.
	 */
	public static function address( ?string $id_token ): ?string {
		try {
			$endpoint = Provider::endpoint( 'end_session_endpoint' );
		} catch ( Problem ) {
			return null;
		}
		$asked = array(
			'client_id'                => Provider::client_id(),
			'post_logout_redirect_uri' => site_url( 'wp-login.php?loggedout=true' ),
		);
		if ( null !== $id_token ) {
			$asked['id_token_hint'] = $id_token;
		}
		return add_query_arg( array_map( 'rawurlencode', $asked ), $endpoint );
	}
}
