<?php
/**
 * PUT, GET and DELETE of a publication.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * The routes.
 */
final class Publication_Routes {

	/**
	 * The issuer of whoever only checks that delivering works: such an article is the service user's own, so that a check
	 * leaves no person on the site.
	 */
	private const CHECK_ISSUER = 'urn:presswerk:check';

	/**
	 * Add the routes to the REST API.
	 */
	public static function register(): void {
		register_rest_route(
			'presswerk/v1',
			'/publications/(?P<uuid>[^/]+)',
			array(
				array(
					'methods'             => 'PUT',
					'callback'            => static fn ( \WP_REST_Request $request ) => Problem::guard( static fn () => self::put( $request ) ),
					'permission_callback' => array( self::class, 'may_deliver' ),
				),
				array(
					'methods'             => 'GET',
					'callback'            => static fn ( \WP_REST_Request $request ) => Problem::guard( static fn () => self::get( $request ) ),
					'permission_callback' => array( self::class, 'may_deliver' ),
				),
				array(
					'methods'             => 'DELETE',
					'callback'            => static fn ( \WP_REST_Request $request ) => Problem::guard( static fn () => self::withdraw( $request ) ),
					'permission_callback' => array( Service_User::class, 'may_deliver' ),
				),
			)
		);
		register_rest_route(
			'presswerk/v1',
			'/publications/(?P<uuid>[^/]+)/site',
			array(
				'methods'             => 'GET',
				'callback'            => static fn ( \WP_REST_Request $request ) => Problem::guard( static fn () => self::get_site( $request ) ),
				'permission_callback' => array( self::class, 'may_deliver' ),
			)
		);
	}

	/**
	 * The hub may deliver for everybody; a person's own connection for that person.
	 */
	public static function may_deliver(): bool|\WP_Error {
		if ( current_user_can( Roles::DELIVER ) || current_user_can( 'edit_posts' ) ) {
			return true;
		}
		return new \WP_Error( 'rest_forbidden', 'Sign in with an application password of a user who may deliver.', array( 'status' => rest_authorization_required_code() ) );
	}

	/**
	 * Answer a PUT: JSON, or JSON in the field `publication` of a form that brings its images along.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @throws Problem It is refused.
	 */
	private static function put( \WP_REST_Request $request ): \WP_REST_Response {
		$uuid      = self::uuid( $request );
		$body      = $request->get_json_params() ?? json_decode( (string) ( $request->get_body_params()['publication'] ?? '' ), true );
		$wanted    = Publication_Request::checked( $body );
		$decisions = Publication_Request::checked_decisions( $body );
		self::check_rights( $wanted );
		return Image_Sizes::while_delivering(
			static fn (): \WP_REST_Response => Lock::hold( 'publication:' . $uuid, static fn (): \WP_REST_Response => self::deliver( $uuid, $wanted, $decisions, $request->get_file_params() ) )
		);
	}

	/**
	 * Bring a publication and its images to the site.
	 *
	 * @param string                            $uuid      The publication.
	 * @param array<string,mixed>               $wanted    A checked request.
	 * @param array<string,?string>             $decisions How it meets what somebody decided on the site.
	 * @param array<string,array<string,mixed>> $files     What came along.
	 * @throws Problem It is refused.
	 */
	private static function deliver( string $uuid, array $wanted, array $decisions, array $files ): \WP_REST_Response {
		do_action( 'presswerk_before_delivery' );
		list( $wanted, $placed ) = Publication_Images::place( $wanted, $files );

		$answer = ( new Delivery( $uuid, $wanted, self::author( ... ), ...$decisions ) )->deliver();
		$answer->set_data( $answer->get_data() + array( 'images' => $placed ) );
		return $answer;
	}

	/**
	 * Answer a GET.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @throws Problem There is none.
	 */
	private static function get( \WP_REST_Request $request ): \WP_REST_Response {
		$uuid = self::uuid( $request );
		$row  = self::known( $uuid );
		$post = Posts::stored( $row->post_id );
		if ( null === $post || 'trash' === $post->post_status ) {
			throw Delivery::gone( $row, $post );
		}
		self::require_edit( $post );
		return new \WP_REST_Response( Posts::describe( $uuid, $row->revision, $post ) );
	}

	/**
	 * Answer a GET of what the site holds now and what differs from what was delivered.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @throws Problem There is none.
	 */
	private static function get_site( \WP_REST_Request $request ): \WP_REST_Response {
		$uuid = self::uuid( $request );
		$row  = self::known( $uuid );
		$post = Posts::stored( $row->post_id );
		if ( null !== $post ) {
			self::require_edit( $post );
		}
		$present = null !== $post && 'trash' !== $post->post_status;
		return new \WP_REST_Response(
			array(
				'uuid'        => $uuid,
				'presence'    => $present ? 'present' : ( null === $post ? 'deleted' : 'trash' ),
				'post'        => $present ? Posts::describe( $uuid, $row->revision, $post ) : null,
				'differences' => $present ? array_values( Delivered::last( $row, $post )->differences( $post, $row->changes ) ) : array(),
				'opened_by'   => $present ? Posts::opened_by( $post->ID ) : null,
				'gone'        => $present ? null : ( $row->changes['gone'] ?? null ),
			)
		);
	}

