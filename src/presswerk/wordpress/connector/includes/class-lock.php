<?php
/**
 * Mutual exclusion between PHP processes.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * A named lock of this site. It ends with the process that holds it, so a killed one blocks nobody: MariaDB and MySQL
 * drop it with the connection, the kernel drops a file's with the process.
 */
final class Lock {

	private const WAIT_SECONDS = 20;

	/**
	 * Run work while nobody else holds the name.
	 *
	 * @template T
	 * @param string        $name What is worked on: a kind, a colon, and which one.
	 * @param callable(): T $work The work.
	 * @param int|null      $wait How many seconds to wait for somebody else; null for as long as a request may.
	 * @return T
	 * @throws Problem Somebody else holds it too long.
	 */
	public static function hold( string $name, callable $work, ?int $wait = null ): mixed {
		$wait  ??= self::wait_seconds();
		$release = self::uses_sqlite() ? self::lock_file( $name, $wait ) : self::lock_in_database( $name, $wait );
		try {
			return $work();
		} finally {
			$release();
		}
	}

	/**
	 * Whether the site's database is the official SQLite integration.
	 */
	public static function uses_sqlite(): bool {
		return defined( 'DB_ENGINE' ) && 'sqlite' === DB_ENGINE;
	}

	/**
	 * Lock in the database server, which all web servers of a site share.
	 *
	 * @param string $name What is worked on.
	 * @param int    $wait Seconds.
	 * @return callable(): void
	 * @throws Problem Somebody else holds it too long.
	 */
	private static function lock_in_database( string $name, int $wait ): callable {
		global $wpdb;
		// The server's locks are global to all its databases, and names end at 64 characters.
		$key = 'presswerk:' . substr( hash( 'sha256', DB_NAME . $wpdb->prefix . $name ), 0, 48 );
		$got = $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, %d)', $key, $wait ) );
		if ( '1' !== (string) $got ) {
			throw self::busy();
		}
		return static function () use ( $wpdb, $key ): void {
			$wpdb->query( $wpdb->prepare( 'DO RELEASE_LOCK(%s)', $key ) );
		};
	}

	/**
	 * Lock a file beside the database file: whoever shares the one shares the other.
	 *
	 * @param string $name What is worked on.
	 * @param int    $wait Seconds.
	 * @return callable(): void
	 * @throws Problem Somebody else holds it too long.
	 */
	private static function lock_file( string $name, int $wait ): callable {
		$directory = rtrim( FQDBDIR, '/' ) . '/presswerk-locks';
		if ( ! is_dir( $directory ) ) {
			// Two processes may make it at once; one of them is told that it exists.
			@mkdir( $directory, 0700, true ); // phpcs:ignore
		}
		// A fixed number of files for each kind of name, so that none is ever removed while somebody waits for it, and a
		// process that holds a publication's lock never meets itself when it takes one of another kind.
		$kind = strtok( $name, ':' );
		$path = $directory . '/' . $kind . '-' . substr( hash( 'sha256', $name ), 0, 2 ) . '.lock';
		$file = fopen( $path, 'c' );
		if ( false === $file ) {
			throw new Problem( 'lock', sprintf( /* translators: %s: a path */ __( 'The directory %s cannot be written; make it writable for the web server.', 'presswerk-connector' ), $directory ), 500 );
		}
		if ( 0 !== ( fstat( $file )['mode'] & 0077 ) ) {
			// Whatever the process's umask, nobody else is to see what goes on here.
			chmod( $path, 0600 ); // phpcs:ignore WordPress.WP.AlternativeFunctions
		}
		$deadline = microtime( true ) + $wait;
		while ( ! flock( $file, LOCK_EX | LOCK_NB ) ) {
			if ( microtime( true ) > $deadline ) {
				fclose( $file );
				throw self::busy();
			}
			usleep( 20000 );
		}
		return static function () use ( $file ): void {
			flock( $file, LOCK_UN );
			fclose( $file );
		};
	}

	/**
	 * How long a request waits for another.
	 */
	private static function wait_seconds(): int {
		/**
		 * Filters how many seconds a request waits while another one is at work on the same thing; for a web server that
		 * ends requests sooner.
		 *
		 * @param int $seconds At least 1.
		 */
		return max( 1, (int) apply_filters( 'presswerk_lock_wait_seconds', self::WAIT_SECONDS ) );
	}

	/**
	 * What a caller is told who waited in vain.
	 */
	private static function busy(): Problem {
		return new Problem( 'busy', __( 'The site is at work on the same thing; try again in some seconds.', 'presswerk-connector' ), 503 );
	}
}
