<?php
/**
 * A delivery: one revision of a publication becomes its post.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Works while nobody else works on the publication.
 */
final class Delivery {

	/**
	 * Constructor.
	 *
	 * @param string              $uuid        The publication.
	 * @param array<string,mixed> $wanted      A checked request.
	 * @param \Closure            $author      The user its author is, from what the request says of the author.
	 * @param string              $on_conflict What to do about fields somebody changed: `ask`, `keep`, `replace`, `merge`.
	 * @param string|null         $if_gone     What to do about a post that is gone: `restore`, `anew`; null refuses.
	 */
	public function __construct( private readonly string $uuid, private readonly array $wanted, private readonly \Closure $author, private readonly string $on_conflict, private readonly ?string $if_gone ) {}

	/**
	 * A post that is gone.
	 *
	 * @param object        $row  The publication's row.
	 * @param \WP_Post|null $post Its post in the trash; null when it was deleted for good.
	 */
	public static function gone( object $row, ?\WP_Post $post ): Problem {
		$presence = null === $post ? 'deleted' : 'trash';
		$what     = null === $post ? 'Somebody deleted this publication\'s post for good' : 'Somebody put this publication\'s post into the trash';
		return new Problem(
			'post_gone',
			$what . '; it is not made again unless you ask for it.',
			410,
			array( 'presence' => $presence ) + ( $row->changes['gone'] ?? array(
				'by' => null,
				'at' => null,
			) )
		);
	}

	/**
	 * Bring the post to the wanted revision.
	 *
	 * @throws Problem It is refused.
	 */
	public function deliver(): \WP_REST_Response {
		$new     = Publication_Table::claim( $this->uuid );
		$row     = Publication_Table::find( $this->uuid );
		$post_id = $row->post_id;
		$revised = 0 !== $row->revision;
		if ( 0 === $post_id && ( ! $new || $this->wanted['revision'] > 1 ) ) {
			// A claim without a post: whoever made it was killed, before or after making the post. A later revision of what this
			// table does not know: the table was lost, the posts were not.
			$post_id = Posts::find_unrecorded( $this->uuid );
			$revised = 0 !== $post_id && $new;
		}
		$post = 0 === $post_id ? null : Posts::stored( $post_id );
		if ( 0 !== $post_id ) {
			if ( null !== $post && ! current_user_can( 'edit_post', $post_id ) ) {
				throw new Problem( 'rest_forbidden', 'This publication is another person\'s.', 403 );
			}
			$this->check_order( $row );
			if ( null === $post || 'trash' === $post->post_status ) {
				if ( 'anew' === $this->if_gone ) {
					Publication_Table::detach( $this->uuid, $post_id );
					return $this->create( 0 );
				}
				if ( null === $post || 'restore' !== $this->if_gone ) {
					throw self::gone( $row, $post );
				}
			}
		}
		$answer = null !== $post && $revised ? $this->update( $row, $post ) : $this->create( $post_id );
		if ( null !== $row->pending || ( 0 !== $post_id && ! $revised ) ) {
			// Terms are counted last of all, and a process that was killed did not come to it.
			Terms::recount( $answer->get_data()['post_id'] );
		}
		return $answer;
	}

	/**
	 * Refuse what is older than what the post holds, and other content under its number.
	 *
	 * @param object $row The publication's row.
	 * @throws Problem It is.
	 */
	private function check_order( object $row ): void {
		if ( $row->revision > $this->wanted['revision'] ) {
			throw new Problem( 'stale_revision', "This site already holds revision {$row->revision}.", 409, array( 'current_revision' => $row->revision ) );
		}
		if ( $row->revision === $this->wanted['revision'] && $row->payload_sha256 !== $this->wanted['sha256'] ) {
			throw new Problem( 'revision_conflict', 'This site holds other content under this revision; send a higher one.', 409, array( 'current_revision' => $row->revision ) );
		}
	}

