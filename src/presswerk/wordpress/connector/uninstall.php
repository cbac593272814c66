<?php
/**
 * Removes what the connector made, but no post, image or user.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

namespace Presswerk\Connector;

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

require_once __DIR__ . '/includes/class-publication-table.php';
require_once __DIR__ . '/includes/class-roles.php';

Publication_Table::drop();
Roles::uninstall();
