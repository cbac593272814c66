<?php
/**
 * What people read on a site, in German.
 *
 * @package Presswerk
 */

return array(
	'domain'   => 'presswerk-connector',
	'language' => 'de',
	'messages' => array(
		'You are signed out'                              => 'Sie sind abgemeldet',
		'Sign in'                                         => 'Anmelden',
		'You are signed out of this site.'                => 'Sie sind von dieser Website abgemeldet.',
		'Sign in with your one login.'                    => 'Melden Sie sich mit Ihrem gemeinsamen Zugang an.',
		'You cannot sign in now'                          => 'Die Anmeldung geht gerade nicht',
		'Try again in a minute; if it stays so, tell the operator.' => 'Versuchen Sie es in einer Minute noch einmal; bleibt es so, sagen Sie es dem Betreiber.',
		'No entry'                                        => 'Kein Zutritt',
		'Sign in as somebody else'                        => 'Als jemand anders anmelden',
		'You are not signed in'                           => 'Sie sind nicht angemeldet',
		'This sign-in is too old, was used already or began in another browser. Sign in again.' => 'Diese Anmeldung ist zu alt, wurde schon benutzt oder begann in einem anderen Browser. Melden Sie sich noch einmal an.',
		'Another identity provider answered. Sign in again.' => 'Ein anderer Anmeldedienst hat geantwortet. Melden Sie sich noch einmal an.',
		'The identity provider did not sign you in. Sign in again.' => 'Der Anmeldedienst hat Sie nicht angemeldet. Melden Sie sich noch einmal an.',
		'You are signed in as %s, but you are not a member of this site. Ask its admin to add you, then sign in again.' => 'Sie sind als %s angemeldet, gehören aber nicht zu dieser Website. Bitten Sie deren Admin, Sie aufzunehmen, und melden Sie sich dann noch einmal an.',
		"The identity provider's answer was refused: %s." => 'Die Antwort des Anmeldedienstes wurde abgelehnt (%s).',
		'The identity provider no longer knows of this sign-in. Sign in again.' => 'Der Anmeldedienst kennt diese Anmeldung nicht mehr. Melden Sie sich noch einmal an.',
		'The identity provider cannot be used now: %s.'   => 'Der Anmeldedienst ist gerade nicht zu erreichen (%s).',
		'Write with AI'                                   => 'Mit KI schreiben',
		'Tenant'                                          => 'Mandant',
		'Connector'                                       => 'Connector',
		'Delivery'                                        => 'Zustellung',
		'Sign-on'                                         => 'Anmeldung',
		'Chat'                                            => 'Chat',
		'not configured'                                  => 'nicht eingerichtet',
		'This site is run by Presswerk; its operator sets what is below.' => 'Diese Website läuft mit Presswerk; was hier steht, legt der Betreiber fest.',
		'no service user: articles cannot be delivered; ask the operator to run presswerk up' => 'kein Dienstbenutzer: Artikel können nicht zugestellt werden; bitten Sie den Betreiber, presswerk up auszuführen',
		'ready; nothing delivered yet'                    => 'bereit; noch nichts zugestellt',
		'ready; %1$d delivered, the last at %2$s UTC'     => 'bereit; %1$d zugestellt, zuletzt am %2$s UTC',
		'People of this site are added, removed and given roles in Presswerk, not here: at %1$s, or by "presswerk tenant members" for the tenant %2$s.' => 'Wer zu dieser Website gehört und welche Rolle jemand hat, wird in Presswerk festgelegt, nicht hier: unter %1$s oder mit „presswerk tenant members“ für den Mandanten %2$s.',
		'Author (drafts)'                                 => 'Autor (Entwürfe)',
	),
);
