<?php
/**
 * The roles Presswerk adds, and which group of the identity provider gives which role.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Roles.
 */
final class Roles {

	public const DELIVER = 'presswerk_deliver';
	public const SERVICE = 'presswerk_service';
	public const AUTHOR  = 'presswerk_author';

	public const AUTHOR_NAME = 'Author (drafts)';

	/**
	 * What delivering needs. The service user has them by being the service user; the role of its name gives nobody anything.
	 */
	public const SERVICE_CAPABILITIES = array(
		'read'                 => true,
		self::DELIVER          => true,
		'edit_posts'           => true,
		'edit_others_posts'    => true,
		'edit_published_posts' => true,
		'edit_private_posts'   => true,
		'read_private_posts'   => true,
		'publish_posts'        => true,
		'upload_files'         => true,
		'manage_categories'    => true,
		'delete_posts'         => true,
	);

	/**
	 * Raised when the roles below change, so that existing sites follow.
	 */
	private const REVISION = 2;

	private const OPTION = 'presswerk_roles';

	/**
	 * From lowest to highest: the platform's role and the site's.
	 */
	private const OF_PLATFORM = array(
		'author' => self::AUTHOR,
		'editor' => 'editor',
		'admin'  => 'administrator',
	);

	/**
	 * Make or renew the roles.
	 */
	public static function install(): void {
		remove_role( self::SERVICE );
		add_role(
			self::SERVICE,
			'Presswerk',
			array( 'read' => true )
		);
		remove_role( self::AUTHOR );
		add_role(
			self::AUTHOR,
			self::AUTHOR_NAME,
			array(
				'read'         => true,
				'edit_posts'   => true,
				'delete_posts' => true,
				'upload_files' => true,
			)
		);
		update_option( self::OPTION, self::REVISION, true );
	}

	/**
	 * Follow a newer version of the plugin.
	 */
	public static function upgrade(): void {
		if ( self::REVISION !== (int) get_option( self::OPTION ) ) {
			self::install();
			People::hide_logins();
		}
	}

	/**
	 * The site's role for a platform's role.
	 *
	 * @param string $role `author`, `editor` or `admin`.
	 */
	public static function of_platform( string $role ): ?string {
		return self::OF_PLATFORM[ $role ] ?? null;
	}

	/**
	 * The highest role a person's groups give on this site, null when they give none.
	 *
	 * @param array<mixed> $groups Group names from the identity provider.
	 */
	public static function of_groups( array $groups ): ?string {
		$tenant = defined( 'PRESSWERK_TENANT' ) ? (string) PRESSWERK_TENANT : '';
		if ( '' === $tenant ) {
			return null;
		}
		if ( in_array( 'presswerk-admin', $groups, true ) ) {
			return 'administrator';
		}
		foreach ( array_reverse( self::OF_PLATFORM ) as $role => $site_role ) {
			if ( in_array( "tenant-$tenant-$role", $groups, true ) ) {
				return $site_role;
			}
		}
		return null;
	}
}
