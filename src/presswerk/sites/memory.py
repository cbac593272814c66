"""What a tenant's PHP processes may take together, and how large an image they can decode; computed from the tier."""

from dataclasses import dataclass

from presswerk.declaration import Limits

_MEBIBYTE = 1024 * 1024
WORKER_MIB = 60
"""What a PHP process takes before it decodes anything."""
PHP_BYTES_PER_PIXEL = 12
"""What PHP's GD takes to make an image's smaller sizes: 8.5 to 10.2 measured, for AVIF with a turn the most."""
IMAGES_AT_ONCE = 2
"""A tenant has so many articles delivered at a time."""
LEAST_PIXELS = 2560 * 2560
"""Beyond these WordPress shows a smaller copy anyway, on every tier."""
_LEAST_LIMIT_MIB = 96
_MOST_LIMIT_MIB = 256


def most_pixels(limits: Limits) -> int:
    """How many pixels an image may have for a site's memory."""
    spare_mib = limits.memory_mib - WORKER_MIB * limits.php_workers
    return max(LEAST_PIXELS, spare_mib * _MEBIBYTE // (PHP_BYTES_PER_PIXEL * IMAGES_AT_ONCE))


@dataclass(frozen=True)
class PhpMemory:
    """How a tenant's PHP is bounded.

    Attributes:
        processes: How many there are at most (`pm.max_children`).
        limit_mib: What PHP itself may take in each (`memory_limit`).
        decoding_mib: What decoding the largest allowed image takes besides: GD's memory is not PHP's.
    """

    processes: int
    limit_mib: int
    decoding_mib: int

    @classmethod
    def of(cls, limits: Limits) -> "PhpMemory":
        """What a tenant's limits make of it."""
        each = limits.memory_mib // limits.php_workers
        return cls(
            processes=limits.php_workers,
            limit_mib=max(_LEAST_LIMIT_MIB, min(each, _MOST_LIMIT_MIB)),
            decoding_mib=-(-most_pixels(limits) * PHP_BYTES_PER_PIXEL // _MEBIBYTE),
        )

    @property
    def process_mib(self) -> int:
        """The most one process takes."""
        return self.limit_mib + self.decoding_mib

    @property
    def most_mib(self) -> int:
        """The most all of them take together."""
        return self.processes * self.process_mib
