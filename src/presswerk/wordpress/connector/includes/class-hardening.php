<?php
/**
 * What a site shows and takes that WordPress itself leaves open.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * One address, careful headers, no user names, and nobody who comes in by another door than the one login.
 */
final class Hardening {

	/**
	 * Who belongs to a site is decided at the platform; here these would make people who cannot sign in, or a role that
	 * ends with the next sign-on.
	 */
	private const DONE_AT_THE_PLATFORM = array( 'create_users', 'add_users', 'promote_users', 'promote_user' );

	/**
	 * Hook into WordPress.
	 */
	public static function hook(): void {
		add_action( 'plugins_loaded', array( self::class, 'require_own_host' ), 0 );
		add_action( 'init', array( self::class, 'send_headers' ) );
		add_action( 'send_headers', array( self::class, 'send_frame_rule' ) );
		add_action( 'login_init', array( self::class, 'forget_foreign_redirect' ), 0 );
		add_filter( 'wp_sitemaps_add_provider', static fn ( mixed $provider, string $name ): mixed => 'users' === $name ? false : $provider, 10, 2 );
		add_filter( 'rest_user_query', array( self::class, 'search_no_logins' ) );
		add_filter( 'http_request_args', array( self::class, 'trust_own_authorities' ) );
		// Where uploads go is the operator's to say, not a setting's.
		add_filter( 'pre_option_upload_path', '__return_empty_string' );
		add_filter( 'pre_option_upload_url_path', '__return_empty_string' );
		if ( Provider::configured() ) {
			add_filter( 'pre_option_users_can_register', static fn (): string => '0' );
			add_filter( 'pre_option_default_role', static fn (): string => 'subscriber' );
			add_filter( 'map_meta_cap', array( self::class, 'leave_people_to_the_platform' ), 10, 4 );
		}
	}

	/**
	 * A request under another name than the site's is led to it, or refused where it could change something: links, cookies
	 * and caches must never be made for a name that somebody else chose.
	 */
	public static function require_own_host(): void {
		$given = strtolower( (string) ( $_SERVER['HTTP_HOST'] ?? '' ) );
		$home  = (string) get_option( 'home' );
		if ( 'cli' === PHP_SAPI || wp_installing() || '' === $home || self::authority( $home ) === $given ) {
			return;
		}
		if ( in_array( $_SERVER['REQUEST_METHOD'] ?? '', array( 'GET', 'HEAD' ), true ) ) {
			$uri = '/' . ltrim( (string) ( $_SERVER['REQUEST_URI'] ?? '/' ), '/\\' );
			header( 'Location: ' . self::origin( $home ) . preg_replace( '/[^\x21-\x7e]/', '', $uri ), true, 302 );
			exit;
		}
		status_header( 421 );
		header( 'Content-Type: text/plain; charset=UTF-8' );
		exit( 'This site does not answer under that name.' );
	}

	/**
	 * A network may have a certificate authority of its own, which `SSL_CERT_FILE` names, as for OpenSSL: WordPress would
	 * trust nobody but the list that it brings.
	 *
	 * @param array<string,mixed> $arguments Of a request that the site makes.
	 * @return array<string,mixed>
	 */
	public static function trust_own_authorities( array $arguments ): array {
		$file = getenv( 'SSL_CERT_FILE' );
		return is_string( $file ) && is_readable( $file ) ? array_merge( $arguments, array( 'sslcertificates' => $file ) ) : $arguments;
	}

	/**
	 * Headers of every answer that WordPress makes.
	 */
	public static function send_headers(): void {
		if ( ! headers_sent() ) {
			header( 'X-Content-Type-Options: nosniff' );
			header( 'Referrer-Policy: strict-origin-when-cross-origin' );
		}
	}

	/**
	 * Pages are framed by this site alone; embeds of articles exist to be framed by others. WordPress does the same for its
	 * own administration.
	 *
	 * @param \WP $request The request.
	 */
	public static function send_frame_rule( \WP $request ): void {
		if ( empty( $request->query_vars['embed'] ) && ! headers_sent() ) {
			header( 'X-Frame-Options: SAMEORIGIN' );
			header( "Content-Security-Policy: frame-ancestors 'self'", false );
		}
	}

	/**
	 * Whether an address is one of this site: the same scheme, host and port.
	 *
	 * @param string $address Any.
	 */
	public static function is_own( string $address ): bool {
		if ( preg_match( '#^/(?![/\\\\])#', $address ) ) {
			return true;
		}
		return self::same_origin( $address, home_url() ) || self::same_origin( $address, site_url() );
	}

	/**
	 * Whether two web addresses have the same scheme, host and port.
	 *
	 * @param string $one   An address.
	 * @param string $other Another.
	 */
	public static function same_origin( string $one, string $other ): bool {
		return '' !== self::origin( $one ) && self::origin( $one ) === self::origin( $other );
	}

	/**
	 * Let WordPress's own login pages, which look at the host alone, lead nowhere but to this site.
	 */
	public static function forget_foreign_redirect(): void {
		// phpcs:disable WordPress.Security.NonceVerification.Recommended
		$wanted = $_REQUEST['redirect_to'] ?? '';
		if ( ! is_string( $wanted ) || ( '' !== $wanted && ! self::is_own( wp_sanitize_redirect( wp_unslash( $wanted ) ) ) ) ) {
			unset( $_REQUEST['redirect_to'], $_GET['redirect_to'], $_POST['redirect_to'] );
		}
		// phpcs:enable
	}

	/**
	 * Whoever may not list users cannot find out their logins by searching either.
	 *
	 * @param array<string,mixed> $query For WP_User_Query.
	 * @return array<string,mixed>
	 */
	public static function search_no_logins( array $query ): array {
		if ( ! empty( $query['search'] ) && ! current_user_can( 'list_users' ) ) {
			$query['search_columns'] = array( 'display_name', 'user_nicename' );
		}
		return $query;
	}

	/**
	 * Take away what is done at the platform. Whoever has left it may be deleted here, nobody else.
	 *
	 * @param array<string> $caps    What is needed.
	 * @param string        $cap     What is asked.
	 * @param int           $user_id Who asks.
	 * @param array<mixed>  $args    About whom.
	 * @return array<string>
	 */
	public static function leave_people_to_the_platform( array $caps, string $cap, int $user_id, array $args ): array {
		if ( in_array( $cap, array( 'delete_user', 'remove_user' ), true ) ) {
			$user = get_userdata( (int) ( $args[0] ?? 0 ) );
			return false !== $user && array() !== $user->roles && People::is_person( $user ) ? array( 'do_not_allow' ) : $caps;
		}
		return in_array( $cap, self::DONE_AT_THE_PLATFORM, true ) ? array( 'do_not_allow' ) : $caps;
	}

	/**
	 * Scheme, host and port of an address; empty when it is no web address.
	 *
	 * @param string $address Any.
	 */
	public static function origin( string $address ): string {
		$scheme = strtolower( (string) wp_parse_url( $address, PHP_URL_SCHEME ) );
		return in_array( $scheme, array( 'http', 'https' ), true ) ? $scheme . '://' . self::authority( $address ) : '';
	}

	/**
	 * Host and port as a browser sends them: without the scheme's own port.
	 *
	 * @param string $address A web address.
	 */
	private static function authority( string $address ): string {
		$parts = (array) wp_parse_url( $address );
		$own   = 'https' === strtolower( (string) ( $parts['scheme'] ?? '' ) ) ? 443 : 80;
		$port  = (int) ( $parts['port'] ?? $own );
		return strtolower( (string) ( $parts['host'] ?? '' ) ) . ( $port === $own ? '' : ":$port" );
	}
}
