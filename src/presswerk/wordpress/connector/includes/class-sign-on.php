<?php
/**
 * Signing on with the one login: authorization code flow with PKCE.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * The flow from the login page to the identity provider and back.
 */
final class Sign_On {

	private const COOKIE          = 'presswerk_sign_on';
	private const ATTEMPT_SECONDS = 600;
	private const MAX_ADDRESS     = 1000;
	private const SESSION_SECONDS = 8 * HOUR_IN_SECONDS;
	private const SCOPES          = 'openid profile email groups';

	/**
	 * Hook into WordPress's login.
	 */
	public static function hook(): void {
		if ( ! Provider::configured() ) {
			return;
		}
		add_action( 'login_form_login', array( self::class, 'replace_login_form' ) );
		add_action( 'login_form_register', array( Login_Pages::class, 'replace_registration' ) );
		add_action( 'login_form_presswerk', array( self::class, 'start' ) );
		add_action( 'login_form_presswerk-callback', array( self::class, 'finish' ) );
		add_action( 'template_redirect', array( self::class, 'let_authors_preview' ), 1 );
		add_filter( 'application_password_is_api_request', array( self::class, 'takes_application_passwords' ) );
		add_filter( 'xmlrpc_enabled', '__return_false' );
		Sign_Out::hook();
		add_filter( 'auth_cookie_expiration', array( self::class, 'session_seconds' ), 10, 2 );
		if ( ! self::allows_passwords() ) {
			remove_filter( 'authenticate', 'wp_authenticate_username_password', 20 );
			remove_filter( 'authenticate', 'wp_authenticate_email_password', 20 );
			add_filter( 'allow_password_reset', '__return_false' );
			add_filter( 'show_password_fields', '__return_false' );
			foreach ( array( 'lostpassword', 'retrievepassword', 'resetpass', 'rp' ) as $action ) {
				add_action( "login_form_$action", array( Login_Pages::class, 'replace_password_form' ) );
			}
		}
	}

	/**
	 * Whether this site also lets users in by a password of its own, at wp-login.php?local=1.
	 */
	public static function allows_passwords(): bool {
		return defined( 'PRESSWERK_LOCAL_LOGIN' ) && true === PRESSWERK_LOCAL_LOGIN;
	}

	/**
	 * Application passwords are for the REST API only.
	 *
	 * @param bool $is_api Whether WordPress would take one.
	 */
	public static function takes_application_passwords( bool $is_api ): bool {
		return $is_api && ! ( defined( 'XMLRPC_REQUEST' ) && XMLRPC_REQUEST );
	}

	/**
	 * A link to a draft's preview leads an author who is not signed in yet through the provider, not to "not found".
	 */
	public static function let_authors_preview(): void {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended
		if ( isset( $_GET['preview'] ) && is_404() && ! is_user_logged_in() ) {
			Login_Pages::no_store();
			wp_safe_redirect( self::start_address( home_url( (string) wp_unslash( $_SERVER['REQUEST_URI'] ) ) ) );
			exit;
		}
	}

	/**
	 * Send whoever must sign in straight to the provider; after signing out, show a page with a button.
	 */
	public static function replace_login_form(): void {
		// phpcs:disable WordPress.Security.NonceVerification.Recommended
		if ( self::allows_passwords() && ( isset( $_GET['local'] ) || 'POST' === $_SERVER['REQUEST_METHOD'] ) ) {
			return;
		}
		$signed_out = isset( $_GET['loggedout'] );
		if ( ! $signed_out && ! isset( $_GET['interim-login'] ) && 'GET' === $_SERVER['REQUEST_METHOD'] ) {
			Login_Pages::no_store();
			wp_safe_redirect( self::start_address( self::wanted_address() ) );
			exit;
		}
		// phpcs:enable
		Login_Pages::show(
			$signed_out ? __( 'You are signed out', 'presswerk-connector' ) : __( 'Sign in', 'presswerk-connector' ),
			$signed_out ? __( 'You are signed out of this site.', 'presswerk-connector' ) : __( 'Sign in with your one login.', 'presswerk-connector' ),
			self::start_address( admin_url() ),
			200
		);
	}

