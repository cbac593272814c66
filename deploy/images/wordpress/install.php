<?php
/**
 * Installs one site, on its volume that nothing may have filled before: see prepare.php and install_site.php.
 *
 * @package Presswerk
 */

require __DIR__ . '/image/prepare.php';
require __DIR__ . '/install_site.php';
