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
				'title' => 'Write with AI',
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
	}

	/**
	 * Print the settings page: nothing to set, all to see.
	 */
	public static function print_page(): void {
		$status = Status_Route::status();
		$ready  = 'ready' === $status['sign_on'];
		$rows   = array(
			'Tenant'    => defined( 'PRESSWERK_TENANT' ) ? (string) PRESSWERK_TENANT : 'not configured',
			'Connector' => "{$status['connector']}, schema {$status['schema']}",
			'Delivery'  => self::delivery(),
			'Sign-on'   => ( $ready ? 'ready' : (string) $status['sign_on'] ) . ( Provider::configured() ? ' (' . Provider::issuer() . ')' : '' ),
			'Chat'      => defined( 'PRESSWERK_CHAT_URL' ) ? (string) PRESSWERK_CHAT_URL : 'not configured',
			'WordPress' => "{$status['wordpress']}, PHP {$status['php']}, {$status['database']}",
		);
		echo '<div class="wrap"><h1>Presswerk</h1><p>This site is run by Presswerk; its operator sets what is below.</p><table class="widefat striped" style="max-width:60em"><tbody>';
		foreach ( $rows as $name => $value ) {
			printf( '<tr><th scope="row">%s</th><td>%s</td></tr>', esc_html( $name ), esc_html( $value ) );
		}
		echo '</tbody></table></div>';
	}

	/**
	 * How delivery is, in a sentence.
	 */
	private static function delivery(): string {
		global $wpdb;
		$users = get_users(
			array(
				'role'   => Roles::SERVICE,
				'fields' => 'ID',
			)
		);
		if ( array() === $users ) {
			return 'no service user: articles cannot be delivered; ask the operator to run presswerk up';
		}
		$count = (int) $wpdb->get_var( $wpdb->prepare( 'SELECT COUNT(*) FROM %i WHERE revision > 0', Publication_Table::name() ) );
		$last  = (string) $wpdb->get_var( $wpdb->prepare( 'SELECT MAX(updated_at) FROM %i WHERE revision > 0', Publication_Table::name() ) );
		return 0 === $count ? 'ready; nothing delivered yet' : "ready; $count delivered, the last at $last UTC";
	}
}