	/**
	 * Make the post, or finish what a process that was killed began.
	 *
	 * @param int $post_id What it made; 0 for nothing.
	 * @throws Problem It is refused.
	 */
	private function create( int $post_id ): \WP_REST_Response {
		$columns = array(
			'post_title'   => Posts::plain( $this->wanted['title'] ),
			'post_content' => $this->wanted['content'],
			'post_excerpt' => Posts::plain( $this->wanted['excerpt'] ),
			'post_name'    => $this->wanted['slug'],
			'post_status'  => $this->wanted['status'],
			'post_author'  => ( $this->author )( $this->wanted['author'] ),
		);
		$terms   = array(
			'post_tag' => array(
				'ids'   => array(),
				'names' => $this->wanted['tags'] ?? array(),
			),
			'category' => array(
				'ids'   => array(),
				'names' => $this->wanted['categories'],
			),
		);
		$saved   = Changes::while_delivering( fn (): int => Posts::save( $this->uuid, $post_id, $columns, $terms, $this->wanted['featured_media'], $this->wanted ) );
		$post    = Posts::stored( $saved );
		$this->record(
			$post,
			array(
				'fields' => Delivered::read( $post ),
				'sent'   => Delivery_Plan::sent( $this->wanted ),
			),
			$post->post_content,
			array( 'edits' => array() ),
			array()
		);
		return $this->answer( $post, 'created', array(), null );
	}

	/**
	 * Update the post.
	 *
	 * @param object   $row  The publication's row.
	 * @param \WP_Post $post Its post, perhaps in the trash.
	 * @throws Problem It is refused.
	 */
	private function update( object $row, \WP_Post $post ): \WP_REST_Response {
		$trashed = 'trash' === $post->post_status;
		$before  = $trashed ? Posts::before_trash( $post ) : $post;
		$again   = $row->revision === $this->wanted['revision'];
		$last    = Delivered::last( $row, $before );
		if ( $again && ! $trashed && ! $this->overrules( $row ) ) {
			return $this->answer( $post, 'unchanged', $this->edits_of_repeat( $row, $last->differences( $post, $row->changes ) ), $row->report['address_changed'] ?? null );
		}
		$plan = $this->plan( $row, $last, $before, $trashed );
		if ( $again && ! $trashed && ! self::overwrites( $plan ) ) {
			return $this->answer( $post, 'unchanged', $plan['edits'], null );
		}
		Publication_Table::begin(
			$this->uuid,
			array(
				'payload_sha256' => $this->wanted['sha256'],
				'on_conflict'    => $this->on_conflict,
				'plan'           => array( 'columns' => array( 'post_content' => self::sha256( $plan['columns']['post_content'] ?? null ) ) + $plan['columns'] ) + $plan,
			)
		);
		$saved = Changes::while_delivering( fn (): int => $this->write( $post, $plan ) );
		$after = Posts::stored( $saved );
		$moved = $row->was_public && $before->post_name !== $after->post_name ? array(
			'from' => $before->post_name,
			'to'   => $after->post_name,
		) : null;
		$this->record(
			$after,
			$this->delivered( $plan, $after ),
			in_array( 'text', $plan['written'], true ) ? $after->post_content : ( $plan['merged'] ? $this->wanted['content'] : $last->content ),
			array(
				'edits'           => $plan['edits'],
				'address_changed' => $moved,
			),
			array_diff_key( $row->changes, array_flip( array_diff( $plan['written'], array_column( $plan['edits'], 'field' ) ) ) )
		);
		return $this->answer( $after, 'updated', $plan['edits'], $moved );
	}

	/**
	 * Whether a revision the post holds already comes with a decision to overwrite what somebody changed since. Sent again
	 * with the same decision it is a repeat, which must not touch what was changed in between.
	 *
	 * @param object $row The publication's row.
	 */
	private function overrules( object $row ): bool {
		return in_array( $this->on_conflict, array( 'replace', 'merge' ), true ) && $this->on_conflict !== ( $row->report['on_conflict'] ?? '' );
	}

