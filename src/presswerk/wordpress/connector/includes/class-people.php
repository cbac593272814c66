<?php
/**
 * People of the identity provider as users of this site.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Finds and makes users by (issuer, subject); never by e-mail, which a person may change or share.
 */
final class People {

	/**
	 * User meta that holds the person's identity.
	 */
	public const IDENTITY = 'presswerk_identity';

	/**
	 * Lengths of WordPress's columns.
	 */
	private const MAX_NAME  = 250;
	private const MAX_EMAIL = 100;

	/**
	 * Whether what is written of a user now is what the provider says.
	 *
	 * @var bool
	 */
	private static bool $following = false;

	/**
	 * The user a person is, made when there is none.
	 *
	 * @param string      $issuer  Issuer URL.
	 * @param string      $subject The person there.
	 * @param string      $name    For display.
	 * @param string|null $email   May be missing.
	 * @param string      $role    Role of a user that is made here; an existing user's role is not touched.
	 * @throws Problem The user cannot be made.
	 */
	public static function ensure( string $issuer, string $subject, string $name, ?string $email, string $role ): \WP_User {
		return self::find( $issuer, $subject ) ?? Lock::hold(
			'people:all',
			// Somebody else may have made the user while this process waited.
			static fn (): \WP_User => self::find( $issuer, $subject ) ?? self::make( $issuer, $subject, $name, $email, $role )
		);
	}

	/**
	 * The user a person is, null when the site does not know them.
	 *
	 * @param string $issuer  Issuer URL.
	 * @param string $subject The person there.
	 */
	public static function find( string $issuer, string $subject ): ?\WP_User {
		global $wpdb;
		// Straight from the table: a cached answer may be from before another process made the user.
		$id = $wpdb->get_var(
			$wpdb->prepare( "SELECT user_id FROM {$wpdb->usermeta} WHERE meta_key = %s AND meta_value = %s ORDER BY umeta_id LIMIT 1", self::IDENTITY, self::key( $issuer, $subject ) )
		);
		$user = null === $id ? false : get_user_by( 'id', (int) $id );
		return false === $user ? null : $user;
	}

	/**
	 * Whether a user is a person of the identity provider.
	 *
	 * @param \WP_User $user The user.
	 */
	public static function is_person( \WP_User $user ): bool {
		return '' !== (string) get_user_meta( $user->ID, self::IDENTITY, true );
	}

	/**
	 * Follow what the provider says of a person.
	 *
	 * @param \WP_User   $user  The person.
	 * @param string      $name  For display.
	 * @param string|null $email May be missing, which says nothing.
	 */
	public static function follow( \WP_User $user, string $name, ?string $email ): void {
		$name = self::stored_name( $name );
		$said = $user->display_name === $name ? array() : array(
			'display_name' => $name,
			'nickname'     => $name,
		);
		if ( $user->user_email !== $email && self::is_free( $email ) ) {
			$said['user_email'] = $email;
		}
		if ( array() === $said ) {
			return;
		}
		self::$following = true;
		add_filter( 'send_email_change_email', '__return_false' );
		try {
			wp_update_user( wp_slash( array( 'ID' => $user->ID ) + $said ) );
		} finally {
			self::$following = false;
			remove_filter( 'send_email_change_email', '__return_false' );
		}
	}

	/**
	 * Whether what is written of a user now is what the provider says.
	 */
	public static function follows(): bool {
		return self::$following;
	}

	/**
	 * End a person's ways in, and leave them one role or none; their articles stay theirs.
	 *
	 * @param \WP_User   $user The person.
	 * @param string|null $role What is left on this site.
	 */
	public static function end( \WP_User $user, ?string $role ): void {
		$user->set_role( $role ?? '' );
		\WP_Session_Tokens::get_instance( $user->ID )->destroy_all();
		\WP_Application_Passwords::delete_all_application_passwords( $user->ID );
	}

	/**
	 * End a person's sessions, and let their application passwords pause until they sign on again.
	 *
	 * @param \WP_User $user The person.
	 */
	public static function sign_out( \WP_User $user ): void {
		\WP_Session_Tokens::get_instance( $user->ID )->destroy_all();
		delete_user_meta( $user->ID, Credentials::SIGNED_ON );
	}

