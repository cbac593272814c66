<?php
/**
 * People in the site's administration: who they are is the identity provider's, who belongs here is Presswerk's.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * The list of users and the profile pages, without what cannot work here.
 */
final class Users_Screen {

	private const NAME_COLUMN = 'presswerk_name';

	/**
	 * Hook into the administration.
	 */
	public static function hook(): void {
		add_filter( 'gettext_with_context_default', array( self::class, 'translate_role' ), 10, 3 );
		if ( ! Provider::configured() ) {
			return;
		}
		add_action( 'load-user-new.php', array( self::class, 'refuse_adding' ) );
		add_action( 'load-users.php', array( self::class, 'tell_where_people_are_added' ) );
		add_filter( 'bulk_actions-users', array( self::class, 'offer_bulk_actions' ) );
		add_filter( 'manage_users_columns', array( self::class, 'offer_columns' ) );
		add_filter( 'manage_users_sortable_columns', static fn ( array $columns ): array => array( self::NAME_COLUMN => array( 'display_name' ) ) + $columns );
		add_filter( 'manage_users_custom_column', array( self::class, 'name' ), 10, 3 );
		add_filter( 'wp_pre_insert_user_data', array( self::class, 'keep_name_and_address' ), 10, 3 );
		add_filter( 'insert_user_meta', array( self::class, 'keep_nickname' ), 10, 3 );
		add_action( 'user_profile_update_errors', array( self::class, 'need_no_address' ), 10, 3 );
		foreach ( array( 'profile.php', 'user-edit.php' ) as $page ) {
			add_action( "load-$page", array( self::class, 'tell_where_names_are_changed' ) );
			add_action( "admin_footer-$page", array( self::class, 'lock_fields' ) );
		}
	}

	/**
	 * Where people are added and removed.
	 */
	public static function where_people_are_added(): string {
		return sprintf(
			/* translators: 1: an address, 2: the tenant's id */
			__( 'People of this site are added, removed and given roles in Presswerk, not here: at %1$s, or by "presswerk tenant members" for the tenant %2$s.', 'presswerk-connector' ),
			defined( 'PRESSWERK_HUB_URL' ) ? (string) PRESSWERK_HUB_URL : 'Presswerk',
			(string) PRESSWERK_TENANT
		);
	}

	/**
	 * A role of Presswerk by its name in the reader's language; WordPress looks for roles in its own catalogue alone.
	 *
	 * @param string $translation What it found.
	 * @param string $text        The name.
	 * @param string $context     What the text is.
	 */
	public static function translate_role( string $translation, string $text, string $context ): string {
		return 'User role' === $context && Roles::AUTHOR_NAME === $text ? __( 'Author (drafts)', 'presswerk-connector' ) : $translation;
	}

	/**
	 * Somebody added here would be a user who cannot sign in.
	 */
	public static function refuse_adding(): void {
		wp_die( esc_html( self::where_people_are_added() ), '', array( 'response' => 403, 'back_link' => true ) );
	}

	/**
	 * The same on the list of users.
	 */
	public static function tell_where_people_are_added(): void {
		Admin::notice( self::where_people_are_added() );
	}

	/**
	 * Nobody is removed here, and nobody has a password here. Whoever has left can be deleted one by one.
	 *
	 * @param array<string,string> $actions Of the list of users.
	 * @return array<string,string>
	 */
	public static function offer_bulk_actions( array $actions ): array {
		unset( $actions['delete'], $actions['remove'] );
		if ( ! Sign_On::allows_passwords() ) {
			unset( $actions['resetpassword'] );
		}
		return $actions;
	}

	/**
	 * The one name a person has instead of a first and a last one, which nobody tells the site; and a box to tick only where
	 * something can be done with those that are ticked.
	 *
	 * @param array<string,string> $columns Of the list of users.
	 * @return array<string,string>
	 */
	public static function offer_columns( array $columns ): array {
		if ( isset( $columns['name'] ) ) {
			$names   = array_keys( $columns );
			$names   = array_replace( $names, array( (int) array_search( 'name', $names, true ) => self::NAME_COLUMN ) );
			$columns = array_combine( $names, $columns );
		}
		/** This filter is documented in wp-admin/includes/class-wp-list-table.php */
		if ( array() === apply_filters( 'bulk_actions-users', array( 'delete' => '', 'resetpassword' => '' ) ) ) {
			unset( $columns['cb'] );
		}
		return $columns;
	}

