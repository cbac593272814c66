<?php
/**
 * What people see of Presswerk in the site's administration.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * The link to the chat, and the settings page.
 */
final class Admin {

	/**
	 * Add the link to the admin bar.
	 *
	 * @param \WP_Admin_Bar $bar The bar.
	 */
	public static function add_link( \WP_Admin_Bar $bar ): void {
		if ( ! defined( 'PRESSWERK_CHAT_URL' ) || '' === (string) PRESSWERK_CHAT_URL || ! current_user_can( 'edit_posts' ) ) {
			return;
		}
		$bar->add_node(
			array(
				'id'    => 'presswerk',
				'title' => __( 'Write with AI', 'presswerk-connector' ),
				'href'  => esc_url( (string) PRESSWERK_CHAT_URL ),
				'meta'  => array(
					'target' => '_blank',
					'rel'    => 'noopener',
				),
			)
		);
	}

	/**
	 * Add the settings page.
	 */
	public static function add_page(): void {
		add_options_page( 'Presswerk', 'Presswerk', 'manage_options', 'presswerk', array( self::class, 'print_page' ) );
		add_action( 'admin_notices', array( self::class, 'tell_where_people_are_added' ) );
		add_action( 'load-user-new.php', array( self::class, 'refuse_adding_people' ) );
	}

	/**
	 * Print the settings page: nothing to set, all to see.
	 */
	public static function print_page(): void {
		$status = Status_Route::status();
		$ready  = 'ready' === $status['sign_on'];
		$rows   = array(
			__( 'Tenant', 'presswerk-connector' ) => defined( 'PRESSWERK_TENANT' ) ? (string) PRESSWERK_TENANT : __( 'not configured', 'presswerk-connector' ),
			__( 'Connector', 'presswerk-connector' ) => "{$status['connector']}, schema {$status['schema']}",
			__( 'Delivery', 'presswerk-connector' ) => self::delivery(),
			__( 'Sign-on', 'presswerk-connector' ) => ( $ready ? 'ready' : (string) $status['sign_on'] ) . ( Provider::configured() ? ' (' . Provider::issuer() . ')' : '' ),
			__( 'Chat', 'presswerk-connector' ) => defined( 'PRESSWERK_CHAT_URL' ) ? (string) PRESSWERK_CHAT_URL : __( 'not configured', 'presswerk-connector' ),
			'WordPress' => "{$status['wordpress']}, PHP {$status['php']}, {$status['database']}",
		);
		echo '<div class="wrap"><h1>Presswerk</h1><p>' . esc_html__( 'This site is run by Presswerk; its operator sets what is below.', 'presswerk-connector' ) . '</p><table class="widefat striped" style="max-width:60em"><tbody>';
		foreach ( $rows as $name => $value ) {
			printf( '<tr><th scope="row">%s</th><td>%s</td></tr>', esc_html( $name ), esc_html( $value ) );
		}
		echo '</tbody></table></div>';
	}

	/**
	 * On the list of users, say where they come from: adding somebody here would make a user who cannot sign in.
	 */
	public static function tell_where_people_are_added(): void {
		if ( Provider::configured() && 'users' === get_current_screen()?->id ) {
			wp_admin_notice( esc_html( self::where_people_are_added() ), array( 'type' => 'info' ) );
		}
	}

	/**
	 * The same for whoever opens the page to add one by its address.
	 */
	public static function refuse_adding_people(): void {
		if ( Provider::configured() ) {
			wp_die( esc_html( self::where_people_are_added() ), '', array( 'response' => 403, 'back_link' => true ) );
		}
	}

	/**
	 * Where people are added and removed.
	 */
	private static function where_people_are_added(): string {
		return sprintf(
			/* translators: 1: an address, 2: the tenant's id */
			__( 'People of this site are added, removed and given roles in Presswerk, not here: at %1$s, or by "presswerk tenant members" for the tenant %2$s.', 'presswerk-connector' ),
			defined( 'PRESSWERK_HUB_URL' ) ? (string) PRESSWERK_HUB_URL : 'Presswerk',
			(string) PRESSWERK_TENANT
		);
	}

	/**
	 * How delivery is, in a sentence.
	 */
	private static function delivery(): string {
		global $wpdb;
		if ( 0 === Service_User::id() ) {
			return __( 'no service user: articles cannot be delivered; ask the operator to run presswerk up', 'presswerk-connector' );
		}
		$count = (int) $wpdb->get_var( $wpdb->prepare( 'SELECT COUNT(*) FROM %i WHERE revision > 0', Publication_Table::name() ) );
		$last  = (string) $wpdb->get_var( $wpdb->prepare( 'SELECT MAX(updated_at) FROM %i WHERE revision > 0', Publication_Table::name() ) );
		if ( 0 === $count ) {
			return __( 'ready; nothing delivered yet', 'presswerk-connector' );
		}
		return sprintf( /* translators: 1: a number, 2: a time */ __( 'ready; %1$d delivered, the last at %2$s UTC', 'presswerk-connector' ), $count, $last );
	}
}
