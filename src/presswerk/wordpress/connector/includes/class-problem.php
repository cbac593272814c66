<?php
/**
 * Errors in the shape WordPress's REST API gives them.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * A refusal that becomes an HTTP answer.
 */
final class Problem extends \Exception {

	/**
	 * Constructor.
	 *
	 * @param string              $slug    Error code without the prefix `presswerk_`, or a code of core (`rest_...`).
	 * @param string              $message What is wrong and what to do, for a person.
	 * @param int                 $status  HTTP status.
	 * @param array<string,mixed> $data    More for the error's `data`.
	 */
	public function __construct( public readonly string $slug, string $message, public readonly int $status, public readonly array $data = array() ) {
		parent::__construct( $message );
	}

	/**
	 * A field is missing or wrong.
	 *
	 * @param string $field  Its name, dotted when nested.
	 * @param string $remedy What it must be.
	 */
	public static function field( string $field, string $remedy ): self {
		return new self( 'rest_invalid_param', "Invalid parameter: $field.", 400, array( 'params' => array( $field => $remedy ) ) );
	}

	/**
	 * As WordPress wants it.
	 */
	public function to_wp_error(): \WP_Error {
		$code = str_starts_with( $this->slug, 'rest_' ) ? $this->slug : 'presswerk_' . $this->slug;
		return new \WP_Error( $code, $this->getMessage(), array( 'status' => $this->status ) + $this->data );
	}

	/**
	 * Run a route's work and turn a problem into its answer.
	 *
	 * @param callable():(\WP_REST_Response) $work The work.
	 */
	public static function guard( callable $work ): \WP_REST_Response|\WP_Error {
		try {
			return $work();
		} catch ( Problem $problem ) {
			if ( 'busy' === $problem->slug ) {
				header( 'Retry-After: 5' );
			}
			return $problem->to_wp_error();
		}
	}
}
