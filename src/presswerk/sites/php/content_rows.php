<?php
/**
 * How a site's rows are read and written as JSON; shared by what takes content out and what puts it in.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

const PRESSWERK_BATCH = 200;

/** All tables of the site's database, by name. */
function presswerk_tables(): array {
	global $wpdb;
	$tables = array_map( 'strval', $wpdb->get_col( 'SHOW TABLES' ) );
	sort( $tables );
	return $tables;
}

/**
 * Hands over a table's rows in batches.
 *
 * @param string   $table Its name.
 * @param callable $take  Gets a list of rows, each a map of column to value as in the file.
 * @return array{rows: int, checksum: string} Of all of them, whatever their order.
 */
function presswerk_each_batch( string $table, callable $take ): array {
	global $wpdb;
	$keys = array();
	foreach ( (array) $wpdb->get_results( "SHOW COLUMNS FROM `$table`", ARRAY_A ) as $column ) {
		if ( 'PRI' === $column['Key'] ) {
			$keys[] = "`{$column['Field']}`";
		}
	}
	$order = $keys ? 'ORDER BY ' . implode( ', ', $keys ) : '';
	$count = 0;
	$sum   = 0;
	do {
		$found = $wpdb->get_results( "SELECT * FROM `$table` $order LIMIT " . PRESSWERK_BATCH . " OFFSET $count", ARRAY_A );
		if ( ! is_array( $found ) || '' !== $wpdb->last_error ) {
			fwrite( STDERR, "Table $table cannot be read: $wpdb->last_error\n" );
			exit( 1 );
		}
		$rows = array_map( static fn( array $row ) => array_map( 'presswerk_written', $row ), $found );
		foreach ( $rows as $row ) {
			$sum = ( $sum + crc32( json_encode( $row, JSON_THROW_ON_ERROR ) ) ) % 0x100000000;
		}
		if ( $rows ) {
			$take( $rows );
		}
		$count += count( $rows );
	} while ( count( $rows ) === PRESSWERK_BATCH );
	return array( 'rows' => $count, 'checksum' => sprintf( '%08x', $sum ) );
}

/** A value as the file has it: numbers as text, since the two kinds of database give some as numbers and some as text. */
function presswerk_written( mixed $value ): string|array|null {
	if ( null === $value ) {
		return null;
	}
	$text = (string) $value;
	return preg_match( '//u', $text ) ? $text : array( 'b64' => base64_encode( $text ) );
}

/** A value of the file as SQL. */
function presswerk_literal( string|array|null $value ): string {
	global $wpdb;
	if ( null === $value ) {
		return 'NULL';
	}
	return "'" . $wpdb->_escape( is_array( $value ) ? base64_decode( $value['b64'], true ) : $value ) . "'";
}

/** Writes one line of the file. */
function presswerk_line( array $value ): void {
	$line = json_encode( $value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ) . "\n";
	if ( strlen( $line ) !== fwrite( STDOUT, $line ) ) {
		fwrite( STDERR, "The content cannot be written; is the disk full?\n" );
		exit( 1 );
	}
}