	/**
	 * Whether a plan overwrites what somebody wrote on the site.
	 *
	 * @param array<string,mixed> $plan The plan.
	 */
	private static function overwrites( array $plan ): bool {
		return array() !== array_intersect( array( 'replaced', 'merged' ), array_column( $plan['edits'], 'outcome' ) );
	}

	/**
	 * What to write.
	 *
	 * @param object    $row     The publication's row.
	 * @param Delivered $last    What was delivered last.
	 * @param \WP_Post  $post    The post, as it was before the trash.
	 * @param bool      $trashed Whether it is in the trash.
	 * @return array<string,mixed>
	 * @throws Problem Somebody must decide, or it is refused.
	 */
	private function plan( object $row, Delivered $last, \WP_Post $post, bool $trashed ): array {
		$begun = $row->pending;
		if ( null !== $begun && $begun['payload_sha256'] === $this->wanted['sha256'] && $begun['on_conflict'] === $this->on_conflict && self::is_written( $begun['plan'], $post ) ) {
			// A process that was killed wrote this: it is no change of somebody's.
			unset( $begun['plan']['columns']['post_content'] );
			return $begun['plan'];
		}
		$wanted = $this->wanted;
		if ( $trashed ) {
			// As it was before the trash, but for no more eyes than before or than asked for.
			$wanted['status'] = Delivery_Plan::lower_status( $wanted['status'], $post->post_status );
			$post->post_status = $wanted['status'];
		}
		$plan   = new Delivery_Plan( $wanted, $this->on_conflict, $last, $post, $row->was_public, $row->changes );
		$opened = 'ask' === $this->on_conflict ? Posts::opened_by( $post->ID ) : null;
		if ( array() !== $plan->open || null !== $opened ) {
			throw new Problem(
				'conflict',
				array() === $plan->open ? "{$opened['name']} has the post open in the editor." : 'Somebody changed the post on the site.',
				409,
				array(
					'differences' => $plan->questions(),
					'opened_by'   => $opened,
				)
			);
		}
		$columns = $plan->columns + ( $trashed ? array( 'post_status' => $wanted['status'] ) : array() );
		if ( ! isset( $plan->differences['author'] ) ) {
			$columns['post_author']              = ( $this->author )( $wanted['author'] );
			$plan->delivered['fields']['author'] = $columns['post_author'];
		}
		return array(
			'columns'   => $columns,
			'terms'     => $plan->terms,
			'featured'  => $plan->featured,
			'delivered' => $plan->delivered,
			'written'   => $plan->written,
			'merged'    => $plan->merged,
			'edits'     => $plan->edits,
		);
	}

	/**
	 * Whether a plan's title, text and excerpt are those the post has.
	 *
	 * @param array<string,mixed> $plan As noted when it was begun.
	 * @param \WP_Post            $post The post.
	 */
	private static function is_written( array $plan, \WP_Post $post ): bool {
		$expected = $plan['columns'];
		return ( null === $expected['post_content'] || self::sha256( $post->post_content ) === $expected['post_content'] )
			&& ( $expected['post_title'] ?? $post->post_title ) === $post->post_title
			&& ( $expected['post_excerpt'] ?? $post->post_excerpt ) === $post->post_excerpt;
	}

	/**
	 * Write what is planned.
	 *
	 * @param \WP_Post            $post The post.
	 * @param array<string,mixed> $plan What to write.
	 */
	private function write( \WP_Post $post, array $plan ): int {
		if ( self::overwrites( $plan ) ) {
			Posts::keep_as_revision( $post->ID );
		}
		if ( 'trash' === $post->post_status ) {
			wp_untrash_post( $post->ID );
		}
		return Posts::save( $this->uuid, $post->ID, $plan['columns'], $plan['terms'], $plan['featured'], $this->wanted );
	}