	/**
	 * Begin a sign-on.
	 */
	public static function start(): void {
		Login_Pages::no_store();
		try {
			// The attempt travels with the browser: whoever begins and never comes back leaves nothing here.
			$id    = Sealed::base64url( random_bytes( 16 ) );
			$state = Sealed::seal(
				self::COOKIE,
				array(
					'id'       => $id,
					'browser'  => hash( 'sha256', self::browser() ),
					'redirect' => self::wanted_address(),
				),
				self::ATTEMPT_SECONDS
			);
			$address = add_query_arg(
				array_map(
					'rawurlencode',
					array(
						'response_type'         => 'code',
						'client_id'             => Provider::client_id(),
						'redirect_uri'          => self::redirect_uri(),
						'scope'                 => self::SCOPES,
						'state'                 => $state,
						'nonce'                 => Sealed::derive( 'nonce', $id ),
						'code_challenge'        => Sealed::base64url( hash( 'sha256', Sealed::derive( 'verifier', $id ), true ) ),
						'code_challenge_method' => 'S256',
					)
				),
				Provider::endpoint( 'authorization_endpoint' )
			);
		} catch ( Problem $problem ) {
			Login_Pages::show( __( 'You cannot sign in now', 'presswerk-connector' ), $problem->getMessage() . ' ' . __( 'Try again in a minute; if it stays so, tell the operator.', 'presswerk-connector' ), self::start_address( self::wanted_address() ), $problem->status );
		}
		// To the provider, which is another host than this site's.
		wp_redirect( $address ); // phpcs:ignore WordPress.Security.SafeRedirect.wp_redirect_wp_redirect
		exit;
	}