	/**
	 * A publication's row.
	 *
	 * @param string $uuid The publication.
	 * @throws Problem There is none.
	 */
	private static function known( string $uuid ): object {
		$row = Publication_Table::find( $uuid );
		if ( null === $row || 0 === $row->post_id || 0 === $row->revision ) {
			throw new Problem( 'unknown_publication', 'This site holds no such publication.', 404 );
		}
		return $row;
	}

	/**
	 * Refuse another person's publication.
	 *
	 * @param \WP_Post $post Its post.
	 * @throws Problem The caller may not edit it.
	 */
	private static function require_edit( \WP_Post $post ): void {
		if ( ! current_user_can( 'edit_post', $post->ID ) ) {
			throw new Problem( 'rest_forbidden', 'This publication is another person\'s.', 403 );
		}
	}

	/**
	 * Answer a DELETE: a check's draft goes for good, with its row; nobody's article ever does.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @throws Problem It is an article.
	 */
	private static function withdraw( \WP_REST_Request $request ): \WP_REST_Response {
		$uuid = self::uuid( $request );
		return Lock::hold(
			'publication:' . $uuid,
			static function () use ( $uuid ): \WP_REST_Response {
				$row  = Publication_Table::find( $uuid );
				$id   = null === $row || 0 === $row->post_id ? Posts::find_unrecorded( $uuid ) : $row->post_id;
				$post = 0 === $id ? null : Posts::stored( $id );
				if ( null !== $post ) {
					if ( (int) $post->post_author !== get_current_user_id() || ! in_array( $post->post_status, array( 'draft', 'trash' ), true ) ) {
						throw new Problem( 'not_a_check', 'Only the draft of a check can be withdrawn; an article is deleted by hand, on the site.', 409 );
					}
					wp_delete_post( $id, true );
				}
				Publication_Table::forget( $uuid );
				return new \WP_REST_Response( null, 204 );
			}
		);
	}

	/**
	 * The publication's UUID from the address.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @throws Problem It is none.
	 */
	private static function uuid( \WP_REST_Request $request ): string {
		$uuid = (string) $request->get_url_params()['uuid'];
		if ( ! preg_match( '/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/D', $uuid ) ) {
			throw Problem::field( 'uuid', 'Send a UUID in lower case.' );
		}
		return $uuid;
	}

	/**
	 * The user the article is attributed to.
	 *
	 * @param array<string,mixed> $author Checked.
	 * @throws Problem The user cannot be made, or is not the caller where that is asked for.
	 */
	private static function author( array $author ): int {
		if ( ! current_user_can( Roles::DELIVER ) ) {
			return self::own_author( $author );
		}
		if ( self::CHECK_ISSUER === $author['issuer'] ) {
			return get_current_user_id();
		}
		return People::ensure( $author['issuer'], $author['subject'], $author['name'], $author['email'], (string) Roles::of_platform( $author['role'] ) )->ID;
	}

	/**
	 * The user a caller without the hub's capability delivers for: themselves, or whom WordPress lets them edit.
	 *
	 * @param array<string,mixed> $author Checked.
	 * @throws Problem It is somebody else.
	 */
	private static function own_author( array $author ): int {
		$person = People::find( $author['issuer'], $author['subject'] );
		$own    = null !== $person && get_current_user_id() === $person->ID;
		if ( ! $own && ( null === $person || ! current_user_can( 'edit_others_posts' ) ) ) {
			throw new Problem( 'rest_forbidden', 'This connection may deliver only for its own user: sign on to the site once with your one login, then use that user\'s application password.', 403 );
		}
		return $person->ID;
	}

	/**
	 * A caller without the hub's capability may only do what WordPress lets them do by hand.
	 *
	 * @param array<string,mixed> $wanted Checked.
	 * @throws Problem It is more.
	 */
	private static function check_rights( array $wanted ): void {
		if ( current_user_can( Roles::DELIVER ) ) {
			return;
		}
		self::own_author( $wanted['author'] );
		if ( 'draft' !== $wanted['status'] && ! current_user_can( 'publish_posts' ) ) {
			throw new Problem( 'rest_forbidden', 'This user may not publish; send the status draft.', 403 );
		}
		$missing = current_user_can( 'manage_categories' ) ? array() : Terms::missing( 'category', $wanted['categories'] );
		if ( array() !== $missing ) {
			throw new Problem( 'rest_forbidden', 'This user may not make the category "' . $missing[0] . '"; send one that exists.', 403 );
		}
	}
}
