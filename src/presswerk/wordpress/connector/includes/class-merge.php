<?php
/**
 * Three-way merge of texts, paragraph by paragraph.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Works on keys of paragraphs: equal keys are equal paragraphs. What one side alone changed is taken from that side, even
 * where the other changed the paragraph beside it; what both changed differently is a conflict.
 *
 * @phpstan-type Hunk array{from:int,to:int,with:array<int>}
 */
final class Merge {

	/**
	 * Merge.
	 *
	 * @param array<string> $base   Where both come from.
	 * @param array<string> $ours   One side.
	 * @param array<string> $theirs The other side.
	 * @return array<array{string,int}>|null Paragraphs by side (`ours`, `theirs`) and place; null when both changed the same.
	 */
	public static function three_way( array $base, array $ours, array $theirs ): ?array {
		$sides  = array(
			'ours'   => self::changes( $base, $ours ),
			'theirs' => self::changes( $base, $theirs ),
		);
		$keys   = array(
			'ours'   => $ours,
			'theirs' => $theirs,
		);
		$merged = array();
		$count  = count( $base );
		$place  = 0;
		while ( true ) {
			$side = self::side_of( $sides, $keys, 'inserted', $place );
			if ( null === $side ) {
				return null;
			}
			foreach ( $sides[ $side ]['inserted'][ $place ]['with'] ?? array() as $index ) {
				$merged[] = array( $side, $index );
			}
			if ( $place === $count ) {
				return $merged;
			}
			$side = self::side_of( $sides, $keys, 'changed', $place );
			if ( null === $side ) {
				return null;
			}
			$hunk = $sides[ $side ]['changed'][ $place ] ?? null;
			foreach ( $hunk['with'] ?? array( $sides['theirs']['same'][ $place ] ) as $index ) {
				$merged[] = array( null === $hunk ? 'theirs' : $side, $index );
			}
			$place = $hunk['to'] ?? $place + 1;
		}
	}

	/**
	 * What a side did to the base, as the paragraphs it lost and got, in order.
	 *
	 * @param array<string> $base The base.
	 * @param array<string> $side The side.
	 * @return array<array{?int,?int}> Pairs of places in base and side; null where there is no counterpart.
	 */
	public static function pairs( array $base, array $side ): array {
		$changes = self::changes( $base, $side );
		$pairs   = array();
		for ( $place = 0; $place <= count( $base ); $place++ ) {
			foreach ( array( $changes['inserted'][ $place ] ?? null, $changes['changed'][ $place ] ?? null ) as $hunk ) {
				if ( null === $hunk ) {
					continue;
				}
				$lost = $hunk['to'] > $hunk['from'] ? range( $hunk['from'], $hunk['to'] - 1 ) : array();
				for ( $row = 0; $row < max( count( $lost ), count( $hunk['with'] ) ); $row++ ) {
					$pairs[] = array( $lost[ $row ] ?? null, $hunk['with'][ $row ] ?? null );
				}
			}
		}
		return $pairs;
	}

	/**
	 * Whose changes of a kind hold at a place.
	 *
	 * @param array<string,array<string,mixed>> $sides Changes of both.
	 * @param array<string,array<string>>       $keys  Paragraphs of both.
	 * @param string                            $kind  `inserted` or `changed`.
	 * @param int                               $place In the base.
	 * @return string|null Null when the two clash.
	 */
	private static function side_of( array $sides, array $keys, string $kind, int $place ): ?string {
		$ours   = $sides['ours'][ $kind ][ $place ] ?? null;
		$theirs = $sides['theirs'][ $kind ][ $place ] ?? null;
		if ( null !== $ours && null !== $theirs ) {
			$read = static fn ( string $side, array $hunk ): array => array_map( static fn ( int $index ): string => $keys[ $side ][ $index ], $hunk['with'] );
			return $ours['to'] === $theirs['to'] && $read( 'ours', $ours ) === $read( 'theirs', $theirs ) ? 'ours' : null;
		}
		$side  = null === $theirs ? 'ours' : 'theirs';
		$other = $sides[ 'ours' === $side ? 'theirs' : 'ours' ];
		$hunk  = $ours ?? $theirs;
		if ( null === $hunk ) {
			return $side;
		}
		if ( 'inserted' === $kind ) {
			// In the middle of what the other side took away, it has lost what it belongs to.
			return isset( $other['inside'][ $place ] ) ? null : $side;
		}
		for ( $inner = $hunk['from'] + 1; $inner < $hunk['to']; $inner++ ) {
			if ( isset( $other['changed'][ $inner ] ) || isset( $other['inserted'][ $inner ] ) ) {
				return null;
			}
		}
		return $side;
	}

	/**
	 * What a side changed.
	 *
	 * @param array<string> $base The base.
	 * @param array<string> $side The side.
	 * @return array{changed:array<int,Hunk>,inserted:array<int,Hunk>,inside:array<int,true>,same:array<int,int>}
	 *         Hunks by where they begin in the base; `inside` are places between two paragraphs that go or become something
	 *         else together, `same` is where a paragraph of the base is in the side.
	 */
	private static function changes( array $base, array $side ): array {
		require_once ABSPATH . WPINC . '/Text/Diff.php';
		$found = array(
			'changed'  => array(),
			'inserted' => array(),
			'inside'   => array(),
			'same'     => array(),
		);
		$from  = 0;
		$next  = 0;
		foreach ( ( new \Text_Diff( 'native', array( $base, $side ) ) )->getDiff() as $edit ) {
			$lost = is_array( $edit->orig ) ? count( $edit->orig ) : 0;
			$got  = is_array( $edit->final ) ? count( $edit->final ) : 0;
			if ( $edit instanceof \Text_Diff_Op_copy ) {
				for ( $row = 0; $row < $lost; $row++ ) {
					$found['same'][ $from + $row ] = $next + $row;
				}
			} elseif ( 0 === $lost ) {
				$found['inserted'][ $from ] = self::hunk( $from, $from, $next, $got );
			} else {
				// As many as before: each became another. Else all together became something else.
				$step = $lost === $got || 0 === $got ? 1 : $lost;
				$each = $lost === $got ? 1 : $got;
				for ( $row = 0; $row < $lost; $row += $step ) {
					$found['changed'][ $from + $row ] = self::hunk( $from + $row, $from + $row + $step, $next + $row, $each );
				}
				for ( $row = 1; $row < $lost && $lost !== $got; $row++ ) {
					$found['inside'][ $from + $row ] = true;
				}
			}
			$from += $lost;
			$next += $got;
		}
		return $found;
	}

	/**
	 * A change.
	 *
	 * @param int $from  Its first place in the base.
	 * @param int $to    Behind its last place in the base.
	 * @param int $first The first paragraph of the side that is there instead.
	 * @param int $count How many there are.
	 * @return Hunk
	 */
	private static function hunk( int $from, int $to, int $first, int $count ): array {
		return array(
			'from' => $from,
			'to'   => $to,
			'with' => 0 === $count ? array() : range( $first, $first + $count - 1 ),
		);
	}
}
