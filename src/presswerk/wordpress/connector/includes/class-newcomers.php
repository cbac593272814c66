<?php
/**
 * People whom a sign-on has just given a role.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * The hub tells of removals, but only of people it knows, and it asks the provider's directory every 30 seconds. Whoever
 * comes in here and is removed in between was never seen by it: so the provider is asked once more about them.
 */
final class Newcomers {

	private const META = 'presswerk_newcomer';

	/**
	 * By then the hub has seen whoever is still a member.
	 */
	private const ASKED_AFTER_SECONDS = 35;

	/**
	 * While the provider is silent, as for a token at the hub.
	 */
	private const OUTAGE_SECONDS = 60;
	private const REMEMBERED     = 7 * DAY_IN_SECONDS;

	/**
	 * Whether a request's user is being looked up: what happens meanwhile may ask for the user, too.
	 *
	 * @var bool
	 */
	private static bool $looking = false;

	/**
	 * Hook into WordPress before anybody asks who sends a request.
	 */
	public static function hook(): void {
		if ( Provider::configured() ) {
			// After cookies and application passwords.
			add_filter( 'determine_current_user', array( self::class, 'look_again' ), 100 );
		}
	}

	/**
	 * Somebody got their role by the sign-on of this moment.
	 *
	 * @param \WP_User    $user         The person.
	 * @param string|null $access_token Theirs; null where the provider gave none.
	 */
	public static function note( \WP_User $user, ?string $access_token ): void {
		$noted = array(
			'token' => (string) $access_token,
			'since' => time(),
		);
		update_user_meta( $user->ID, self::META, Sealed::seal( self::META, $noted, self::REMEMBERED ) );
	}

	/**
	 * Whether somebody has not been asked about once more yet.
	 *
	 * @param \WP_User $user The person.
	 */
	public static function is_new( \WP_User $user ): bool {
		return '' !== (string) get_user_meta( $user->ID, self::META, true );
	}

	/**
	 * Ask the provider about a newcomer who sends a request.
	 *
	 * @param int|false $user_id By cookie or application password.
	 * @return int|false False when they have no way in any more.
	 */
	public static function look_again( $user_id ) {
		$kept = $user_id && ! self::$looking ? (string) get_user_meta( (int) $user_id, self::META, true ) : '';
		if ( '' === $kept ) {
			return $user_id;
		}
		$noted = Sealed::open( self::META, $kept );
		if ( null !== $noted && time() < $noted['since'] + self::ASKED_AFTER_SECONDS ) {
			return $user_id;
		}
		self::$looking = true;
		try {
			return self::ask( new \WP_User( (int) $user_id ), $noted ) ? $user_id : false;
		} catch ( Problem $silent ) {
			if ( time() < $noted['since'] + self::OUTAGE_SECONDS ) {
				return $user_id;
			}
			wp_die( esc_html( $silent->getMessage() ), '', array( 'response' => 503 ) );
		} finally {
			self::$looking = false;
		}
	}

	/**
	 * Ask once, and let it count.
	 *
	 * @param \WP_User                $user  The person.
	 * @param array<string,mixed>|null $noted At the sign-on; null when it is too long ago.
	 * @return bool Whether they still have a way in.
	 * @throws Problem The provider does not answer.
	 */
	private static function ask( \WP_User $user, ?array $noted ): bool {
		$told = null === $noted || '' === $noted['token'] ? null : Provider::userinfo( $noted['token'] );
		delete_user_meta( $user->ID, self::META );
		if ( null === $told ) {
			// Locked, signed out, or the token's time is over: the next sign-on tells.
			People::sign_out( $user );
			return false;
		}
		if ( ! Provider::says_groups_in_userinfo() ) {
			return true;
		}
		$role = Roles::of_groups( is_array( $told['groups'] ?? null ) ? $told['groups'] : array() );
		if ( null === $role ) {
			People::end( $user, null );
			return false;
		}
		if ( array( $role ) !== array_values( $user->roles ) ) {
			$user->set_role( $role );
		}
		return true;
	}
}
