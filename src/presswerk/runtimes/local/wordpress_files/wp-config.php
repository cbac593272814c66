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

$table_prefix = 'wp_';

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/core/' );
}
require_once ABSPATH . 'wp-settings.php';