	/**
	 * A person's name in the list.
	 *
	 * @param string $output  What is shown so far.
	 * @param string $column  Which column.
	 * @param int    $user_id The user.
	 */
	public static function name( string $output, string $column, int $user_id ): string {
		$user = self::NAME_COLUMN === $column ? get_userdata( $user_id ) : false;
		return false === $user ? $output : esc_html( People::name( $user ) );
	}

	/**
	 * Name and address of a person come from the provider with each sign-on, so what is saved here would not last; and a
	 * password would let nobody in.
	 *
	 * @param array<string,mixed> $data    Columns to write.
	 * @param bool                $update  Whether there is such a user already.
	 * @param int|null            $user_id The user.
	 * @return array<string,mixed>
	 */
	public static function keep_name_and_address( array $data, bool $update, ?int $user_id ): array {
		$user = $update && ! People::follows() ? get_userdata( (int) $user_id ) : false;
		if ( false !== $user && People::is_person( $user ) ) {
			$data['display_name'] = $user->display_name;
			$data['user_email']   = $user->user_email;
			if ( ! Sign_On::allows_passwords() ) {
				$data['user_pass'] = $user->user_pass;
			}
		}
		return $data;
	}

	/**
	 * The same for the nickname, which WordPress keeps elsewhere.
	 *
	 * @param array<string,mixed> $meta   Meta to write.
	 * @param \WP_User            $user   The user.
	 * @param bool                $update Whether there was such a user already.
	 * @return array<string,mixed>
	 */
	public static function keep_nickname( array $meta, \WP_User $user, bool $update ): array {
		if ( $update && ! People::follows() && People::is_person( $user ) ) {
			$meta['nickname'] = $user->nickname;
		}
		return $meta;
	}

	/**
	 * A person of whom the provider tells no address could never save the own profile.
	 *
	 * @param \WP_Error $errors What WordPress complains of.
	 * @param bool      $update Whether there is such a user already.
	 * @param \stdClass $user   The user.
	 */
	public static function need_no_address( \WP_Error $errors, bool $update, \stdClass $user ): void {
		$known = $update ? get_userdata( (int) $user->ID ) : false;
		if ( false !== $known && People::is_person( $known ) ) {
			$errors->remove( 'empty_email' );
			$errors->remove( 'invalid_email' );
		}
	}

	/**
	 * Say where name and address come from.
	 */
	public static function tell_where_names_are_changed(): void {
		if ( null !== self::person_shown() ) {
			/* translators: %s: an address */
			Admin::notice( sprintf( __( 'Name and e-mail address come from the one login with each sign-in. They are changed there, not here: %s', 'presswerk-connector' ), Provider::address() ) );
		}
	}

	/**
	 * Offer no field that does not keep what is written into it, and no application password for somebody else. WordPress
	 * has no hook for these fields.
	 */
	public static function lock_fields(): void {
		$person = self::person_shown();
		if ( null === $person ) {
			return;
		}
		$hidden = '.user-first-name-wrap, .user-last-name-wrap, .user-display-name-wrap, #email-description';
		if ( get_current_user_id() !== $person->ID ) {
			$hidden .= ', .create-application-password';
		}
		echo '<style>' . $hidden . ' { display: none }</style>'; // phpcs:ignore WordPress.Security.EscapeOutput
		wp_print_inline_script_tag( 'for ( const id of [ "nickname", "email" ] ) { document.getElementById( id )?.setAttribute( "readonly", "" ); }' );
	}

	/**
	 * The person whose profile is shown; null for a user who is none.
	 */
	private static function person_shown(): ?\WP_User {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended
		$wanted = 'user-edit.php' === $GLOBALS['pagenow'] ? (int) ( $_REQUEST['user_id'] ?? 0 ) : get_current_user_id();
		$user   = get_userdata( $wanted );
		return false !== $user && People::is_person( $user ) ? $user : null;
	}
}
