<?php
/**
 * PUT of an image under its content's hash.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * The route.
 */
final class Media_Routes {

	/**
	 * Add the route to the REST API.
	 */
	public static function register(): void {
		register_rest_route(
			'presswerk/v1',
			'/media/(?P<sha256>[^/]+)',
			array(
				'methods'             => 'PUT',
				'callback'            => static fn ( \WP_REST_Request $request ) => Problem::guard( static fn () => self::put( $request ) ),
				'permission_callback' => static fn () => current_user_can( 'upload_files' ) ? true : new \WP_Error( 'rest_forbidden', 'Sign in with an application password of a user who may upload.', array( 'status' => rest_authorization_required_code() ) ),
			)
		);
	}

	/**
	 * Answer a PUT.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @throws Problem It is refused.
	 */
	private static function put( \WP_REST_Request $request ): \WP_REST_Response {
		$sha256 = (string) $request->get_url_params()['sha256'];
		if ( ! preg_match( '/^[0-9a-f]{64}$/D', $sha256 ) ) {
			throw Problem::field( 'sha256', 'Send the SHA-256 of the body as 64 lower-case hexadecimal digits.' );
		}
		$query = $request->get_query_params();
		$image = Images::keep( $sha256, (string) $request->get_body(), (string) ( $query['filename'] ?? '' ), (string) ( $query['alt'] ?? '' ) );
		return new \WP_REST_Response( $image, $image['created'] ? 201 : 200 );
	}
}
