<?php
/**
 * Plugin Name: Presswerk Connector
 * Description: Takes articles from Presswerk and lets people in with their one login. It belongs to the platform and cannot be switched off here.
 * Author:      Presswerk
 *
 * The platform links this file into wp-content/mu-plugins, where no setting and no click reaches it.
 *
 * @package Presswerk
 */

declare( strict_types = 1 );

defined( 'ABSPATH' ) || exit;

require_once __DIR__ . '/presswerk-connector.php';
