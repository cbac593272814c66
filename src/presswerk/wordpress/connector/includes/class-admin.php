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
	}

	/**
	 * Print the settings page: nothing to set, all to see.
	 */
	public static function print_page(): void {
		$status = Status_Route::status();
		$known  = array(
			'ready'          => __( 'ready', 'presswerk-connector' ),
			'not configured' => __( 'not configured', 'presswerk-connector' ),
		);
		$rows   = array(
			__( 'Tenant', 'presswerk-connector' ) => defined( 'PRESSWERK_TENANT' ) ? (string) PRESSWERK_TENANT : __( 'not configured', 'presswerk-connector' ),
			__( 'Connector', 'presswerk-connector' ) => sprintf( /* translators: 1: a version, 2: a number */ __( '%1$s, database schema %2$d', 'presswerk-connector' ), $status['connector'], $status['schema'] ),
			__( 'Delivery', 'presswerk-connector' ) => self::delivery(),
			__( 'Sign-on', 'presswerk-connector' ) => ( $known[ $status['sign_on'] ] ?? $status['sign_on'] ) . ( Provider::configured() ? ' (' . Provider::issuer() . ')' : '' ),
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
	 * Tell something on the page that is being made.
	 *
	 * @param string $text Plain text.
	 */
	public static function notice( string $text ): void {
		add_action( 'admin_notices', static fn () => wp_admin_notice( esc_html( $text ), array( 'type' => 'info' ) ) );
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
		$format = get_option( 'date_format' ) . ' ' . get_option( 'time_format' );
		return sprintf( /* translators: 1: a number, 2: a time */ __( 'ready; %1$d delivered, the last on %2$s', 'presswerk-connector' ), $count, get_date_from_gmt( $last, $format ) );
	}
}