	/**
	 * Make a user nobody can sign in to with a password.
	 *
	 * @param string      $issuer  Issuer URL.
	 * @param string      $subject The person there.
	 * @param string      $name    For display.
	 * @param string|null $email   May be missing.
	 * @param string      $role    Role on this site.
	 * @throws Problem WordPress refuses it.
	 */
	private static function make( string $issuer, string $subject, string $name, ?string $email, string $role ): \WP_User {
		global $wpdb;
		$key = self::key( $issuer, $subject );
		// The login is made of the identity, so that a user left without meta by a killed process is found again.
		$login = self::login( $subject, $key );
		$left  = get_user_by( 'login', $login );
		if ( false !== $left && ! self::is_person( $left ) ) {
			// Whoever else may have made a user of this name has no way in by it.
			wp_set_password( wp_generate_password( 64, true, true ), $left->ID );
			\WP_Session_Tokens::get_instance( $left->ID )->destroy_all();
			\WP_Application_Passwords::delete_all_application_passwords( $left->ID );
			$left->set_role( $role );
			update_user_meta( $left->ID, self::IDENTITY, $key );
			return $left;
		}
		$name = self::stored_name( $name );
		$user = wp_slash(
			array(
				'user_login'    => $login,
				'user_nicename' => self::slug( $name, $subject, $key ),
				'user_pass'     => wp_generate_password( 64, true, true ),
				'user_email'    => self::is_free( $email ) ? $email : '',
				'display_name'  => $name,
				'nickname'      => $name,
				'role'          => $role,
				'meta_input'    => array(
					// The article is what an author opens the editor for, not its welcome guide, whose pictures come from outside.
					$wpdb->get_blog_prefix() . 'persisted_preferences' => array(
						'core/edit-post' => array( 'welcomeGuide' => false ),
						'_modified'      => gmdate( 'c' ),
					),
				),
			)
		);
		$made = wp_insert_user( $user );
		if ( is_wp_error( $made ) ) {
			throw new Problem( 'author', sprintf( /* translators: %s: a reason */ __( 'The person cannot be made a user of this site: %s', 'presswerk-connector' ), $made->get_error_message() ), 500 );
		}
		// Last, so that whoever has an identity also has a role.
		update_user_meta( $made, self::IDENTITY, $key );
		return get_user_by( 'id', $made );
	}

	/**
	 * A user's name as a person reads it; WordPress keeps `&` as an entity.
	 *
	 * @param \WP_User $user The user.
	 */
	public static function name( \WP_User $user ): string {
		return wp_specialchars_decode( $user->display_name, ENT_QUOTES );
	}

	/**
	 * A name as WordPress stores it.
	 *
	 * @param string $name For display.
	 */
	private static function stored_name( string $name ): string {
		return mb_substr( wp_unslash( sanitize_user_field( 'display_name', wp_slash( $name ), 0, 'db' ) ), 0, self::MAX_NAME );
	}

	/**
	 * Whether an address can be a user's: WordPress takes no address twice.
	 *
	 * @param string|null $email The address.
	 */
	private static function is_free( ?string $email ): bool {
		return null !== $email && strlen( $email ) <= self::MAX_EMAIL && is_email( $email ) && ! email_exists( $email );
	}

	/**
	 * Give people of an older version of this plugin addresses that do not show their user names.
	 */
	public static function hide_logins(): void {
		$users = get_users( array( 'meta_key' => self::IDENTITY ) ); // phpcs:ignore WordPress.DB.SlowDBQuery.slow_db_query_meta_key
		foreach ( $users as $user ) {
			if ( sanitize_title( $user->user_login ) === $user->user_nicename ) {
				$subject = preg_replace( '/-[0-9a-f]{8}$/', '', $user->user_login );
				wp_update_user(
					array(
						'ID'            => $user->ID,
						'user_nicename' => self::slug( $user->display_name, $subject, (string) get_user_meta( $user->ID, self::IDENTITY, true ) ),
					)
				);
			}
		}
	}

	/**
	 * The person in addresses that everybody sees: made of the name that stands under articles, never of the user name.
	 *
	 * @param string $name    For display.
	 * @param string $subject The person's subject.
	 * @param string $key     The person's key.
	 */
	private static function slug( string $name, string $subject, string $key ): string {
		$slug = rtrim( substr( sanitize_title( remove_accents( $name ) ), 0, 40 ), '-' );
		// What needs escapes does not fit into WordPress's column; a name that is the user name would give it away.
		$hidden = '' === $slug || str_contains( $slug, '%' ) || sanitize_title( remove_accents( $subject ) ) === $slug;
		return $hidden ? 'author-' . substr( $key, 0, 8 ) : $slug;
	}

	/**
	 * One text for both parts, which cannot be mistaken for another pair.
	 *
	 * @param string $issuer  Issuer URL.
	 * @param string $subject The person there.
	 */
	private static function key( string $issuer, string $subject ): string {
		return hash( 'sha256', strlen( $issuer ) . ':' . $issuer . $subject );
	}

	/**
	 * A login that reads like the person and belongs to no other.
	 *
	 * @param string $subject The person's subject.
	 * @param string $key     The person's key.
	 */
	private static function login( string $subject, string $key ): string {
		$readable = substr( sanitize_user( remove_accents( $subject ), true ), 0, 40 );
		return trim( $readable . '-' . substr( $key, 0, 8 ), '-' );
	}
}
