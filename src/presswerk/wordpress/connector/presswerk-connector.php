<?php
/**
 * Plugin Name:       Presswerk Connector
 * Description:       Takes articles from Presswerk exactly once, and lets people in with their one login.
 * Version:           0.2.0
 * Requires at least: 6.5
 * Requires PHP:      8.1
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       presswerk-connector
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

const VERSION = '0.2.0';

require_once __DIR__ . '/includes/class-lean-boot.php';
require_once __DIR__ . '/includes/class-problem.php';
require_once __DIR__ . '/includes/class-lock.php';
require_once __DIR__ . '/includes/class-publication-table.php';
require_once __DIR__ . '/includes/class-sealed.php';
require_once __DIR__ . '/includes/class-roles.php';
require_once __DIR__ . '/includes/class-service-user.php';
require_once __DIR__ . '/includes/class-people.php';
require_once __DIR__ . '/includes/class-people-routes.php';
require_once __DIR__ . '/includes/class-terms.php';
require_once __DIR__ . '/includes/class-posts.php';
require_once __DIR__ . '/includes/class-block-reading.php';
require_once __DIR__ . '/includes/class-merge.php';
require_once __DIR__ . '/includes/class-changes.php';
require_once __DIR__ . '/includes/class-delivered.php';
require_once __DIR__ . '/includes/class-delivery-plan.php';
require_once __DIR__ . '/includes/class-delivery.php';
require_once __DIR__ . '/includes/class-provider.php';
require_once __DIR__ . '/includes/class-id-token.php';
require_once __DIR__ . '/includes/class-login-language.php';
require_once __DIR__ . '/includes/class-no-entry.php';
require_once __DIR__ . '/includes/class-newcomers.php';
require_once __DIR__ . '/includes/class-login-pages.php';
require_once __DIR__ . '/includes/class-sign-out.php';
require_once __DIR__ . '/includes/class-sign-on.php';
require_once __DIR__ . '/includes/class-publication-request.php';
require_once __DIR__ . '/includes/class-publication-routes.php';
require_once __DIR__ . '/includes/class-image-memory.php';
require_once __DIR__ . '/includes/class-image-sizes.php';
require_once __DIR__ . '/includes/class-images.php';
require_once __DIR__ . '/includes/class-publication-images.php';
require_once __DIR__ . '/includes/class-media-routes.php';
require_once __DIR__ . '/includes/class-status-route.php';
require_once __DIR__ . '/includes/class-terms-route.php';
require_once __DIR__ . '/includes/class-seo.php';
require_once __DIR__ . '/includes/class-admin.php';
require_once __DIR__ . '/includes/class-users-screen.php';
require_once __DIR__ . '/includes/class-site-screens.php';
require_once __DIR__ . '/includes/class-credentials.php';
require_once __DIR__ . '/includes/class-hardening.php';

Lean_Boot::begin();
if ( ! wp_installing() ) {
	// Nobody activates a must-use plugin, and an update replaces the files without a word.
	add_action( 'plugins_loaded', array( Publication_Table::class, 'upgrade' ) );
	add_action( 'init', array( Roles::class, 'upgrade' ) );
	add_action( 'init', array( Changes::class, 'hook' ) );
}
add_action( 'init', static fn () => str_starts_with( determine_locale(), 'de' ) && load_textdomain( 'presswerk-connector', __DIR__ . '/languages/presswerk-connector-de.mo' ), 0 );
Hardening::hook();
Image_Memory::hook();
Image_Sizes::hook();
Login_Language::hook();
Service_User::hook();
Users_Screen::hook();
Site_Screens::hook();
Newcomers::hook();
add_action( 'init', array( Sign_On::class, 'hook' ) );
add_action( 'admin_bar_menu', array( Admin::class, 'add_link' ), 80 );
add_filter( 'wp_is_application_passwords_available_for_user', array( Credentials::class, 'available' ), 10, 2 );
add_filter( 'map_meta_cap', array( Credentials::class, 'make_own_only' ), 10, 4 );
add_action( 'admin_menu', array( Admin::class, 'add_page' ) );
add_action( 'rest_api_init', array( Publication_Routes::class, 'register' ) );
add_action( 'rest_api_init', array( Media_Routes::class, 'register' ) );
add_action( 'rest_api_init', array( People_Routes::class, 'register' ) );
add_action( 'rest_api_init', array( Status_Route::class, 'register' ) );
add_action( 'rest_api_init', array( Terms_Route::class, 'register' ) );
add_action( 'wp_head', array( Seo::class, 'print_description' ), 1 );
add_filter( 'pre_get_document_title', array( Seo::class, 'document_title' ), 5 );
