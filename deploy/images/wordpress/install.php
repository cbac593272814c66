<?php
/**
 * Installs one site, on its volume that nothing may have filled before: see prepare.php and install_site.php.
 *
 * @package Presswerk
 */

require __DIR__ . '/image/prepare.php';

( static function (): void {
	$wanted = json_decode( (string) file_get_contents( (string) getenv( 'PRESSWERK_INSTALLATION' ) ), true, 8, JSON_THROW_ON_ERROR );
	$known  = array();
	foreach ( glob( __DIR__ . '/languages/*.l10n.php' ) as $file ) {
		$name = basename( $file, '.l10n.php' );
		// Core's own translations are the files whose name is nothing but a locale.
		if ( ! str_contains( $name, '-' ) ) {
			$known[] = $name;
		}
	}
	sort( $known );
	// WordPress's name for a language: the region that is asked for, else any, else American English.
	$language = strtok( $wanted['language'], '_' );
	$same     = array_values( array_filter( $known, static fn ( string $name ): bool => strtok( $name, '_' ) === $language ) );
	if ( ! in_array( $wanted['language'], $same, true ) ) {
		$wanted['language'] = $same[0] ?? 'en_US';
	}
	// It holds a secret, so it goes into no file and to no other process.
	putenv( 'PRESSWERK_INSTALLATION=data:application/json;base64,' . base64_encode( json_encode( $wanted, JSON_THROW_ON_ERROR ) ) );
} )();

require __DIR__ . '/install_site.php';
