<?php
/**
 * What the hub says of people who were removed or demoted.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * The routes.
 */
final class People_Routes {

	/**
	 * Add the route to the REST API.
	 */
	public static function register(): void {
		register_rest_route(
			'presswerk/v1',
			'/people/end',
			array(
				'methods'             => 'POST',
				'callback'            => static fn ( \WP_REST_Request $request ) => Problem::guard( static fn () => self::end( $request ) ),
				'permission_callback' => array( Service_User::class, 'may_deliver' ),
			)
		);
	}

	/**
	 * End what a person has on this site: sessions, application passwords, and all but the role that is left to them. Of
	 * somebody who signed out at the provider only the sessions end, and the passwords pause until they sign on again.
	 *
	 * @param \WP_REST_Request $request `issuer`, `subject`, `role` (null for none), `signed_out` (false when missing).
	 * @throws Problem A field is missing or wrong.
	 */
	private static function end( \WP_REST_Request $request ): \WP_REST_Response {
		$body = $request->get_json_params();
		$body = is_array( $body ) ? $body : array();
		foreach ( array( 'issuer', 'subject' ) as $name ) {
			if ( ! is_string( $body[ $name ] ?? null ) || '' === $body[ $name ] || strlen( $body[ $name ] ) > 1000 ) {
				throw Problem::field( $name, 'Send a text of at most 1000 bytes that is not empty.' );
			}
		}
		if ( ! array_key_exists( 'role', $body ) ) {
			throw Problem::field( 'role', 'Send author, editor, admin or null.' );
		}
		$role = is_string( $body['role'] ) ? Roles::of_platform( $body['role'] ) : null;
		if ( null !== $body['role'] && null === $role ) {
			throw Problem::field( 'role', 'Send author, editor, admin or null.' );
		}
		$signed_out = $body['signed_out'] ?? false;
		if ( ! is_bool( $signed_out ) ) {
			throw Problem::field( 'signed_out', 'Send true or false, or leave it out.' );
		}
		// Nobody signs on in between: whoever is just coming in has the role of this moment.
		$known = Lock::hold(
			'people:all',
			static function () use ( $body, $role, $signed_out ): bool {
				$user = People::find( $body['issuer'], $body['subject'] );
				if ( null !== $user && $signed_out ) {
					People::sign_out( $user );
				} elseif ( null !== $user ) {
					People::end( $user, $role );
				}
				return null !== $user;
			}
		);
		return new \WP_REST_Response( array( 'known' => $known ) );
	}
}