	/**
	 * End a sign-on: the provider sends the browser back here.
	 */
	public static function finish(): void {
		Login_Pages::no_store();
		try {
			$attempt = self::take_attempt();
			$claims  = self::claims( $attempt );
			$user    = self::user( $claims );
		} catch ( No_Entry $stranger ) {
			// The provider would sign the same person on again; somebody else must be able to.
			Login_Pages::show( __( 'No entry', 'presswerk-connector' ), $stranger->getMessage(), Sign_Out::address( $stranger->id_token ) ?? self::start_address( admin_url() ), 403, __( 'Sign in as somebody else', 'presswerk-connector' ) );
		} catch ( Problem $problem ) {
			Login_Pages::show( __( 'You are not signed in', 'presswerk-connector' ), $problem->getMessage(), self::start_address( admin_url() ), $problem->status );
		}
		self::forget_browser();
		Sign_Out::keep( $claims['id_token'] );
		update_user_meta( $user->ID, Credentials::SIGNED_ON, time() );
		wp_set_auth_cookie( $user->ID, false );
		wp_set_current_user( $user->ID );
		/** This action is documented in wp-includes/user.php */
		do_action( 'wp_login', $user->user_login, $user ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals
		wp_safe_redirect( $attempt['redirect'] );
		exit;
	}

	/**
	 * A person's session is short, so that who left the tenant is out of the site the same day.
	 *
	 * @param int $seconds WordPress's own.
	 * @param int $user_id Whose.
	 */
	public static function session_seconds( int $seconds, int $user_id ): int {
		$user = get_userdata( $user_id );
		return false !== $user && People::is_person( $user ) ? self::SESSION_SECONDS : $seconds;
	}

	/**
	 * Where the provider sends the browser back to.
	 */
	public static function redirect_uri(): string {
		return site_url( 'wp-login.php?action=presswerk-callback' );
	}

	/**
	 * Where a sign-on starts.
	 *
	 * @param string $redirect Where to go afterwards.
	 */
	public static function start_address( string $redirect ): string {
		return add_query_arg( 'redirect_to', rawurlencode( $redirect ), site_url( 'wp-login.php?action=presswerk' ) );
	}

	/**
	 * The attempt this answer belongs to; an answer is good once, and only in the browser that began.
	 *
	 * @return array{id:string,browser:string,redirect:string}
	 * @throws Problem It belongs to none.
	 */
	private static function take_attempt(): array {
		// phpcs:disable WordPress.Security.NonceVerification.Recommended
		$attempt = Sealed::open( self::COOKIE, wp_unslash( $_GET['state'] ?? null ) );
		$browser = is_string( $_COOKIE[ self::cookie() ] ?? null ) ? $_COOKIE[ self::cookie() ] : '';
		if ( null === $attempt || ! hash_equals( $attempt['browser'], hash( 'sha256', $browser ) ) ) {
			if ( null !== $attempt && is_user_logged_in() ) {
				// Begun in two windows, and ended in the other one first.
				wp_safe_redirect( $attempt['redirect'] );
				exit;
			}
			throw new Problem( 'state', __( 'This sign-in is too old, was used already or began in another browser. Sign in again.', 'presswerk-connector' ), 403 );
		}
		if ( isset( $_GET['iss'] ) && Provider::issuer() !== wp_unslash( $_GET['iss'] ) ) {
			// RFC 9207: the answer says who gives it.
			throw new Problem( 'issuer', __( 'Another identity provider answered. Sign in again.', 'presswerk-connector' ), 403 );
		}
		if ( ! is_string( $_GET['code'] ?? null ) ) {
			throw new Problem( 'refused', __( 'The identity provider did not sign you in. Sign in again.', 'presswerk-connector' ), 403 );
		}
		// phpcs:enable
		return $attempt;
	}

	/**
	 * Who signed in.
	 *
	 * @param array<string,string> $attempt The attempt.
	 * @return array<string,mixed> Verified claims, with groups and the token itself.
	 * @throws Problem It cannot be verified.
	 */
	private static function claims( array $attempt ): array {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended
		$tokens = Provider::exchange( (string) wp_unslash( $_GET['code'] ), Sealed::derive( 'verifier', $attempt['id'] ), self::redirect_uri() );
		if ( ! is_string( $tokens['id_token'] ?? null ) ) {
			throw Id_Token::refused( __( 'it has no ID token', 'presswerk-connector' ) );
		}
		$claims = Id_Token::verify( $tokens['id_token'], Sealed::derive( 'nonce', $attempt['id'] ) );
		if ( Provider::says_groups_in_userinfo() ) {
			if ( ! is_string( $tokens['access_token'] ?? null ) ) {
				throw Id_Token::refused( __( 'it has no access token', 'presswerk-connector' ) );
			}
			$told = Provider::userinfo( $tokens['access_token'] );
			if ( ( $told['sub'] ?? null ) !== $claims['sub'] ) {
				throw Id_Token::refused( __( 'it speaks of somebody else', 'presswerk-connector' ) );
			}
			// What it leaves out of groups there, nobody has, whatever the token says.
			$claims = $told + array( 'groups' => null ) + $claims;
		}
		return array(
			'id_token'     => $tokens['id_token'],
			'access_token' => $tokens['access_token'] ?? null,
		) + $claims;
	}

	/**
	 * The person as a user with today's role.
	 *
	 * @param array<string,mixed> $claims Verified.
	 * @throws No_Entry The person has no role here.
	 * @throws Problem  The user cannot be made.
	 */
	private static function user( array $claims ): \WP_User {
		$issuer  = Provider::issuer();
		$subject = (string) $claims['sub'];
		$name    = is_string( $claims['name'] ?? null ) && '' !== trim( $claims['name'] ) ? $claims['name'] : $subject;
		$email   = is_string( $claims['email'] ?? null ) ? $claims['email'] : null;
		$role    = Roles::of_groups( is_array( $claims['groups'] ?? null ) ? $claims['groups'] : array() );
		if ( null === $role ) {
			$left = People::find( $issuer, $subject );
			if ( null !== $left ) {
				People::end( $left, null );
			}
			throw new No_Entry( sprintf( /* translators: %s: a person's name */ __( 'You are signed in as %s, but you are not a member of this site. Ask its admin to add you, then sign in again.', 'presswerk-connector' ), $name ), $claims['id_token'] );
		}
		$known = People::find( $issuer, $subject );
		$user  = $known ?? People::ensure( $issuer, $subject, $name, $email, $role );
		if ( null === $known || array( $role ) !== array_values( $user->roles ) || Newcomers::is_new( $user ) ) {
			Newcomers::note( $user, $claims['access_token'] );
			$user->set_role( $role );
		}
		People::follow( $user, $name, $email );
		return $user;
	}

	/**
	 * The cookie's name. Under https a browser takes it from this very host alone: a neighbour on the same domain, such as
	 * another tenant's site, cannot plant one.
	 */
	private static function cookie(): string {
		return ( is_ssl() ? '__Host-' : '' ) . self::COOKIE;
	}

	/**
	 * A secret of this browser, in a cookie that scripts cannot read and other sites cannot use.
	 */
	private static function browser(): string {
		$known = is_string( $_COOKIE[ self::cookie() ] ?? null ) ? $_COOKIE[ self::cookie() ] : '';
		$value = preg_match( '/^[A-Za-z0-9_-]{43}$/', $known ) ? $known : Sealed::base64url( random_bytes( 32 ) );
		self::set_cookie( $value, 0 );
		return $value;
	}

	/**
	 * After a sign-on no answer to what this browser began before is good any more.
	 */
	private static function forget_browser(): void {
		self::set_cookie( '', 1 );
	}

	/**
	 * Send the cookie.
	 *
	 * @param string $value   Its value.
	 * @param int    $expires Unix seconds; 0 for the browser's session.
	 */
	private static function set_cookie( string $value, int $expires ): void {
		setcookie(
			self::cookie(),
			$value,
			array(
				'expires'  => $expires,
				'path'     => '/',
				'secure'   => is_ssl(),
				'httponly' => true,
				'samesite' => 'Lax',
			)
		);
	}

	/**
	 * Where the person wanted to go: an address of this site.
	 */
	private static function wanted_address(): string {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended
		$wanted = is_string( $_GET['redirect_to'] ?? null ) ? wp_unslash( $_GET['redirect_to'] ) : '';
		$address = wp_sanitize_redirect( $wanted );
		return '' !== $address && strlen( $address ) <= self::MAX_ADDRESS && Hardening::is_own( $address ) ? $address : admin_url();
	}
}
