<?php
/**
 * Router of PHP's own web server for one site: core and the site's content are two directories under one address.
 *
 * Only what a browser needs is served: no dotfile, no database, no configuration, no PHP below wp-content, and of core
 * only its public entry points.
 *
 * @package Presswerk
 */

( static function (): void {
	$path = rawurldecode( explode( '?', $_SERVER['REQUEST_URI'], 2 )[0] );

	// A doubled slash would slip past the rules for files below; WordPress's own addresses may have one: the site editor asks
	// for /wp-json/wp/v2/template-parts/THEME//header.
	$slipping = str_contains( $path, '//' ) && preg_match( '#^/+wp-(admin|includes|content)(/|$)|\.php#i', $path );
	if ( str_contains( $path, "\0" ) || preg_match( '#(^|/)\.#', $path ) || str_contains( $path, '\\' ) || $slipping ) {
		http_response_code( 404 );
		// A browser shows an error of its own for an answer without a word.
		exit( 'Not found.' );
	}

	// A site with a domain of its own is found there; its other addresses lead to it. Not for good: a domain can be given up.
	$others = explode( ',', (string) getenv( 'PRESSWERK_SITE_OTHER_HOSTS' ) );
	if ( in_array( $_SERVER['HTTP_HOST'] ?? '', $others, true ) && in_array( $_SERVER['REQUEST_METHOD'], array( 'GET', 'HEAD' ), true ) ) {
		header( 'Location: http://' . getenv( 'PRESSWERK_SITE_HOST' ) . $_SERVER['REQUEST_URI'], true, 302 );
		exit;
	}

	$content = (string) getenv( 'PRESSWERK_SITE_CONTENT' );
	if ( str_starts_with( $path, '/wp-content/' ) ) {
		$file = realpath( $content . substr( $path, strlen( '/wp-content' ) ) );
		$types = array(
			'css'   => 'text/css; charset=UTF-8',
			'gif'   => 'image/gif',
			'ico'   => 'image/x-icon',
			'jpeg'  => 'image/jpeg',
			'jpg'   => 'image/jpeg',
			'js'    => 'text/javascript; charset=UTF-8',
			'json'  => 'application/json',
			'mp3'   => 'audio/mpeg',
			'mp4'   => 'video/mp4',
			'pdf'   => 'application/pdf',
			'png'   => 'image/png',
			'svg'   => 'image/svg+xml',
			'ttf'   => 'font/ttf',
			'txt'   => 'text/plain; charset=UTF-8',
			'webp'  => 'image/webp',
			'avif'  => 'image/avif',
			'woff'  => 'font/woff',
			'woff2' => 'font/woff2',
		);
		$type = $types[ strtolower( pathinfo( $path, PATHINFO_EXTENSION ) ) ] ?? null;
		if ( false === $file || ! is_file( $file ) || null === $type ) {
			http_response_code( 404 );
			exit( 'Not found.' );
		}
		header( 'Content-Type: ' . $type );
		header( 'Content-Length: ' . filesize( $file ) );
		header( 'Cache-Control: max-age=3600' );
		header( 'X-Content-Type-Options: nosniff' );
		readfile( $file );
		exit;
	}
} )();

$presswerk_core = $_SERVER['DOCUMENT_ROOT'];
$presswerk_path = rawurldecode( explode( '?', $_SERVER['REQUEST_URI'], 2 )[0] );

if ( preg_match( '#\.php(/|$)#', $presswerk_path ) ) {
	if ( preg_match( '#^/(index|wp-login|wp-cron|wp-comments-post|wp-trackback|wp-signup|wp-activate)\.php$|^/wp-admin/(?!install\.php|setup-config\.php|upgrade\.php|includes/|maint/)[a-z0-9/-]+\.php$|^/wp-includes/js/tinymce/wp-tinymce\.php$#', $presswerk_path )
		&& is_file( $presswerk_core . $presswerk_path ) ) {
		return false;
	}
	http_response_code( 404 );
	exit( 'Not found.' );
}

if ( preg_match( '#^/wp-(admin|includes)/#', $presswerk_path ) ) {
	if ( is_dir( $presswerk_core . $presswerk_path ) && str_ends_with( $presswerk_path, '/' ) && is_file( $presswerk_core . $presswerk_path . 'index.php' )
		&& str_starts_with( $presswerk_path, '/wp-admin/' ) ) {
		return false;
	}
	if ( is_file( $presswerk_core . $presswerk_path ) && preg_match( '#\.(css|js|gif|jpe?g|png|svg|ico|webp|avif|woff2?|ttf|json|map|wav|mp3|swf|txt)$#i', $presswerk_path ) ) {
		return false;
	}
	if ( '/wp-admin' !== rtrim( $presswerk_path, '/' ) ) {
		http_response_code( 404 );
		exit( 'Not found.' );
	}
}

$_SERVER['SCRIPT_NAME']     = '/index.php';
$_SERVER['PHP_SELF']        = '/index.php';
$_SERVER['SCRIPT_FILENAME'] = $presswerk_core . '/index.php';
chdir( $presswerk_core );
require $presswerk_core . '/index.php';
