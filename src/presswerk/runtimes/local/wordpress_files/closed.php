<?php
/**
 * What a suspended site answers to everything: 503 and a page that says so, in the language that the browser asks for, else the site's.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

( static function (): void {
	$path = explode( '?', $_SERVER['REQUEST_URI'], 2 )[0];
	header( 'Cache-Control: no-store' );
	header( 'X-Content-Type-Options: nosniff' );

	// Whoever watches the process asks here; a site that is closed as it should be is healthy.
	if ( '/presswerk-closed' === $path ) {
		header( 'Content-Type: text/plain; charset=UTF-8' );
		echo 'closed';
		return;
	}

	http_response_code( 503 );
	header( 'Retry-After: 3600' );
	header( 'X-Robots-Tag: noindex' );
	$asked  = strtolower( substr( trim( (string) ( $_SERVER['HTTP_ACCEPT_LANGUAGE'] ?? '' ) ), 0, 2 ) );
	$asked  = in_array( $asked, array( 'de', 'en' ), true ) ? $asked : strtolower( (string) getenv( 'PRESSWERK_SITE_LANGUAGE' ) );
	$german = str_starts_with( $asked, 'de' );
	$said   = $german ? 'Diese Website ist vorübergehend geschlossen.' : 'This site is closed for now.';
	if ( str_starts_with( $path, '/wp-json/' ) || isset( $_GET['rest_route'] ) ) {
		header( 'Content-Type: application/json; charset=UTF-8' );
		echo json_encode( array( 'code' => 'presswerk_suspended', 'message' => $said, 'data' => array( 'status' => 503 ) ), JSON_UNESCAPED_UNICODE );
		return;
	}
	header( 'Content-Type: text/html; charset=UTF-8' );
	header( "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'" );
	$name = htmlspecialchars( (string) getenv( 'PRESSWERK_SITE_NAME' ), ENT_QUOTES | ENT_HTML5, 'UTF-8' );
	$hint = $german
		? 'Bitte schauen Sie später wieder vorbei. Wer sie betreibt, erfährt den Grund von der Plattform.'
		: 'Please come back later. Whoever runs it can ask the platform why.';
	$lang = $german ? 'de' : 'en';
	echo <<<HTML
		<!doctype html>
		<html lang="$lang">
		<head>
		<meta charset="utf-8">
		<meta name="viewport" content="width=device-width, initial-scale=1">
		<title>$name</title>
		<style>
		:root { color-scheme: light dark; }
		body { display: grid; min-height: 100vh; margin: 0; place-content: center; padding: 1.5rem;
			font: 1.125rem/1.6 system-ui, sans-serif; text-align: center; }
		h1 { font-size: 1.75rem; margin: 0 0 .5rem; }
		p { margin: 0; max-width: 34rem; }
		p + p { opacity: .75; }
		</style>
		</head>
		<body><main><h1>$name</h1><p>$said</p><p>$hint</p></main></body>
		</html>
		HTML;
} )();
