<?php
/**
 * Somebody is who they say, but no member.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Refusal of a person without a role on this site.
 */
final class No_Entry extends \Exception {

	/**
	 * Constructor.
	 *
	 * @param string $message  What is wrong and what to do, for the person.
	 * @param string $id_token Theirs, so that they can sign out at the provider.
	 */
	public function __construct( string $message, public readonly string $id_token ) {
		parent::__construct( $message );
	}
}
