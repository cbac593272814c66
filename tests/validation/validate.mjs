// Reads cases as JSON lines ({"id", "content", "html"?}) and answers each with what WordPress's own editor code makes of it.
//
// Answer: {"id", "problems": [...], "blocks": [names in document order], "serialized": what the editor would save,
// "retyped": what it would save once somebody had typed in every text, "text": visible text of the saved HTML, "reference_text": the same of `html`, when given}.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { JSDOM } from 'jsdom';

const require = createRequire( import.meta.url );

function openBrowser() {
	const { window } = new JSDOM( '<!doctype html><html><body></body></html>', {
		url: 'http://localhost/',
		pretendToBeVisual: true,
	} );
	window.matchMedia = () => ( { matches: false, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} } );
	window.ResizeObserver = class { observe() {} unobserve() {} disconnect() {} };
	window.IntersectionObserver = class { observe() {} unobserve() {} disconnect() {} };
	window.CSS = { escape: ( text ) => text, supports: () => false };
	for ( const name of Object.getOwnPropertyNames( window ) ) {
		if ( ! ( name in globalThis ) ) {
			Object.defineProperty( globalThis, name, { configurable: true, get: () => window[ name ] } );
		}
	}
	for ( const name of [ 'window', 'document', 'navigator', 'location', 'Event', 'CustomEvent' ] ) {
		Object.defineProperty( globalThis, name, { configurable: true, writable: true, value: name === 'window' ? window : window[ name ] } );
	}
	// An editor page that has the Classic block: text outside of blocks would become one.
	window.wp = { oldEditor: {} };
	return window;
}

const window = openBrowser();
// The editor reports invalid blocks on the console; the answer says the same, and stdout is for answers only.
for ( const method of [ 'log', 'info', 'warn', 'error', 'group', 'groupCollapsed', 'debug' ] ) {
	console[ method ] = () => {};
}

const { parse, validateBlock, serialize, getBlockType } = require( '@wordpress/blocks' );
const { registerCoreBlocks } = require( '@wordpress/block-library' );
const { RichTextData, create } = require( '@wordpress/rich-text' );
require( '@wordpress/format-library' );
registerCoreBlocks();

const INVISIBLE = new Set( [ 'SCRIPT', 'STYLE', 'TEMPLATE', 'NOSCRIPT', 'IFRAME', 'NOEMBED', 'NOFRAMES', 'TITLE', 'HEAD' ] );

function visibleText( html ) {
	const parsed = new window.DOMParser().parseFromString( `<!doctype html><body>${ html }`, 'text/html' );
	const pieces = [];
	const pending = [ parsed.documentElement ];
	while ( pending.length ) {
		const node = pending.pop();
		if ( node.nodeType === 3 ) {
			pieces.push( node.nodeValue );
		} else if ( ! INVISIBLE.has( node.nodeName ) ) {
			for ( let child = node.lastChild; child; child = child.previousSibling ) {
				pending.push( child );
			}
		}
	}
	return pieces.join( '' );
}

function inspect( block, names, problems ) {
	names.push( block.name );
	if ( ! getBlockType( block.name ) ) {
		problems.push( `${ block.name }: not registered` );
		return;
	}
	// validateBlock looks at originalContent, which parse() replaces when it mends a block: both count as invalid.
	const [ isValid, issues ] = validateBlock( block );
	if ( ! block.isValid || ! isValid ) {
		const reasons = [ ...( block.validationIssues ?? [] ), ...issues ].map( ( { args } ) => args.map( String ).join( ' ' ) );
		problems.push( `${ block.name }: invalid: ${ block.originalContent }\n${ reasons.join( '\n' ) }` );
	}
	block.innerBlocks.forEach( ( inner ) => inspect( inner, names, problems ) );
}

// Where nobody typed, rich text is saved as it was read; elsewhere it is written anew from its formats.
function retyped( block ) {
	const attributes = Object.fromEntries(
		Object.entries( block.attributes ).map( ( [ name, value ] ) => [
			name,
			value instanceof RichTextData ? new RichTextData( create( { html: value.toHTMLString() } ) ) : value,
		] )
	);
	return { ...block, attributes, innerBlocks: block.innerBlocks.map( retyped ) };
}

function answer( { id, content, html } ) {
	const names = [];
	const problems = [];
	const blocks = parse( content );
	blocks.forEach( ( block ) => inspect( block, names, problems ) );
	const result = { id, problems, blocks: names, serialized: serialize( blocks ), retyped: serialize( blocks.map( retyped ) ), text: visibleText( content ) };
	return html === undefined ? result : { ...result, reference_text: visibleText( html ) };
}

// Ending with answers still in the pipe would cut them off, so each is waited for.
const send = ( text ) => new Promise( ( resolve ) => process.stdout.write( text, resolve ) );

for await ( const line of createInterface( { input: process.stdin, crlfDelay: Infinity } ) ) {
	await send( JSON.stringify( answer( JSON.parse( line ) ) ) + '\n' );
}
process.exit( 0 );
