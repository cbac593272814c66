<?php
/**
 * What the login page shows instead of a form.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Pages with a sentence and a button.
 */
final class Login_Pages {

	/**
	 * Whoever looks for a password of this site is told where theirs is.
	 */
	public static function replace_password_form(): void {
		self::show(
			__( 'Your password', 'presswerk-connector' ),
			sprintf( /* translators: %s: an address */ __( 'This site has no passwords of its own. Yours belongs to your one login, and you change it there: %s', 'presswerk-connector' ), Provider::address() ),
			Provider::address(),
			200,
			__( 'Change the password there', 'presswerk-connector' )
		);
	}

	/**
	 * Nobody registers here.
	 */
	public static function replace_registration(): void {
		self::show(
			__( 'Join this site', 'presswerk-connector' ),
			__( 'Nobody registers here: an admin of this site adds people in Presswerk. Ask one of them to add you, then sign in with your one login.', 'presswerk-connector' ),
			Sign_On::start_address( admin_url() ),
			403
		);
	}

	/**
	 * Let nobody keep an answer; before 6.8, WordPress's own function is weaker for whoever is not signed in.
	 */
	public static function no_store(): void {
		nocache_headers();
		header( 'Cache-Control: no-store, private, max-age=0' );
	}

	/**
	 * Show a page with one button, and end.
	 *
	 * @param string $title   Title.
	 * @param string $message What happened and what to do.
	 * @param string $address Where the button leads.
	 * @param int    $status  HTTP status.
	 * @param string $button  What the button says.
	 */
	public static function show( string $title, string $message, string $address, int $status, ?string $button = null ): never {
		status_header( $status );
		self::no_store();
		login_header( $title, '<p class="message">' . esc_html( $message ) . '</p>' );
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended
		$target = isset( $_GET['interim-login'] ) ? ' target="_blank"' : '';
		printf( '<p style="text-align:center"><a class="button button-primary button-large" href="%s"%s>%s</a></p>', esc_url( $address ), $target, esc_html( $button ?? __( 'Sign in', 'presswerk-connector' ) ) ); // phpcs:ignore WordPress.Security.EscapeOutput
		login_footer();
		exit;
	}
}
