<?php
/**
 * Asks the site to do what is due, as a Job of its own beside the pods that do it. WordPress answers that with 200 before
 * it has looked at anything, so the site is asked first whether it is ready.
 *
 * @package Presswerk
 */

( static function (): void {
	$context = stream_context_create(
		array(
			'http' => array(
				'header'          => 'Host: ' . getenv( 'PRESSWERK_SITE_HOST' ),
				'timeout'         => 120,
				'follow_location' => 0,
				'ignore_errors'   => true,
			),
		)
	);
	foreach ( array( '/presswerk-ready', '/wp-cron.php' ) as $path ) {
		$url    = getenv( 'PRESSWERK_SITE_INTERNAL_URL' ) . $path;
		$answer = @file_get_contents( $url, false, $context );
		$status = $http_response_header[0] ?? 'no answer';
		if ( false === $answer || ! preg_match( '#^HTTP/\S+ 200\b#', $status ) ) {
			fwrite( STDERR, "$url: $status\n" );
			exit( 1 );
		}
	}
} )();
