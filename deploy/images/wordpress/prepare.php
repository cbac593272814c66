<?php
/**
 * Brings a site's volume to what WordPress expects there; several pods may do it at once, and a second time changes
 * nothing. What the image has is linked, so that a new image brings new versions to every site.
 *
 * @package Presswerk
 */

( static function (): void {
	$image   = dirname( __DIR__ );
	$content = (string) getenv( 'PRESSWERK_SITE_CONTENT' );
	$fail    = static function ( string $told ): void {
		fwrite( STDERR, "The site's volume cannot be prepared: $told\n" );
		exit( 1 );
	};
	$make = static function ( string $directory, int $mode ) use ( $fail ): void {
		if ( ! is_dir( $directory ) && ! @mkdir( $directory, $mode, true ) && ! is_dir( $directory ) ) {
			$fail( "$directory cannot be made" );
		}
	};
	$link = static function ( string $link, string $target ) use ( $fail ): void {
		if ( is_link( $link ) && readlink( $link ) === $target ) {
			return;
		}
		if ( file_exists( $link ) && ! is_link( $link ) ) {
			$fail( "$link is there and is not the image's" );
		}
		// A link is replaced by renaming another one over it, so that there is always one.
		$new = $link . '.new-' . bin2hex( random_bytes( 6 ) );
		if ( ! @symlink( $target, $new ) || ! @rename( $new, $link ) ) {
			$fail( "$link cannot be linked to $target" );
		}
	};

	if ( '' === $content ) {
		$fail( 'PRESSWERK_SITE_CONTENT does not name it' );
	}
	$make( dirname( $content ) . '/database', 0700 );
	foreach ( array( 'plugins', 'themes', 'uploads', 'mu-plugins' ) as $name ) {
		$make( "$content/$name", 0750 );
	}
	// Before it was must-use, the connector was a plugin that an administrator could switch off.
	if ( is_link( "$content/plugins/presswerk-connector" ) ) {
		@unlink( "$content/plugins/presswerk-connector" );
	}
	$link( "$content/mu-plugins/presswerk-connector.php", "$image/presswerk-connector/must-use.php" );
	// There for a site's administrator to switch on; by itself it does nothing.
	if ( is_dir( "$image/mcp-adapter" ) ) {
		$link( "$content/plugins/mcp-adapter", "$image/mcp-adapter" );
	}
	foreach ( glob( "$image/core/wp-content/themes/*", GLOB_ONLYDIR ) as $theme ) {
		$link( "$content/themes/" . basename( $theme ), $theme );
	}
	$link( "$content/languages", "$image/languages" );
	$link( "$content/db.php", "$image/db.php" );
} )();
