<?php
/**
 * Loads a restored site whole, as a visitor's request does, and tells what WordPress itself finds in it: how many posts,
 * people, terms and publications, whether somebody can sign on, and whether its newest article can be shown.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

require __DIR__ . '/command.php';

( static function (): void {
	global $wpdb;
	$count = static fn( string $table ): int => (int) $wpdb->get_var( "SELECT COUNT(*) FROM `$table`" );

	// Whoever has come in by sign-on once; until then a site has nobody but authors of articles, who are locked.
	$admins = get_users( array( 'number' => 1, 'role' => 'administrator', 'orderby' => 'ID' ) );
	$signs  = null;
	if ( $admins ) {
		$until  = time() + 60;
		$token  = WP_Session_Tokens::get_instance( $admins[0]->ID )->create( $until );
		$cookie = wp_generate_auth_cookie( $admins[0]->ID, $until, 'logged_in', $token );
		$signs  = wp_validate_auth_cookie( $cookie, 'logged_in' ) === $admins[0]->ID;
	}

	$newest = get_posts( array( 'numberposts' => 1, 'post_status' => array( 'publish', 'draft', 'future' ) ) );
	$shown  = null;
	if ( $newest ) {
		$GLOBALS['post'] = $newest[0];
		setup_postdata( $newest[0] );
		$shown = strlen( trim( wp_strip_all_tags( apply_filters( 'the_content', $newest[0]->post_content ) ) ) );
	}
	$missing = array();
	foreach ( get_posts( array( 'post_type' => 'attachment', 'post_status' => 'inherit', 'numberposts' => -1, 'fields' => 'ids' ) ) as $id ) {
		$file = get_attached_file( $id );
		if ( $file && ! is_file( $file ) ) {
			$missing[] = (string) get_post_meta( $id, '_wp_attached_file', true );
		}
	}
	presswerk_done(
		array(
			'posts'        => $count( $wpdb->posts ),
			'users'        => $count( $wpdb->users ),
			'terms'        => $count( $wpdb->terms ),
			'options'      => $count( $wpdb->options ),
			'signs_on'     => $signs,
			'newest_shown' => $shown,
			'missing'      => $missing,
			'connector'    => defined( 'Presswerk\\Connector\\VERSION' ),
			'site'         => get_option( 'blogname' ),
		)
	);
} )();