	/**
	 * What counts as delivered after writing.
	 *
	 * @param array<string,mixed> $plan  What was written.
	 * @param \WP_Post            $after The post.
	 * @return array<string,mixed>
	 */
	private function delivered( array $plan, \WP_Post $after ): array {
		$stored            = Delivered::read( $after );
		$delivered         = $plan['delivered'];
		$taken             = array_merge( $plan['written'], $plan['merged'] ? array( 'text' ) : array() );
		$delivered['sent'] = array_intersect_key( Delivery_Plan::sent( $this->wanted ), array_flip( $taken ) ) + $delivered['sent'];
		foreach ( array_diff( $plan['written'], array( 'text' ) ) as $field ) {
			$noted                         = $delivered['fields'][ $field ];
			$delivered['fields'][ $field ] = in_array( $field, array( 'tags', 'categories' ), true )
				? array_diff_key( $stored[ $field ], array_flip( $noted['added'] ) ) + $noted['removed']
				: $stored[ $field ];
		}
		if ( in_array( 'status', $plan['written'], true ) ) {
			$delivered['fields']['date'] = $stored['date'];
		}
		return $delivered;
	}

	/**
	 * What to tell of a revision that was delivered before: what was replaced then, and what differs now and is left.
	 *
	 * @param object                            $row         The publication's row.
	 * @param array<string,array<string,mixed>> $differences What differs now.
	 * @return array<array<string,mixed>>
	 */
	private function edits_of_repeat( object $row, array $differences ): array {
		$edits = array_filter( $row->report['edits'] ?? array(), static fn ( array $edit ): bool => 'left' !== $edit['outcome'] );
		$told  = array_column( $edits, 'field' );
		foreach ( $differences as $field => $difference ) {
			if ( ! in_array( $field, $told, true ) ) {
				$edits[] = $difference + array( 'outcome' => 'left' );
			}
		}
		return array_values( $edits );
	}

	/**
	 * Record the delivery.
	 *
	 * @param \WP_Post            $post      The post as stored.
	 * @param array<string,mixed> $delivered What counts as delivered.
	 * @param string|null         $content   The text that counts as delivered.
	 * @param array<string,mixed> $report    What was done.
	 * @param array<string,mixed> $changes   Who changed what that is still there.
	 */
	private function record( \WP_Post $post, array $delivered, ?string $content, array $report, array $changes ): void {
		$columns = array(
			'post_id'        => $post->ID,
			'revision'       => $this->wanted['revision'],
			'payload_sha256' => $this->wanted['sha256'],
			'delivered'      => $delivered,
			'content'        => $content,
			'report'         => $report + array( 'on_conflict' => $this->on_conflict ),
			'changes'        => $changes,
		);
		Publication_Table::record( $this->uuid, $columns + ( Changes::is_public( $post->post_status ) ? array( 'was_public' => 1 ) : array() ) );
	}

	/**
	 * The delivery's answer.
	 *
	 * @param \WP_Post                   $post    The post.
	 * @param string                     $outcome `created`, `updated` or `unchanged`.
	 * @param array<array<string,mixed>> $edits   What somebody had changed, and what became of it.
	 * @param array<string,string>|null  $moved   The slugs before and after, where readers have the address.
	 */
	private function answer( \WP_Post $post, string $outcome, array $edits, ?array $moved ): \WP_REST_Response {
		return new \WP_REST_Response(
			Posts::describe( $this->uuid, $this->wanted['revision'], $post ) + array(
				'outcome'         => $outcome,
				'site_edits'      => $edits,
				'opened_by'       => 'created' === $outcome ? null : Posts::opened_by( $post->ID ),
				'address_changed' => $moved,
			),
			'created' === $outcome ? 201 : 200
		);
	}

	/**
	 * A hash in hex; null of nothing.
	 *
	 * @param string|null $text The text.
	 */
	private static function sha256( ?string $text ): ?string {
		return null === $text ? null : hash( 'sha256', $text );
	}
}
