<?php
/**
 * Ends with 0 when the server takes connections; whether the site works is for the probes of its pod to ask.
 *
 * @package Presswerk
 */

$presswerk_address = getenv( 'PRESSWERK_SITE_ADDRESS' );
$presswerk_port    = is_string( $presswerk_address ) ? substr( strrchr( $presswerk_address, ':' ), 1 ) : '8080';
exit( false === @stream_socket_client( "tcp://127.0.0.1:$presswerk_port", $presswerk_errno, $presswerk_told, 3 ) ? 1 : 0 );
