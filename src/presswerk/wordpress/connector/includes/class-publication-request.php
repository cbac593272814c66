<?php
/**
 * What a PUT of a publication must hold.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Checks a request's fields.
 */
final class Publication_Request {

	private const MAX_CONTENT_BYTES = 16 * 1024 * 1024;
	private const MAX_TERMS         = 50;
	private const MAX_NAME          = 200;

	/**
	 * A request's fields, each checked, and `sha256` over all of them; equal hashes are the same delivery.
	 *
	 * @param mixed $body The JSON body.
	 * @return array<string,mixed>
	 * @throws Problem A field is missing or wrong.
	 */
	public static function checked( mixed $body ): array {
		if ( ! is_array( $body ) || array_is_list( $body ) ) {
			throw Problem::field( 'body', 'Send a JSON object with Content-Type application/json.' );
		}
		$status = $body['status'] ?? null;
		if ( ! in_array( $status, array( 'draft', 'publish' ), true ) ) {
			throw Problem::field( 'status', 'Send draft or publish.' );
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
		$checked = array(
			'revision'       => $revision,
			'status'         => $status,
			'title'          => $title,
			'content'        => $content,
			'excerpt'        => self::text( $body, 'excerpt', 20000 ),
			'slug'           => sanitize_title( self::text( $body, 'slug', self::MAX_NAME ) ),
			// There was a time to publish at: the hash of a request that came before stays its hash.
			'date'           => 0,
			'author'         => self::checked_author( $body['author'] ?? null ),
			'categories'     => self::names( $body, 'categories' ),
			'tags'           => null === ( $body['tags'] ?? null ) ? null : self::names( $body, 'tags' ),
			'featured_media' => self::featured_media( $body['featured_media'] ?? null ),
			'seo'            => self::seo( $body['seo'] ?? null ),
		);
		// Only where they say more than before there were such fields: the hash of a request that came before stays its hash.
		$checked += true === ( $body['slug_explicit'] ?? false ) ? array( 'slug_explicit' => true ) : array();
		$images   = Publication_Images::checked( $body['images'] ?? null );
		$checked += array() === $images ? array() : array( 'images' => $images );
		$featured = $body['featured_image'] ?? null;
		if ( null !== $featured && ! in_array( $featured, array_column( $images, 'sha256' ), true ) ) {
			throw Problem::field( 'featured_image', 'Send the SHA-256 of one of the images, or null.' );
		}
		$checked += null === $featured ? array() : array( 'featured_image' => $featured );
		// Before images are put into their places: where they are is this site's affair.
		return $checked + array( 'sha256' => hash( 'sha256', (string) wp_json_encode( $checked ) ) );
	}

	/**
	 * How a delivery meets what somebody decided on the site. It is no part of what is delivered: the same revision may be
	 * sent again with another answer.
	 *
	 * @param mixed $body The JSON body.
	 * @return array{on_conflict:string,if_gone:?string}
	 * @throws Problem A field is wrong.
	 */
	public static function checked_decisions( mixed $body ): array {
		$decisions = array(
			'on_conflict' => $body['on_conflict'] ?? 'keep',
			'if_gone'     => $body['if_gone'] ?? null,
		);
		if ( ! in_array( $decisions['on_conflict'], array( 'ask', 'keep', 'replace', 'merge' ), true ) ) {
			throw Problem::field( 'on_conflict', 'Send ask, keep, replace or merge.' );
		}
		if ( ! in_array( $decisions['if_gone'], array( null, 'restore', 'anew' ), true ) ) {
			throw Problem::field( 'if_gone', 'Send restore, anew or null.' );
		}
		return $decisions;
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
