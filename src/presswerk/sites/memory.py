"""What a tenant's PHP processes may take together, and how large an image they can decode; computed from the tier."""

from dataclasses import dataclass

from presswerk.declaration import Limits

_MEBIBYTE = 1024 * 1024
WORKER_MIB = 60
"""What a PHP process takes before it decodes anything."""
PHP_BYTES_PER_PIXEL = 15
"""What PHP's GD takes until all of an image's smaller sizes are written, in a real WordPress: PNG and JPEG up to 10,
WebP 14, AVIF no more as long as its sizes are WebP. The connector decodes one image at a time."""
LEAST_PIXELS = 1_000_000
"""For limits that leave nothing beside the processes themselves."""
_LEAST_LIMIT_MIB = 96
_MOST_LIMIT_MIB = 256


def most_pixels(limits: Limits) -> int:
    """How many pixels an image may have, so that decoding it fits beside processes that are all busy."""
    spare_mib = limits.memory_mib - WORKER_MIB * limits.php_workers
    return max(LEAST_PIXELS, spare_mib * _MEBIBYTE // PHP_BYTES_PER_PIXEL)


@dataclass(frozen=True)
class PhpMemory:
    """How a tenant's PHP is bounded.

    Attributes:
        processes: How many there are at most (`pm.max_children`).
        limit_mib: What PHP itself may take in each (`memory_limit`).
        decoding_mib: What decoding the largest allowed image takes besides: GD's memory is not PHP's.
        image_pixels: How many pixels that image has (`PRESSWERK_MAX_IMAGE_PIXELS`).
    """

    processes: int
    limit_mib: int
    decoding_mib: int
    image_pixels: int

    @classmethod
    def of(cls, limits: Limits) -> "PhpMemory":
        """What a tenant's limits make of it."""
        each = limits.memory_mib // limits.php_workers
        return cls(
            processes=limits.php_workers,
            limit_mib=max(_LEAST_LIMIT_MIB, min(each, _MOST_LIMIT_MIB)),
            decoding_mib=-(-most_pixels(limits) * PHP_BYTES_PER_PIXEL // _MEBIBYTE),
            image_pixels=most_pixels(limits),
        )

    @property
    def deliveries(self) -> int:
        """How many processes there are besides for deliveries alone, which so keep no reader waiting for one."""
        return max(1, self.processes // 2)

    @property
    def most_mib(self) -> int:
        """The most all of them take together: one of them decodes an image, while each is at its own limit."""
        return self.processes * self.limit_mib + self.decoding_mib
