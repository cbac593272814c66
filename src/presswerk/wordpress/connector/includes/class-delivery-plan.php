<?php
/**
 * What a delivery writes to a post that is there already.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Decides field by field, from what was delivered, what the site has and what is to be delivered. Nothing is written here.
 */
final class Delivery_Plan {

	private const VISIBILITY = array(
		'draft'   => 0,
		'pending' => 0,
		'private' => 1,
		'future'  => 2,
		'publish' => 3,
	);

	/**
	 * Columns to write.
	 *
	 * @var array<string,mixed>
	 */
	public array $columns = array();

	/**
	 * Terms to set, by taxonomy: those that are there by id, others by name.
	 *
	 * @var array<string,array{ids:array<int>,names:array<string>}>
	 */
	public array $terms = array();

	/**
	 * The featured image to set, 0 for none; null leaves what is there.
	 *
	 * @var int|null
	 */
	public ?int $featured = null;

	/**
	 * What will have been delivered: of the fields that are written what is stored then.
	 *
	 * @var array<string,mixed>
	 */
	public array $delivered;

	/**
	 * Whether the text is merged. Both sides go on from what the hub sends then: its next version is written from that, and
	 * what somebody wrote on the site stays theirs.
	 *
	 * @var bool
	 */
	public bool $merged = false;

	/**
	 * Fields that are stored as written.
	 *
	 * @var array<string>
	 */
	public array $written = array();

	/**
	 * Differences the delivery met, each with its outcome.
	 *
	 * @var array<array<string,mixed>>
	 */
	public array $edits = array();

	/**
	 * Fields about which somebody must decide.
	 *
	 * @var array<string>
	 */
	public array $open = array();

	/**
	 * Fields the site and the request differ about, each as it was and is.
	 *
	 * @var array<string,array<string,mixed>>
	 */
	public readonly array $differences;

	/**
	 * Plan.
	 *
	 * @param array<string,mixed> $wanted     A checked request.
	 * @param string              $how        `ask`, `keep`, `replace` or `merge`.
	 * @param Delivered           $last       What was delivered last.
	 * @param \WP_Post            $post       The post.
	 * @param bool                $was_public Whether readers have or had its address.
	 * @param array<string,mixed> $changes    Who changed what.
	 */
	public function __construct( private readonly array $wanted, private readonly string $how, private readonly Delivered $last, private readonly \WP_Post $post, private readonly bool $was_public, array $changes ) {
		$this->differences = $last->differences( $post, $changes );
		$this->delivered   = array(
			'fields' => $last->fields,
			'sent'   => $last->sent,
		);
		$this->plan_text( 'title', 'post_title' );
		$this->plan_text( 'excerpt', 'post_excerpt' );
		$this->plan_content();
		$this->plan_slug();
		$this->plan_status();
		$this->plan_terms( 'tags', 'post_tag', $wanted['tags'] );
		$this->plan_terms( 'categories', 'category', array() === $wanted['categories'] ? null : $wanted['categories'] );
		$this->plan_featured();
		if ( isset( $this->differences['author'] ) ) {
			$this->note( 'author', 'left' );
		}
	}

	/**
	 * What the hub sends, to tell later whether it sends something else.
	 *
	 * @param array<string,mixed> $wanted A checked request.
	 * @return array<string,mixed>
	 */
	public static function sent( array $wanted ): array {
		return array(
			'title'          => hash( 'sha256', $wanted['title'] ),
			'excerpt'        => hash( 'sha256', $wanted['excerpt'] ),
			'text'           => hash( 'sha256', $wanted['content'] ),
			'slug'           => $wanted['slug'],
			'featured_image' => $wanted['featured_media'],
		);
	}

	/**
	 * The status fewer people see.
	 *
	 * @param string $one   A status.
	 * @param string $other Another; it wins where they are equal.
	 */
	public static function lower_status( string $one, string $other ): string {
		return ( self::VISIBILITY[ $one ] ?? 0 ) < ( self::VISIBILITY[ $other ] ?? 0 ) ? $one : $other;
	}

	/**
	 * What is to be asked: everything that differs, or what a merge could not decide.
	 *
	 * @return array<array<string,mixed>>
	 */
	public function questions(): array {
		return array_values( 'merge' === $this->how ? array_intersect_key( $this->differences, array_flip( $this->open ) ) : $this->differences );
	}

	/**
	 * Whether what the site has of a field is replaced, merged or left.
	 *
	 * @param string $field The field, which differs.
	 * @return string `write`, `leave` or `ask`.
	 */
	private function decide( string $field ): string {
		$unchanged = isset( $this->last->sent[ $field ] ) && $this->last->sent[ $field ] === self::sent( $this->wanted )[ $field ];
		return match ( $this->how ) {
			'ask'     => 'ask',
			'keep'    => 'leave',
			'replace' => 'write',
			'merge'   => $unchanged ? 'leave' : 'ask',
		};
	}

