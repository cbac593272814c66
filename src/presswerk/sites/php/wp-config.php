<?php
/**
 * One WordPress for all sites of this machine: which of them this process serves stands in its environment.
 *
 * @package Presswerk
 */

$presswerk_site_config = getenv( 'PRESSWERK_SITE_CONFIG' );
if ( ! is_string( $presswerk_site_config ) || ! is_file( $presswerk_site_config ) ) {
	http_response_code( 500 );
	exit( 'PRESSWERK_SITE_CONFIG does not name the configuration of a site.' );
}
require $presswerk_site_config;

// Behind the entry a request came over https, and from whom the entry names last. The hub and the site's clock, which come
// from this machine itself, name nobody, and WordPress would refuse their application password over plain http.
if ( str_starts_with( WP_HOME, 'https:' ) && 'http' !== ( $_SERVER['HTTP_X_FORWARDED_PROTO'] ?? 'https' ) ) {
	$_SERVER['HTTPS'] = 'on';
	$presswerk_senders = explode( ',', $_SERVER['HTTP_X_FORWARDED_FOR'] ?? '' );
	$presswerk_sender  = trim( end( $presswerk_senders ) );
	if ( false !== filter_var( $presswerk_sender, FILTER_VALIDATE_IP ) ) {
		$_SERVER['REMOTE_ADDR'] = $presswerk_sender;
	}
}

$table_prefix = 'wp_';

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/core/' );
}
require_once ABSPATH . 'wp-settings.php';
