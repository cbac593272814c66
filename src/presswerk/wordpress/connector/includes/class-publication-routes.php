<?php
/**
 * PUT and GET of a publication.
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

	private const MAX_CONTENT_BYTES = 16 * 1024 * 1024;
	private const MAX_TERMS         = 50;
	private const MAX_NAME          = 200;

	/**
	 * Add the routes to the REST API.
	 */
	public static function register(): void {
		register_rest_route(
			'presswerk/v1',
			'/publications/(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})',
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
	 * Answer a PUT.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @throws Problem It is refused.
	 */
	private static function put( \WP_REST_Request $request ): \WP_REST_Response {
		$uuid   = (string) $request['uuid'];
		$wanted = self::checked( $request->get_json_params() );
		self::check_rights( $wanted );
		return Lock::hold( 'publication:' . $uuid, static fn (): \WP_REST_Response => self::deliver( $uuid, $wanted ) );
	}

	/**
	 * Answer a GET.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @throws Problem There is none.
	 */
	private static function get( \WP_REST_Request $request ): \WP_REST_Response {
		$uuid = (string) $request['uuid'];
		$row  = Publication_Table::find( $uuid );
		if ( null === $row || 0 === $row->post_id || 0 === $row->revision ) {
			throw new Problem( 'unknown_publication', 'This site holds no such publication.', 404 );
		}
		$post = self::present( $row->post_id );
		if ( ! current_user_can( 'edit_post', $post->ID ) ) {
			throw new Problem( 'rest_forbidden', 'This publication is another person\'s.', 403 );
		}
		return new \WP_REST_Response( Posts::describe( $uuid, $row->revision, $post ) );
	}

	/**
	 * Bring the post to the wanted revision, while nobody else works on the publication.
	 *
	 * @param string              $uuid   The publication.
	 * @param array<string,mixed> $wanted A checked request.
	 * @throws Problem It is refused.
	 */
	private static function deliver( string $uuid, array $wanted ): \WP_REST_Response {
		Publication_Table::claim( $uuid );
		$row     = Publication_Table::find( $uuid );
		$payload = hash( 'sha256', (string) wp_json_encode( $wanted ) );
		$post_id = 0 === $row->post_id ? Posts::find_unrecorded( $uuid ) : $row->post_id;
		$edited  = false;
		if ( 0 !== $post_id ) {
			$post = self::present( $post_id );
			if ( ! current_user_can( 'edit_post', $post_id ) ) {
				throw new Problem( 'rest_forbidden', 'This publication is another person\'s.', 403 );
			}
			if ( $row->revision > $wanted['revision'] ) {
				throw new Problem( 'stale_revision', "This site already holds revision {$row->revision}.", 409, array( 'current_revision' => $row->revision ) );
			}
			if ( $row->revision === $wanted['revision'] ) {
				if ( $row->payload_sha256 !== $payload ) {
					throw new Problem( 'revision_conflict', 'This site holds other content under this revision; send a higher one.', 409, array( 'current_revision' => $row->revision ) );
				}
				return self::answer( $uuid, $row->revision, $post, 'unchanged', false, 200 );
			}
			if ( 'draft' === $wanted['status'] && in_array( $post->post_status, array( 'publish', 'future', 'private' ), true ) && 0 !== $row->revision ) {
				throw new Problem( 'already_published', 'Somebody published this article on the site, and a draft must not take it back or change it: an editor may publish the new version.', 409, array( 'post_status' => $post->post_status ) );
			}
			$edited = 0 !== $row->revision && hash( 'sha256', $post->post_content ) !== $row->content_sha256;
			if ( $edited ) {
				Posts::keep_as_revision( $post_id );
			}
		}
		$author = self::author( $wanted['author'] );
		$saved  = Posts::save( $uuid, $post_id, $wanted, $author );
		$post   = Posts::stored( $saved );
		Publication_Table::record( $uuid, $saved, $wanted['revision'], $payload, hash( 'sha256', $post->post_content ) );
		$made = 0 === $row->revision;
		return self::answer( $uuid, $wanted['revision'], $post, $made ? 'created' : 'updated', $edited, $made ? 201 : 200 );
	}

	/**
	 * A delivery's answer.
	 *
	 * @param string   $uuid     The publication.
	 * @param int      $revision The revision the post holds.
	 * @param \WP_Post $post     The post.
	 * @param string   $outcome  `created`, `updated` or `unchanged`.
	 * @param bool     $edited   Whether edits made on the site were replaced.
	 * @param int      $status   HTTP status.
	 */
	private static function answer( string $uuid, int $revision, \WP_Post $post, string $outcome, bool $edited, int $status ): \WP_REST_Response {
		return new \WP_REST_Response(
			Posts::describe( $uuid, $revision, $post ) + array(
				'outcome'             => $outcome,
				'replaced_site_edits' => $edited,
			),
			$status
		);
	}

	/**
	 * A post that is still there.
	 *
	 * @param int $post_id The post.
	 * @throws Problem Somebody deleted it.
	 */
	private static function present( int $post_id ): \WP_Post {
		$post = Posts::stored( $post_id );
		if ( null === $post || 'trash' === $post->post_status ) {
			throw new Problem( 'post_gone', 'Somebody deleted this publication\'s post; it is not made again.', 410 );
		}
		return $post;
	}

	/**
	 * The user the article is attributed to.
	 *
	 * @param array<string,mixed> $author Checked.
	 * @throws Problem The user cannot be made, or is not the caller where that is asked for.
	 */
	private static function author( array $author ): int {
		if ( ! current_user_can( Roles::DELIVER ) ) {
			$person = People::find( $author['issuer'], $author['subject'] );
			$own    = null !== $person && get_current_user_id() === $person->ID;
			if ( ! $own && ( null === $person || ! current_user_can( 'edit_others_posts' ) ) ) {
				throw new Problem( 'rest_forbidden', 'This connection may deliver only for its own user: sign on to the site once with your one login, then use that user\'s application password.', 403 );
			}
			return $person->ID;
		}
		return People::ensure( $author['issuer'], $author['subject'], $author['name'], $author['email'], (string) Roles::of_platform( $author['role'] ) )->ID;
	}

	/**
	 * A caller without the hub's capability may only do what WordPress lets them do by hand.
	 *
	 * @param array<string,mixed> $wanted Checked.
	 * @throws Problem It is more.
	 */
	private static function check_rights( array $wanted ): void {
		if ( 'draft' !== $wanted['status'] && ! current_user_can( 'publish_posts' ) ) {
			throw new Problem( 'rest_forbidden', 'This user may not publish; send the status draft.', 403 );
		}
	}

	/**
	 * A request's fields, each checked.
	 *
	 * @param mixed $body The JSON body.
	 * @return array<string,mixed>
	 * @throws Problem A field is missing or wrong.
	 */
	private static function checked( mixed $body ): array {
		if ( ! is_array( $body ) || array_is_list( $body ) ) {
			throw Problem::field( 'body', 'Send a JSON object with Content-Type application/json.' );
		}
		$status = $body['status'] ?? null;
		if ( ! in_array( $status, array( 'draft', 'publish', 'future' ), true ) ) {
			throw Problem::field( 'status', 'Send draft, publish or future.' );
		}
		$revision = $body['revision'] ?? null;
		if ( ! is_int( $revision ) || $revision < 1 || $revision > 4294967295 ) {
			throw Problem::field( 'revision', 'Send a whole number from 1.' );
		}
		$content = self::text( $body, 'content', self::MAX_CONTENT_BYTES );
		$blocks  = parse_blocks( $content );
		foreach ( $blocks as $block ) {
			if ( null === $block['blockName'] && '' !== trim( $block['innerHTML'] ) ) {
				throw Problem::field( 'content', 'Send block markup: text outside of a block would become a Classic block.' );
			}
		}
		$title = self::text( $body, 'title', 2000 );
		if ( '' === trim( $title ) ) {
			throw Problem::field( 'title', 'Send a title.' );
		}
		return array(
			'revision'       => $revision,
			'status'         => $status,
			'title'          => $title,
			'content'        => $content,
			'excerpt'        => self::text( $body, 'excerpt', 20000 ),
			'slug'           => sanitize_title( self::text( $body, 'slug', self::MAX_NAME ) ),
			'date'           => self::date( $body['date_gmt'] ?? null, 'future' === $status ),
			'author'         => self::checked_author( $body['author'] ?? null ),
			'categories'     => self::names( $body, 'categories' ),
			'tags'           => self::names( $body, 'tags' ),
			'featured_media' => self::featured_media( $body['featured_media'] ?? null ),
			'seo'            => self::seo( $body['seo'] ?? null ),
		);
	}

	/**
	 * A text field.
	 *
	 * @param array<string,mixed> $fields Fields.
	 * @param string              $name   Which.
	 * @param int                 $most   Bytes.
	 * @param string              $prefix Of the name in messages.
	 * @throws Problem It is missing or wrong.
	 */
	private static function text( array $fields, string $name, int $most, string $prefix = '' ): string {
		$value = $fields[ $name ] ?? null;
		if ( ! is_string( $value ) || strlen( $value ) > $most || ! mb_check_encoding( $value, 'UTF-8' ) || str_contains( $value, "\0" ) ) {
			throw Problem::field( $prefix . $name, "Send a text of at most $most bytes." );
		}
		return $value;
	}

	/**
	 * The moment to publish at, as Unix seconds.
	 *
	 * @param mixed $value  ISO 8601 with a zone.
	 * @param bool  $needed Whether it must be there.
	 * @throws Problem It is missing or wrong.
	 */
	private static function date( mixed $value, bool $needed ): int {
		if ( null === $value && ! $needed ) {
			return 0;
		}
		$moment = is_string( $value ) && preg_match( '/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/', $value ) ? strtotime( $value ) : false;
		if ( false === $moment ) {
			throw Problem::field( 'date_gmt', 'Send a time such as 2026-11-23T10:00:00Z.' );
		}
		return $moment;
	}

	/**
	 * The author.
	 *
	 * @param mixed $value The field.
	 * @return array<string,mixed>
	 * @throws Problem It is missing or wrong.
	 */
	private static function checked_author( mixed $value ): array {
		if ( ! is_array( $value ) ) {
			throw Problem::field( 'author', 'Send an object with issuer, subject, name, email and role.' );
		}
		$author = array( 'email' => null );
		foreach ( array( 'issuer', 'subject', 'name' ) as $name ) {
			$author[ $name ] = self::text( $value, $name, 1000, 'author.' );
			if ( '' === trim( $author[ $name ] ) ) {
				throw Problem::field( "author.$name", 'Send a text that is not empty.' );
			}
		}
		if ( null !== ( $value['email'] ?? null ) ) {
			$author['email'] = self::text( $value, 'email', 320, 'author.' );
		}
		$role = $value['role'] ?? null;
		if ( ! is_string( $role ) || null === Roles::of_platform( $role ) ) {
			throw Problem::field( 'author.role', 'Send author, editor or admin.' );
		}
		$author['role'] = $role;
		return $author;
	}

	/**
	 * Names of terms.
	 *
	 * @param array<string,mixed> $fields Fields.
	 * @param string              $name   Which.
	 * @return array<string>
	 * @throws Problem It is wrong.
	 */
	private static function names( array $fields, string $name ): array {
		$values = $fields[ $name ] ?? array();
		$good   = is_array( $values ) && array_is_list( $values ) && count( $values ) <= self::MAX_TERMS;
		foreach ( $good ? $values : array() as $value ) {
			$good = $good && is_string( $value ) && '' !== trim( $value ) && strlen( $value ) <= self::MAX_NAME;
		}
		if ( ! $good ) {
			throw Problem::field( $name, 'Send a list of at most ' . self::MAX_TERMS . ' names, each of 1 to ' . self::MAX_NAME . ' bytes.' );
		}
		return array_values( array_unique( array_map( 'trim', $values ) ) );
	}

	/**
	 * The featured image, 0 for none.
	 *
	 * @param mixed $value The field.
	 * @throws Problem There is no such image.
	 */
	private static function featured_media( mixed $value ): int {
		if ( null === $value ) {
			return 0;
		}
		if ( ! is_int( $value ) || ! wp_attachment_is_image( $value ) ) {
			throw Problem::field( 'featured_media', 'Send the id of an image of this site, or null.' );
		}
		return $value;
	}

	/**
	 * Title and description for search engines.
	 *
	 * @param mixed $value The field.
	 * @return array{title:string,description:string}
	 * @throws Problem It is wrong.
	 */
	private static function seo( mixed $value ): array {
		if ( null === $value ) {
			return array(
				'title'       => '',
				'description' => '',
			);
		}
		if ( ! is_array( $value ) ) {
			throw Problem::field( 'seo', 'Send an object with title and description.' );
		}
		return array(
			'title'       => self::text( $value, 'title', 1000, 'seo.' ),
			'description' => self::text( $value, 'description', 4000, 'seo.' ),
		);
	}
}