	/**
	 * Carry a decision out.
	 *
	 * @param string $field  The field, which differs.
	 * @param string $column Its column.
	 * @param string $value  What is to be delivered.
	 */
	private function settle( string $field, string $column, string $value ): void {
		$decision = $this->decide( $field );
		if ( 'ask' === $decision ) {
			$this->open[] = $field;
		} elseif ( 'leave' === $decision ) {
			$this->note( $field, 'left' );
		} else {
			$this->note( $field, 'replaced' );
			$this->write( $field, $column, $value );
		}
	}

	/**
	 * Write a column.
	 *
	 * @param string $field  The field.
	 * @param string $column Its column.
	 * @param mixed  $value  Its value.
	 */
	private function write( string $field, string $column, mixed $value ): void {
		$this->columns[ $column ] = $value;
		$this->written[]          = $field;
	}

	/**
	 * Note what becomes of a difference.
	 *
	 * @param string $field   The field.
	 * @param string $outcome `left`, `merged` or `replaced`.
	 */
	private function note( string $field, string $outcome ): void {
		$this->edits[] = $this->differences[ $field ] + array( 'outcome' => $outcome );
	}

	/**
	 * Whether a column of the post reads like a text.
	 *
	 * @param string $column The column.
	 * @param string $text   Plain text.
	 */
	private function reads( string $column, string $text ): bool {
		return Block_Reading::plain( Posts::plain( $text ) ) === Block_Reading::plain( $this->post->$column );
	}

	/**
	 * Title and excerpt.
	 *
	 * @param string $field  The field.
	 * @param string $column Its column.
	 */
	private function plan_text( string $field, string $column ): void {
		$value   = Posts::plain( $this->wanted[ $field ] );
		$differs = isset( $this->differences[ $field ] );
		if ( null === $this->last->fields[ $field ] ) {
			// Whether it was edited is told of the text, which then is not known either.
			$differs = true;
		}
		if ( $differs && $this->reads( $column, $this->wanted[ $field ] ) ) {
			// Both want the same.
			$this->written[] = $field;
		} elseif ( $differs && ! isset( $this->differences[ $field ] ) ) {
			if ( 'replace' === $this->how ) {
				$this->write( $field, $column, $value );
			}
		} elseif ( $differs ) {
			$this->settle( $field, $column, $value );
		} else {
			$this->write( $field, $column, $value );
		}
	}

	/**
	 * The text.
	 */
	private function plan_content(): void {
		$wanted = $this->wanted['content'];
		if ( ! isset( $this->differences['text'] ) ) {
			$this->write( 'text', 'post_content', $wanted );
			return;
		}
		// Where nobody knows which of title, text and excerpt somebody changed, all three must be the same.
		$agree = null !== $this->last->content || ( $this->reads( 'post_title', $this->wanted['title'] ) && $this->reads( 'post_excerpt', $this->wanted['excerpt'] ) );
		if ( $agree && Block_Reading::same( $wanted, $this->post->post_content ) ) {
			$this->written[] = 'text';
			return;
		}
		if ( 'merge' !== $this->how || null === $this->last->content || 'ask' !== $this->decide( 'text' ) ) {
			$this->settle( 'text', 'post_content', $wanted );
			return;
		}
		$blocks = array(
			'base'   => Block_Reading::blocks( $this->last->content ),
			'ours'   => Block_Reading::blocks( $wanted ),
			'theirs' => Block_Reading::blocks( $this->post->post_content ),
		);
		$merged = Merge::three_way( ...array_values( array_map( array( Block_Reading::class, 'keys' ), $blocks ) ) );
		if ( null === $merged ) {
			$this->open[] = 'text';
			return;
		}
		$this->note( 'text', 'merged' );
		$markup                        = static fn ( array $place ): string => trim( serialize_block( $blocks[ $place[0] ][ $place[1] ] ) );
		$this->columns['post_content'] = implode( "\n\n", array_map( $markup, $merged ) );
		$this->merged                  = true;
	}

	/**
	 * The slug: readers have the address of a post that was ever public, so only a slug asked for by name changes it; and one
	 * that somebody chose is never given up for one that was made of the title.
	 */
	private function plan_slug(): void {
		$slug = $this->wanted['slug'];
		if ( ! isset( $this->wanted['slug_explicit'] ) ) {
			if ( isset( $this->differences['slug'] ) ) {
				$this->note( 'slug', 'left' );
			} elseif ( ! $this->was_public ) {
				$this->write( 'slug', 'post_name', $slug );
			}
		} elseif ( ! isset( $this->differences['slug'] ) || $slug === $this->post->post_name ) {
			$this->write( 'slug', 'post_name', $slug );
		} else {
			$this->settle( 'slug', 'post_name', $slug );
		}
	}

