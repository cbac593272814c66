<?php
/**
 * What block markup reads like, whoever wrote it.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Tells whether two texts read the same: the editor writes a block anew when it saves, with attributes in another order,
 * defaults left out and classes of its own, and nobody has changed anything.
 */
final class Block_Reading {

	private const EXCERPT = 200;

	/**
	 * Tags beside which white space is not seen.
	 */
	private const BLOCK_LEVEL = 'P DIV UL OL LI DL DT DD FIGURE FIGCAPTION BLOCKQUOTE CITE TABLE CAPTION COLGROUP COL THEAD TBODY TFOOT TR TD TH H1 H2 H3 H4 H5 H6 PRE HR BR DETAILS SUMMARY SECTION ARTICLE ASIDE HEADER FOOTER NAV IFRAME VIDEO AUDIO';

	/**
	 * The top-level blocks of a text.
	 *
	 * @param string $content Block markup; text outside of blocks counts as one.
	 * @return array<array<string,mixed>> As `parse_blocks` gives them.
	 */
	public static function blocks( string $content ): array {
		return array_values( array_filter( parse_blocks( $content ), static fn ( array $block ): bool => null !== $block['blockName'] || '' !== trim( $block['innerHTML'] ) ) );
	}

	/**
	 * A key for each block: blocks with one key read the same.
	 *
	 * @param array<array<string,mixed>> $blocks Blocks.
	 * @return array<string>
	 */
	public static function keys( array $blocks ): array {
		return array_map( static fn ( array $block ): string => hash( 'sha256', self::structure( $block ) . "\n" . self::canonical_html( self::html( $block ) ) ), $blocks );
	}

	/**
	 * Whether two texts read the same.
	 *
	 * @param string $one   Block markup.
	 * @param string $other Block markup.
	 */
	public static function same( string $one, string $other ): bool {
		return $one === $other || self::keys( self::blocks( $one ) ) === self::keys( self::blocks( $other ) );
	}

	/**
	 * The first words of a block; of one without words what it is.
	 *
	 * @param array<string,mixed> $block A block.
	 */
	public static function excerpt( array $block ): string {
		$html = self::html( $block );
		$text = self::plain( wp_strip_all_tags( str_replace( '<', ' <', $html ) ) );
		if ( '' === $text && preg_match( '/\salt="([^"]+)"/', $html, $found ) ) {
			$text = self::plain( $found[1] );
		}
		if ( '' === $text ) {
			return str_replace( 'core/', '', $block['blockName'] ?? 'text' );
		}
		return mb_strlen( $text ) > self::EXCERPT ? mb_substr( $text, 0, self::EXCERPT - 1 ) . '…' : $text;
	}

	/**
	 * A line of text as a person reads it, of what is stored for a title or an excerpt.
	 *
	 * @param string $stored HTML without tags.
	 */
	public static function plain( string $stored ): string {
		return trim( (string) preg_replace( '/\s+/u', ' ', html_entity_decode( $stored, ENT_QUOTES | ENT_HTML5, 'UTF-8' ) ) );
	}

	/**
	 * A block's HTML with that of its inner blocks.
	 *
	 * @param array<string,mixed> $block A block.
	 */
	private static function html( array $block ): string {
		$html  = '';
		$place = 0;
		foreach ( $block['innerContent'] as $piece ) {
			$html .= null === $piece ? self::html( $block['innerBlocks'][ $place++ ] ) : $piece;
		}
		return $html;
	}

	/**
	 * The kinds of a block and its inner ones. What a block's attributes say is in its HTML; where there is none, and of
	 * the layout, which becomes a class only when the page is made, they count themselves.
	 *
	 * @param array<string,mixed> $block A block.
	 */
	private static function structure( array $block ): string {
		$told = '' === trim( self::html( $block ) ) ? $block['attrs'] : array_intersect_key( $block['attrs'], array( 'layout' => true ) );
		unset( $told['metadata'], $told['lock'] );
		self::sort( $told );
		$inner = array_map( array( self::class, 'structure' ), $block['innerBlocks'] );
		return ( $block['blockName'] ?? 'core/freeform' ) . wp_json_encode( $told ) . '(' . implode( ',', $inner ) . ')';
	}

