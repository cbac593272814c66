<?php
/**
 * Puts all tables that content_out.php has written, from standard input, into one site's database, and checks that it
 * then holds the same. What was in the database before is dropped.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

define( 'SHORTINIT', true );
require __DIR__ . '/command.php';
require __DIR__ . '/content_rows.php';

( static function (): void {
	global $wpdb;
	$wpdb->hide_errors();
	$run = static function ( string $statement, string $table ) use ( $wpdb ): void {
		if ( false === $wpdb->query( $statement ) ) {
			fwrite( STDERR, "Table $table cannot be written: $wpdb->last_error\n" );
			exit( 1 );
		}
	};
	foreach ( presswerk_tables() as $table ) {
		$run( "DROP TABLE `$table`", $table );
	}
	$wanted = null;
	while ( false !== ( $line = fgets( STDIN ) ) ) {
		$item = json_decode( $line, true, 16, JSON_THROW_ON_ERROR );
		if ( isset( $item['create'] ) ) {
			$run( $item['create'], $item['table'] );
		} elseif ( isset( $item['rows'] ) ) {
			$columns = '`' . implode( '`, `', array_keys( $item['rows'][0] ) ) . '`';
			// A statement of a few rows at most: an article may be large, and a server takes no statement of any length.
			foreach ( array_chunk( $item['rows'], 20 ) as $rows ) {
				$values = array_map( static fn( array $row ) => '(' . implode( ', ', array_map( 'presswerk_literal', $row ) ) . ')', $rows );
				$run( "INSERT INTO `{$item['table']}` ($columns) VALUES " . implode( ', ', $values ), $item['table'] );
			}
		} else {
			$wanted = $item['tables'];
		}
	}
	if ( null === $wanted ) {
		fwrite( STDERR, "The content ends too early.\n" );
		exit( 1 );
	}
	$found = array();
	foreach ( presswerk_tables() as $table ) {
		$found[ $table ] = presswerk_each_batch( $table, static function (): void {} );
	}
	foreach ( $wanted as $table => $expected ) {
		if ( ( $found[ $table ] ?? null ) !== $expected ) {
			fwrite( STDERR, "Table $table is not the same after the move: " . json_encode( array( $expected, $found[ $table ] ?? null ) ) . "\n" );
			exit( 1 );
		}
	}
	presswerk_done( $wanted );
} )();