	/**
	 * The status: one that somebody set is never raised, whatever was asked for.
	 *
	 * @throws Problem A draft must not take back what is published.
	 */
	private function plan_status(): void {
		$wanted = $this->wanted['status'];
		$now    = $this->post->post_status;
		if ( 'draft' === $wanted && Changes::is_public( $now ) ) {
			throw new Problem( 'already_published', 'Somebody published this article on the site, and a draft must not take it back or change it: an editor may publish the new version.', 409, array( 'post_status' => $now ) );
		}
		if ( ! isset( $this->differences['status'] ) ) {
			$this->write( 'status', 'post_status', $wanted );
			return;
		}
		if ( $wanted === $now && 'future' !== $now ) {
			if ( self::VISIBILITY[ $now ] > ( self::VISIBILITY[ $this->last->fields['status'] ] ?? 0 ) ) {
				$this->written[] = 'status';
			}
			return;
		}
		if ( 'ask' === $this->how ) {
			$this->open[] = 'status';
			return;
		}
		$this->note( 'status', 'left' );
	}

	/**
	 * Tags or categories: those somebody added stay, and those somebody took away are not brought back.
	 *
	 * @param string             $field    The field.
	 * @param string             $taxonomy Its taxonomy.
	 * @param array<string>|null $names    What is to be delivered; null leaves what is there.
	 */
	private function plan_terms( string $field, string $taxonomy, ?array $names ): void {
		$now                      = Terms::of_post( $this->post->ID, $taxonomy );
		$this->terms[ $taxonomy ] = array(
			'ids'   => array_keys( $now ),
			'names' => array(),
		);
		$differs                  = isset( $this->differences[ $field ] );
		if ( null === $names || ( $differs && self::same_names( $names, $now ) ) ) {
			if ( $differs && null === $names ) {
				$this->note( $field, 'left' );
			}
			return;
		}
		if ( $differs && 'ask' === $this->how ) {
			$this->open[] = $field;
			return;
		}
		if ( $differs ) {
			$this->note( $field, 'left' );
		}
		$added   = $this->last->terms_added( $field, $now );
		$removed = $this->last->terms_removed( $field, $now );
		$refused = array_map( array( self::class, 'plain_name' ), $removed );
		// A delivered term that somebody renamed is still the one that was meant.
		$known = array_map( array( self::class, 'plain_name' ), array_intersect_key( $this->last->fields[ $field ] ?? array(), $now ) );
		$ids   = array_keys( $added );
		$new   = array();
		foreach ( $names as $name ) {
			$plain = self::plain_name( $name );
			$id    = array_search( $plain, $known, true );
			if ( false !== $id ) {
				$ids[] = $id;
			} elseif ( ! in_array( $plain, $refused, true ) ) {
				$new[] = $name;
			}
		}
		$this->terms[ $taxonomy ] = array(
			'ids'   => $ids,
			'names' => $new,
		);
		// As delivered counts what is there then, without what somebody added, and with what somebody took away.
		$this->delivered['fields'][ $field ] = array(
			'added'   => array_keys( $added ),
			'removed' => $removed,
		);
		$this->written[]                     = $field;
	}

	/**
	 * A name of a term to compare by.
	 *
	 * @param string $name As sent or stored.
	 */
	private static function plain_name( string $name ): string {
		return mb_strtolower( Block_Reading::plain( $name ) );
	}

	/**
	 * Whether names are those of the post's terms.
	 *
	 * @param array<string>     $names Names.
	 * @param array<int,string> $terms The post's terms.
	 */
	private static function same_names( array $names, array $terms ): bool {
		$plain = array( self::class, 'plain_name' );
		return array() === array_diff( array_map( $plain, $names ), array_map( $plain, $terms ) ) && array() === array_diff( array_map( $plain, $terms ), array_map( $plain, $names ) );
	}

	/**
	 * The featured image; with none to deliver, the delivered one goes but not one somebody chose on the site.
	 */
	private function plan_featured(): void {
		$wanted = $this->wanted['featured_media'];
		$now    = (int) get_post_thumbnail_id( $this->post );
		if ( ! isset( $this->differences['featured_image'] ) || $wanted === $now ) {
			$this->featured  = $wanted;
			$this->written[] = 'featured_image';
			return;
		}
		$decision = 0 === $wanted ? 'leave' : $this->decide( 'featured_image' );
		if ( 'ask' === $decision ) {
			$this->open[] = 'featured_image';
		} elseif ( 'leave' === $decision ) {
			$this->note( 'featured_image', 'left' );
		} else {
			$this->note( 'featured_image', 'replaced' );
			$this->featured  = $wanted;
			$this->written[] = 'featured_image';
		}
	}
}
