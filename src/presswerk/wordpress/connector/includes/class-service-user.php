<?php
/**
 * The one user by which the platform delivers.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Known by its login, which WordPress never changes, and by nothing that a site's admin can edit: not by a role, which
 * could be given to others, and not by an option.
 */
final class Service_User {

	public const LOGIN = 'presswerk';

	/**
	 * What nobody may do to it by hand: it would stop delivery, or give somebody the hub's rights.
	 */
	private const PROTECTED = array( 'create_app_password', 'list_app_passwords', 'read_app_password', 'edit_app_password', 'delete_app_password', 'delete_app_passwords', 'edit_user', 'delete_user', 'promote_user', 'remove_user' );

	/**
	 * Hook into WordPress's rights.
	 */
	public static function hook(): void {
		add_filter( 'user_has_cap', array( self::class, 'capabilities' ), PHP_INT_MAX, 4 );
		add_filter( 'map_meta_cap', array( self::class, 'protect' ), 10, 4 );
		add_filter( 'editable_roles', array( self::class, 'offer_roles' ), PHP_INT_MAX );
	}

	/**
	 * Its id; 0 where a site has none.
	 */
	public static function id(): int {
		$user = get_user_by( 'login', self::LOGIN );
		return false === $user ? 0 : $user->ID;
	}

	/**
	 * Whether the caller of a route is it.
	 */
	public static function may_deliver(): bool|\WP_Error {
		return current_user_can( Roles::DELIVER ) ? true : new \WP_Error( 'rest_forbidden', 'Sign in as a user who may deliver.', array( 'status' => rest_authorization_required_code() ) );
	}

	/**
	 * It has what delivering needs, whatever became of its role; nobody else delivers, whatever role or capability somebody
	 * gave them.
	 *
	 * @param array<string,bool> $has    What the user's roles give.
	 * @param array<string>      $caps   What is needed.
	 * @param array<mixed>       $asked  What is asked, by whom.
	 * @param \WP_User           $user   Who asks.
	 * @return array<string,bool>
	 */
	public static function capabilities( array $has, array $caps, array $asked, \WP_User $user ): array {
		if ( self::LOGIN === $user->user_login ) {
			return Roles::SERVICE_CAPABILITIES;
		}
		unset( $has[ Roles::DELIVER ] );
		return $has;
	}

	/**
	 * Keep it the platform's.
	 *
	 * @param array<string> $caps    What is needed.
	 * @param string        $cap     What is asked.
	 * @param int           $user_id Who asks.
	 * @param array<mixed>  $args    About whom.
	 * @return array<string>
	 */
	public static function protect( array $caps, string $cap, int $user_id, array $args ): array {
		if ( ! in_array( $cap, self::PROTECTED, true ) || ! isset( $args[0] ) ) {
			return $caps;
		}
		return (int) $args[0] === self::id() ? array( 'do_not_allow' ) : $caps;
	}

	/**
	 * Its role is offered to nobody.
	 *
	 * @param array<string,mixed> $roles What may be given.
	 * @return array<string,mixed>
	 */
	public static function offer_roles( array $roles ): array {
		unset( $roles[ Roles::SERVICE ] );
		return $roles;
	}
}
