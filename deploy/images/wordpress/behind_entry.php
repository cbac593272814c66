<?php
/**
 * Tells PHP that a request came over https. The entry says so; the hub and the site's clock, which come from within the
 * cluster and are the only others that reach a pod, don't, and WordPress would refuse their application password.
 *
 * @package Presswerk
 */

if ( 'http' !== ( $_SERVER['HTTP_X_FORWARDED_PROTO'] ?? 'https' ) ) {
	$_SERVER['HTTPS'] = 'on';
}
