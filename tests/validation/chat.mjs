// Reads messages as JSON lines ({"id", "message"}) and answers each with the lines that Open WebUI's chat shows of it.
//
// The rules are the installed frontend's own: its extensions of `marked` come out of its source maps (first argument: its
// folder `frontend`). What its Svelte components do with tokens is told again here, shortly: which tokens are text.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'sucrase';

const require = createRequire( import.meta.url );
const { marked } = require( 'marked' );
const { decode } = require( 'html-entities' );

const EXTENSIONS = [ 'katex', '', 'citation', 'footnote', 'colon-fence', 'strikethrough', 'mention' ];

function readSources( frontend ) {
	const found = {};
	for ( const entry of readdirSync( frontend, { recursive: true } ) ) {
		if ( ! entry.endsWith( '.js.map' ) ) {
			continue;
		}
		const map = JSON.parse( readFileSync( join( frontend, entry ), 'utf8' ) );
		map.sources.forEach( ( source, index ) => {
			const name = /src\/lib\/(utils\/marked\/[\w-]+\.ts|utils\/index\.ts)$/.exec( source );
			if ( name && map.sourcesContent?.[ index ] ) {
				found[ name[ 1 ] ] = map.sourcesContent[ index ];
			}
		} );
	}
	return found;
}

const shims = { marked: { marked }, 'html-entities': { decode }, 'svelte/store': { get: () => [] }, '$lib/stores': {} };

function run( source ) {
	const { code } = transform( source, { transforms: [ 'typescript', 'imports' ] } );
	const exports = {};
	new Function( 'require', 'exports', code )( ( name ) => shims[ name ] ?? {}, exports );
	return exports;
}

const sources = readSources( process.argv[ 2 ] );
const options = { throwOnError: false };
for ( const name of EXTENSIONS ) {
	const path = `utils/marked/${ name ? name + '-' : '' }extension.ts`;
	if ( ! sources[ path ] ) {
		throw new Error( `the frontend's source maps have no ${ path }` );
	}
	const extension = run( sources[ path ] );
	if ( name === 'mention' ) {
		marked.use( { extensions: [ '@', '#', '$' ].map( ( triggerChar ) => extension.mentionExtension( { triggerChar } ) ) } );
	} else {
		marked.use( extension.default ? extension.default( options ) : extension.disableSingleTilde );
	}
}
marked.use( { breaks: true } );

const utilities = sources[ 'utils/index.ts' ];
const [ start, end ] = [ 'function isChineseChar', 'export function unescapeHtml' ].map( ( text ) => utilities.indexOf( text ) );
const { processChineseContent } = run(
	"function escapeRegExp( text ) { return text.replace( /[.*+?^${}()|[\\]\\\\]/g, '\\\\$&' ); }\n" +
		utilities.slice( start, end ) +
		'\nexport { processChineseContent };'
);

const formula = ( token ) => ( token.text ? `⟦${ token.text.trim() }⟧` : '' );

function html( token ) {
	return /^<br\s*\/?>$/i.test( token.text.trim() ) ? '\n' : token.text;
}

function inline( tokens ) {
	return ( tokens ?? [] ).map( ( token ) => {
		switch ( token.type ) {
			case 'escape':
				return decode( token.text );
			case 'html':
				return html( token );
			case 'link': {
				const automatic = ! token.raw.startsWith( '[' );
				return automatic ? token.raw.replace( /^<|>$/g, '' ) : inline( token.tokens );
			}
			case 'image':
				return '';
			case 'strong':
			case 'em':
			case 'del':
			case 'underline':
				return inline( token.tokens );
			case 'codespan':
				return decode( token.text );
			case 'br':
				return '\n';
			case 'inlineKatex':
				return formula( token );
			case 'mention':
				return token.triggerChar === '$' ? token.raw : token.triggerChar + token.label;
			case 'footnote':
				return token.text;
			default:
				return token.raw;
		}
	} ).join( '' );
}

function alert( token ) {
	const found = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*?\n*/.exec( token.text );
	return found && [ found[ 1 ], ...blocks( marked.lexer( token.text.slice( found[ 0 ].length ) ) ) ];
}

function blocks( tokens ) {
	return tokens.flatMap( ( token ) => {
		switch ( token.type ) {
			case 'hr':
			case 'space':
			case 'def':
				return [];
			case 'heading':
			case 'paragraph':
				return [ inline( token.tokens ) ];
			case 'text':
				return [ token.tokens ? inline( token.tokens ) : decode( token.text ) ];
			case 'code':
				return [ token.text ];
			case 'table':
				return [ token.header, ...token.rows ].flatMap( ( row ) => row.map( ( cell ) => inline( cell.tokens ) ) );
			case 'blockquote':
				return alert( token ) ?? blocks( token.tokens );
			case 'list':
				return token.items.flatMap( ( item ) => {
					const lines = blocks( item.tokens );
					const box = item.checked ? '☑ ' : '☐ ';
					return item.task ? [ box + ( lines[ 0 ] ?? '' ), ...lines.slice( 1 ) ] : lines;
				} );
			case 'details':
				return [ token.summary, ...blocks( token.tokens ) ];
			case 'colonFence':
				return blocks( token.tokens );
			case 'html':
				return [ html( token ) ];
			case 'inlineKatex':
			case 'blockKatex':
				return [ formula( token ) ];
			default:
				throw new Error( `unknown token ${ token.type }` );
		}
	} );
}

for await ( const line of createInterface( { input: process.stdin, crlfDelay: Infinity } ) ) {
	const { id, message } = JSON.parse( line );
	const shown = blocks( marked.lexer( processChineseContent( message ).trim() ) ).join( '\n' );
	const lines = shown.split( '\n' ).map( ( text ) => text.split( /\s+/ ).filter( Boolean ).join( ' ' ) );
	const text = JSON.stringify( { id, lines: lines.filter( Boolean ) } ) + '\n';
	await new Promise( ( resolve ) => process.stdout.write( text, resolve ) );
}
