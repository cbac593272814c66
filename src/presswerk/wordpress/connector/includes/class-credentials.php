<?php
/**
 * Which application passwords count: who left the tenant must not keep a way in by one.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Limits of application passwords, where people come in by single sign-on.
 */
final class Credentials {

	/**
	 * User meta: when the person last signed on, as Unix seconds.
	 */
	public const SIGNED_ON = 'presswerk_signed_on';

	private const VALID_SECONDS = 7 * DAY_IN_SECONDS;

	/**
	 * Whether a user's application passwords count.
	 *
	 * @param bool     $available What WordPress thinks.
	 * @param \WP_User $user      The user.
	 */
	public static function available( bool $available, \WP_User $user ): bool {
		if ( ! $available || ! Provider::configured() || Service_User::LOGIN === $user->user_login ) {
			return $available;
		}
		// A user who is nobody at the identity provider has no way in there, so none here.
		return People::is_person( $user ) && (int) get_user_meta( $user->ID, self::SIGNED_ON, true ) > time() - self::VALID_SECONDS;
	}

	/**
	 * Only the person makes a password that acts as them: one that an admin made for somebody else would outlive the admin's
	 * removal. To see them and to take them away stays the admin's, too.
	 *
	 * @param array<string> $caps    What is needed.
	 * @param string        $cap     What is asked.
	 * @param int           $user_id Who asks.
	 * @param array<mixed>  $args    About whom.
	 * @return array<string>
	 */
	public static function make_own_only( array $caps, string $cap, int $user_id, array $args ): array {
		$others = 'create_app_password' === $cap && Provider::configured() && (int) ( $args[0] ?? 0 ) !== $user_id;
		return $others ? array( 'do_not_allow' ) : $caps;
	}
}
