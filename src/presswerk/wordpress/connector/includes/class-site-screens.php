<?php
/**
 * The site's administration without what the operator does and what cannot work here.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Pages, boxes and settings that are not offered, and where it is said who does it instead.
 */
final class Site_Screens {

	/**
	 * Pages that nobody can use where the operator installs everything.
	 */
	private const OPERATORS_PAGES = array( 'update-core.php', 'update.php', 'plugin-install.php', 'theme-install.php', 'plugin-editor.php', 'theme-editor.php', 'press-this.php' );

	/**
	 * Hook into the administration.
	 */
	public static function hook(): void {
		add_filter( 'enable_post_by_email_configuration', '__return_false' );
		// Each of its checks is about what the operator decides, or watches by `presswerk status`; and its page shows paths and hosts.
		add_filter( 'map_meta_cap', static fn ( array $caps, string $cap ): array => 'view_site_health_checks' === $cap ? array( 'do_not_allow' ) : $caps, 10, 2 );
		add_filter( 'option_page_capability_options', array( self::class, 'close_all_settings' ) );
		add_action( 'admin_init', array( self::class, 'offer_no_empty_tools' ), PHP_INT_MAX );
		add_filter( 'plugins_list', array( self::class, 'translate_connector' ) );
		add_filter( 'translations_api', array( self::class, 'name_languages' ), 10, 2 );
		if ( ! wp_is_file_mod_allowed( 'install_plugins' ) ) {
			add_action( 'load-plugins.php', array( self::class, 'tell_who_installs' ) );
			add_action( 'load-themes.php', array( self::class, 'tell_who_installs' ) );
			add_action( 'admin_page_access_denied', array( self::class, 'refuse_operators_page' ) );
			foreach ( self::OPERATORS_PAGES as $page ) {
				add_action( "load-$page", array( self::class, 'refuse_operators_page' ) );
			}
			add_action( 'admin_init', array( self::class, 'offer_usable_connectors' ) );
		}
		if ( Provider::configured() ) {
			add_action( 'load-options-general.php', array( Users_Screen::class, 'tell_where_people_are_added' ) );
			add_action( 'admin_head-options-general.php', array( self::class, 'hide_registration' ) );
		}
		if ( self::is_unreachable( 'https://api.wordpress.org/' ) ) {
			add_action( 'wp_dashboard_setup', static fn () => remove_meta_box( 'dashboard_primary', 'dashboard', 'side' ) );
			add_filter( 'should_load_remote_block_patterns', '__return_false' );
		}
		if ( self::is_unreachable( 'https://rpc.pingomatic.com/' ) ) {
			add_filter( 'enable_update_services_configuration', '__return_false' );
		}
		if ( self::is_unreachable( 'https://s.w.org/' ) ) {
			// Google's fonts: the list of them is fetched from there.
			add_action( 'init', static fn () => wp_unregister_font_collection( 'google-fonts' ), 20 );
		}
	}

	/**
	 * The page of all stored options is nobody's: it shows and writes what the site and its plugins keep for themselves. The
	 * links in the mail and the notice about a changed address of the site lead to the same file and go on working.
	 *
	 * @param string $capability What WordPress asks for.
	 */
	public static function close_all_settings( string $capability ): string {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended
		return ! empty( $_GET['adminhash'] ) || 'new_admin_email' === ( $_GET['dismiss'] ?? '' ) ? $capability : 'do_not_allow';
	}

	/**
	 * Tools without any, and imports without an importer: importers are plugins.
	 */
	public static function offer_no_empty_tools(): void {
		if ( empty( $GLOBALS['wp_importers'] ) ) {
			add_filter( 'map_meta_cap', static fn ( array $caps, string $cap ): array => 'import' === $cap ? array( 'do_not_allow' ) : $caps, 10, 2 );
			remove_submenu_page( 'tools.php', 'import.php' );
		}
		if ( ! current_user_can( 'import' ) && ! has_action( 'tool_box' ) ) {
			remove_submenu_page( 'tools.php', 'tools.php' );
			if ( empty( $GLOBALS['submenu']['tools.php'] ) ) {
				remove_menu_page( 'tools.php' );
			}
		}
	}

	/**
	 * Say who installs plugins and themes.
	 */
	public static function tell_who_installs(): void {
		Admin::notice( self::who_installs() );
	}

	/**
	 * Say the same to whoever opens a page of the operator's by its address.
	 */
	public static function refuse_operators_page(): void {
		if ( in_array( $GLOBALS['pagenow'], self::OPERATORS_PAGES, true ) ) {
			wp_die( esc_html( self::who_installs() ), '', array( 'response' => 403, 'back_link' => true ) );
		}
	}

	/**
	 * Keys of services whose plugin is not there are of no use.
	 */
	public static function offer_usable_connectors(): void {
		$plugins = function_exists( 'wp_get_connectors' ) ? array_column( array_column( wp_get_connectors(), 'plugin' ), 'file' ) : array();
		foreach ( $plugins as $file ) {
			if ( is_file( WP_PLUGIN_DIR . '/' . $file ) ) {
				return;
			}
		}
		remove_submenu_page( 'options-general.php', 'options-connectors.php' );
		add_action( 'load-options-connectors.php', static fn () => wp_die( esc_html( self::who_installs() ), '', array( 'response' => 403, 'back_link' => true ) ) );
	}

	/**
	 * Settings that Presswerk overrides.
	 */
	public static function hide_registration(): void {
		echo '<style>tr:has( #users_can_register ), tr:has( #default_role ) { display: none }</style>';
	}

	/**
	 * The connector's line in the list of plugins; WordPress does not translate those of must-use ones.
	 *
	 * @param array<string,array<string,array<string,mixed>>> $plugins By kind and file.
	 * @return array<string,array<string,array<string,mixed>>>
	 */
	public static function translate_connector( array $plugins ): array {
		if ( isset( $plugins['mustuse']['presswerk-connector.php'] ) ) {
			$plugins['mustuse']['presswerk-connector.php']['Description'] = __( 'Takes articles from Presswerk and lets people in with their one login. It belongs to the platform and cannot be switched off here.', 'presswerk-connector' );
		}
		return $plugins;
	}

	/**
	 * The installed languages by their names: WordPress asks its maker's server for them, and shows codes without it.
	 *
	 * @param mixed  $known What another plugin says; false for nothing.
	 * @param string $kind  `core`, `plugins` or `themes`.
	 * @return mixed
	 */
	public static function name_languages( mixed $known, string $kind ): mixed {
		if ( false !== $known || 'core' !== $kind || wp_is_file_mod_allowed( 'download_language_pack' ) ) {
			return $known;
		}
		$name = static fn ( string $locale ): array => array(
			'language'     => $locale,
			'english_name' => (string) \Locale::getDisplayName( $locale, 'en' ),
			'native_name'  => (string) \Locale::getDisplayName( $locale, $locale ),
			'iso'          => array( 1 => (string) \Locale::getPrimaryLanguage( $locale ) ),
		);
		return array( 'translations' => array_map( $name, get_available_languages() ) );
	}

	/**
	 * Who installs plugins and themes.
	 */
	private static function who_installs(): string {
		return __( 'Plugins, themes and updates are installed by the operator of Presswerk, not here. Ask them for what you need; what is installed you may switch on.', 'presswerk-connector' );
	}

	/**
	 * Whether this site's configuration keeps it from an address.
	 *
	 * @param string $address Of a server outside.
	 */
	private static function is_unreachable( string $address ): bool {
		return (bool) ( new \WP_Http() )->block_request( $address );
	}
}
