<?php
/**
 * Writes all tables of one site to standard output, one JSON value a line, whichever kind of database they are in.
 *
 * A line is {"table", "create"}, then {"table", "rows"} with at most 200 rows each, and at the end {"end", "tables"} with
 * each table's number of rows and checksum. A value is a string, null, or {"b64"} where it is no UTF-8.
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
	// All tables as of one moment, while others write on; of a file, whoever asks has made a copy before.
	if ( ! defined( 'DB_ENGINE' ) || 'sqlite' !== DB_ENGINE ) {
		$wpdb->query( 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ' );
		$wpdb->query( 'START TRANSACTION WITH CONSISTENT SNAPSHOT' );
	}
	$tables = array();
	foreach ( presswerk_tables() as $table ) {
		$create = $wpdb->get_row( "SHOW CREATE TABLE `$table`", ARRAY_N );
		if ( ! is_array( $create ) ) {
			fwrite( STDERR, "Table $table cannot be read: $wpdb->last_error\n" );
			exit( 1 );
		}
		// Each server has newest collations that others don't know; this one they all do, and WordPress chooses it too.
		$statement = preg_replace( '/utf8mb4_(?:0900|uca1400)_\w+/', 'utf8mb4_unicode_520_ci', $create[1] );
		presswerk_line( array( 'table' => $table, 'create' => $statement ) );
		$tables[ $table ] = presswerk_each_batch(
			$table,
			static fn( array $rows ) => presswerk_line( array( 'table' => $table, 'rows' => $rows ) )
		);
	}
	presswerk_line( array( 'end' => true, 'tables' => $tables ) );
	presswerk_done();
} )();
