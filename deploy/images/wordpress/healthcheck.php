<?php
/**
 * Ends with 0 when a worker answers; whether WordPress and its database work is for the probes of its pod to ask.
 *
 * @package Presswerk
 */

exit( 'pong' === @file_get_contents( 'http://127.0.0.1:8080/presswerk-alive', false, stream_context_create( array( 'http' => array( 'timeout' => 4 ) ) ) ) ? 0 : 1 );
