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
	 * What nobody may do to the service user by hand: it would stop delivery, or give somebody the hub's rights.
	 */
	private const OF_THE_PLATFORM = array( 'create_app_password', 'list_app_passwords', 'read_app_password', 'edit_app_password', 'delete_app_password', 'delete_app_passwords', 'edit_user', 'delete_user', 'promote_user', 'remove_user' );

	/**
	 * Whether a user's application passwords count.
	 *
	 * @param bool     $available What WordPress thinks.
	 * @param \WP_User $user      The user.
	 */
	public static function available( bool $available, \WP_User $user ): bool {
		if ( ! $available || ! Provider::configured() || in_array( Roles::SERVICE, $user->roles, true ) ) {
			return $available;
		}
		// A user who is nobody at the identity provider has no way in there, so none here.
		return People::is_person( $user ) && (int) get_user_meta( $user->ID, self::SIGNED_ON, true ) > time() - self::VALID_SECONDS;
	}

	/**
	 * Keep the service user the platform's.
	 *
	 * @param array<string> $caps    What is needed.
	 * @param string        $cap     What is asked.
	 * @param int           $user_id Who asks.
	 * @param array<mixed>  $args    About whom.
	 * @return array<string>
	 */
	public static function protect_service_user( array $caps, string $cap, int $user_id, array $args ): array {
		if ( ! in_array( $cap, self::OF_THE_PLATFORM, true ) || ! isset( $args[0] ) ) {
			return $caps;
		}
		$about = get_userdata( (int) $args[0] );
		return false !== $about && in_array( Roles::SERVICE, $about->roles, true ) ? array( 'do_not_allow' ) : $caps;
	}
}
