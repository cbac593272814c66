<?php
/**
 * Brings one site to its declared state, in one process; a second run changes nothing.
 *
 * Reads a JSON object from standard input, or from the file PRESSWERK_INSTALLATION names: language (such as de or de_AT),
 * theme (or null), service_user, options (of WordPress, by name), either known_password (or null) or
 * application_password, and digest where the site is to tell by what it was installed last.
 * Writes a JSON object to standard output: application_password (a new one, or null when the known one still works, or
 * when it was given). Secrets travel through pipes and files only.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

$presswerk_file   = getenv( 'PRESSWERK_INSTALLATION' );
$presswerk_wanted = json_decode( (string) ( is_string( $presswerk_file ) ? file_get_contents( $presswerk_file ) : stream_get_contents( STDIN ) ), true, 8, JSON_THROW_ON_ERROR );

define( 'WP_INSTALLING', true );
require __DIR__ . '/command.php';

// Nobody is to be told by mail that a site was installed; on most machines no mail could leave anyway.
if ( ! function_exists( 'wp_new_blog_notification' ) ) {
	function wp_new_blog_notification(): void {}
}
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';

// WordPress's name for the language: the region that is asked for, else any, else American English.
$presswerk_languages = get_available_languages();
$presswerk_locale    = $presswerk_wanted['language'];
if ( ! in_array( $presswerk_locale, $presswerk_languages, true ) ) {
	sort( $presswerk_languages );
	$presswerk_tag    = strtok( $presswerk_locale, '_' );
	$presswerk_alike  = array_filter( $presswerk_languages, static fn ( string $name ): bool => strtok( $name, '_' ) === $presswerk_tag );
	$presswerk_locale = reset( $presswerk_alike ) ?: 'en_US';
}

$presswerk_fresh = ! is_blog_installed();
if ( $presswerk_fresh ) {
	// What a new site begins with, such as its first category, is in its own language.
	load_default_textdomain( $presswerk_locale );
	wp_install(
		$presswerk_wanted['options']['blogname'],
		$presswerk_wanted['service_user'],
		$presswerk_wanted['service_user'] . '@' . wp_parse_url( WP_HOME, PHP_URL_HOST ),
		true,
		'',
		wp_generate_password( 40, true, true ),
		$presswerk_locale
	);
	// An author's site starts without somebody else's sample texts.
	foreach ( array( 1, 2 ) as $presswerk_sample ) {
		wp_delete_post( $presswerk_sample, true );
	}
	update_option( 'permalink_structure', '/%year%/%monthnum%/%postname%/' );
	// Avatars would tell a third party who reads and writes here.
	update_option( 'show_avatars', 0 );
	update_option( 'blogdescription', '' );
	update_option( 'default_pingback_flag', '' );
	update_option( 'default_ping_status', 'closed' );
} else {
	wp_upgrade();
}

// What is declared is brought to the site when the declaration changes, not each time: in between, what the site's own
// admin has chosen stays.
$presswerk_before   = (array) get_option( 'presswerk_declared', array() );
$presswerk_declared = array( 'WPLANG' => 'en_US' === $presswerk_locale ? '' : $presswerk_locale ) + $presswerk_wanted['options'];
foreach ( $presswerk_declared as $presswerk_name => $presswerk_value ) {
	if ( ( $presswerk_before[ $presswerk_name ] ?? null ) !== $presswerk_value ) {
		update_option( $presswerk_name, $presswerk_value );
	}
}
$presswerk_theme = $presswerk_wanted['theme'];
if ( null !== $presswerk_theme && ( $presswerk_before['theme'] ?? null ) !== $presswerk_theme ) {
	if ( ! wp_get_theme( $presswerk_theme )->exists() ) {
		fwrite( STDERR, "There is no theme $presswerk_theme; declare one of " . implode( ', ', array_keys( wp_get_themes() ) ) . ".\n" );
		exit( 1 );
	}
	switch_theme( $presswerk_theme );
}
$presswerk_declared['theme'] = $presswerk_theme;
if ( $presswerk_before !== $presswerk_declared ) {
	update_option( 'presswerk_declared', $presswerk_declared, false );
}

// It is must-use now; an older version had it activated like any plugin.
$presswerk_active = (array) get_option( 'active_plugins', array() );
$presswerk_others = array_values( array_diff( $presswerk_active, array( 'presswerk-connector/presswerk-connector.php' ) ) );
if ( $presswerk_others !== array_values( $presswerk_active ) ) {
	update_option( 'active_plugins', $presswerk_others );
}
if ( ! class_exists( \Presswerk\Connector\Roles::class ) ) {
	fwrite( STDERR, 'The connector is not in ' . WPMU_PLUGIN_DIR . ".\n" );
	exit( 1 );
}
Presswerk\Connector\Publication_Table::upgrade();
Presswerk\Connector\Roles::upgrade();
flush_rewrite_rules( false );

$presswerk_user = get_user_by( 'login', $presswerk_wanted['service_user'] );
if ( false === $presswerk_user ) {
	$presswerk_made = wp_insert_user(
		array(
			'user_login' => $presswerk_wanted['service_user'],
			'user_pass'  => wp_generate_password( 40, true, true ),
			'role'       => 'presswerk_service',
		)
	);
	if ( is_wp_error( $presswerk_made ) ) {
		fwrite( STDERR, 'The service user cannot be made: ' . $presswerk_made->get_error_message() . "\n" );
		exit( 1 );
	}
	$presswerk_user = get_user_by( 'id', $presswerk_made );
}
if ( array( 'presswerk_service' ) !== array_values( $presswerk_user->roles ) ) {
	$presswerk_user->set_role( 'presswerk_service' );
}

$presswerk_new   = null;
$presswerk_ok    = false;
$presswerk_given = $presswerk_wanted['application_password'] ?? null;
$presswerk_known = $presswerk_given ?? $presswerk_wanted['known_password'] ?? null;
if ( is_string( $presswerk_known ) ) {
	add_filter( 'application_password_is_api_request', '__return_true' );
	add_filter( 'wp_is_application_passwords_available', '__return_true' );
	$presswerk_ok = wp_authenticate_application_password( null, $presswerk_wanted['service_user'], $presswerk_known ) instanceof WP_User;
}
if ( ! $presswerk_ok ) {
	WP_Application_Passwords::delete_all_application_passwords( $presswerk_user->ID );
	if ( is_string( $presswerk_given ) ) {
		// WordPress makes the password itself, and asks here for it.
		add_filter( 'random_password', static fn (): string => $presswerk_given );
	}
	$presswerk_created = WP_Application_Passwords::create_new_application_password( $presswerk_user->ID, array( 'name' => 'presswerk hub' ) );
	if ( is_wp_error( $presswerk_created ) ) {
		fwrite( STDERR, 'The application password cannot be made: ' . $presswerk_created->get_error_message() . "\n" );
		exit( 1 );
	}
	$presswerk_new = is_string( $presswerk_given ) ? null : $presswerk_created[0];
}

// The last of all: it says that everything above was done to this very database.
if ( isset( $presswerk_wanted['digest'] ) ) {
	update_option( 'presswerk_installation', $presswerk_wanted['digest'], true );
}

presswerk_done( array( 'application_password' => $presswerk_new, 'wordpress' => $GLOBALS['wp_version'] ) );
