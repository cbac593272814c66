<?php
/**
 * The router of a site behind the platform's entry. What PHP's server prepends by itself it does not to a router.
 *
 * @package Presswerk
 */

require __DIR__ . '/behind_entry.php';

return require dirname( __DIR__ ) . '/router.php';