	/**
	 * Sort an array and those in it by their keys.
	 *
	 * @param array<mixed> $values The array.
	 */
	private static function sort( array &$values ): void {
		foreach ( $values as &$value ) {
			if ( is_array( $value ) ) {
				self::sort( $value );
			}
		}
		if ( ! array_is_list( $values ) ) {
			ksort( $values );
		}
	}

	/**
	 * HTML as one of many ways to write it: tags in capitals, attributes sorted, text decoded, white space that is not seen
	 * left out.
	 *
	 * @param string $html HTML.
	 */
	private static function canonical_html( string $html ): string {
		$block_level = array_fill_keys( explode( ' ', self::BLOCK_LEVEL ), true );
		$tokens      = array();
		$literal     = 0;
		$tags        = new \WP_HTML_Tag_Processor( $html );
		while ( $tags->next_token() ) {
			if ( '#text' === $tags->get_token_type() ) {
				$text     = $tags->get_modifiable_text();
				$tokens[] = array( 'text', 0 === $literal ? (string) preg_replace( '/[ \t\r\n\f]+/', ' ', $text ) : $text, 0 !== $literal );
			} elseif ( '#tag' === $tags->get_token_type() ) {
				$name     = (string) $tags->get_tag();
				$literal += 'PRE' === $name ? ( $tags->is_tag_closer() ? -1 : 1 ) : 0;
				$tokens[] = array( isset( $block_level[ $name ] ) ? 'block' : 'inline', "\x02" . self::canonical_tag( $tags, $name ) . "\x03", true );
			}
		}
		$canonical = '';
		foreach ( $tokens as $place => list( $kind, $text, $exact ) ) {
			if ( 'text' === $kind && ! $exact ) {
				$text = 'block' === ( $tokens[ $place - 1 ][0] ?? 'block' ) ? ltrim( $text, ' ' ) : $text;
				$text = 'block' === ( $tokens[ $place + 1 ][0] ?? 'block' ) ? rtrim( $text, ' ' ) : $text;
			}
			$canonical .= $text;
		}
		return $canonical;
	}

	/**
	 * A tag without what nobody sees.
	 *
	 * @param \WP_HTML_Tag_Processor $tags At the tag.
	 * @param string                 $name Its name.
	 */
	private static function canonical_tag( \WP_HTML_Tag_Processor $tags, string $name ): string {
		if ( $tags->is_tag_closer() ) {
			return '/' . $name;
		}
		$written = array();
		foreach ( $tags->get_attribute_names_with_prefix( '' ) ?? array() as $attribute ) {
			$value = $tags->get_attribute( $attribute );
			$value = true === $value ? '' : (string) $value;
			if ( 'class' === $attribute ) {
				$value = self::canonical_list( (string) preg_replace( '/(?<!\S)wp-(?:block|element|image)\S*/', '', $value ), ' ' );
			} elseif ( 'style' === $attribute ) {
				$value = self::canonical_list( (string) preg_replace( '/\s*:\s*/', ':', $value ), ';' );
			}
			if ( 'rel' !== $attribute && ! ( '' === $value && in_array( $attribute, array( 'class', 'style' ), true ) ) ) {
				$written[] = $attribute . '=' . $value;
			}
		}
		sort( $written );
		return $name . "\x1f" . implode( "\x1f", $written ) . $tags->get_modifiable_text();
	}

	/**
	 * A list inside an attribute, sorted.
	 *
	 * @param string $value     The attribute.
	 * @param string $separator Between its items.
	 */
	private static function canonical_list( string $value, string $separator ): string {
		$items = array_unique( array_filter( array_map( 'trim', explode( $separator, strtr( $value, "\t\r\n", '   ' ) ) ), 'strlen' ) );
		sort( $items );
		return implode( $separator, $items );
	}
}
