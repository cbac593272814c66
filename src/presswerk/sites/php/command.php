<?php
/**
 * Loads WordPress for a command. WordPress ends with 0 and a page for browsers where, for example, its database is away;
 * a command ends with 0 only after it has said that it is done, and tells in words what stopped it.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

$_SERVER['HTTP_HOST']      = (string) getenv( 'PRESSWERK_SITE_HOST' );
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['REQUEST_URI']    = '/';

$presswerk_done = false;
ob_start();
register_shutdown_function(
	static function (): void {
		if ( $GLOBALS['presswerk_done'] ) {
			return;
		}
		$page = (string) preg_replace( '#<(style|script|title)\b.*?</\1>#si', '', (string) ob_get_clean() );
		$said = trim( (string) preg_replace( '/\s+/', ' ', html_entity_decode( strip_tags( str_replace( '<', ' <', $page ) ), ENT_QUOTES | ENT_HTML5 ) ) );
		if ( '' !== $said ) {
			fwrite( STDERR, 'WordPress has stopped: ' . mb_strimwidth( $said, 0, 600, '…' ) . "\n" );
		}
		exit( 1 );
	}
);

/**
 * Says that the command has done what it is for, as its last word.
 *
 * @param array $result What it prints, as JSON; nothing when null.
 */
function presswerk_done( ?array $result = null ): void {
	$GLOBALS['presswerk_done'] = true;
	ob_end_clean();
	if ( null !== $result ) {
		fwrite( STDOUT, json_encode( $result, JSON_THROW_ON_ERROR ) );
	}
}

require getenv( 'PRESSWERK_WORDPRESS' ) . '/wp-load.php';
