"""Which limit of memory holds for a process, in both versions of control groups."""

from pathlib import Path

import pytest

from presswerk.runtimes.local.cgroups import memory_limit_bytes

GIB = 2**30


@pytest.mark.parametrize(
    ("told", "limits", "found"),
    [
        ("0::/system.slice/presswerk.service\n", {"system.slice/presswerk.service/memory.max": f"{GIB}\n"}, GIB),
        (
            "0::/system.slice/presswerk.service\n",
            {"system.slice/presswerk.service/memory.max": "max\n", "system.slice/memory.max": f"{2 * GIB}\n"},
            2 * GIB,
        ),
        ("0::/\n", {}, None),
        ("0::/user.slice\n", {"user.slice/memory.max": "max\n"}, None),
        (
            "9:name=systemd:/a\n8:pids:/a\n4:memory:/a\n",
            {
                "memory/a/memory.limit_in_bytes": f"{3 * GIB}\n",
                "memory/memory.limit_in_bytes": f"{0x7FFFFFFFFFFFF000}\n",
            },
            3 * GIB,
        ),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": f"{0x7FFFFFFFFFFFF000}\n"}, None),
    ],
    ids=["version 2", "a group around it", "the root", "unlimited", "version 1", "version 1, unlimited"],
)
def test_the_smallest_limit_around_a_process(
    tmp_path: Path, told: str, limits: dict[str, str], found: int | None
) -> None:
    proc, mounted = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "17").mkdir(parents=True)
    (proc / "17" / "cgroup").write_text(told)
    for name, text in limits.items():
        file = mounted / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    assert memory_limit_bytes(17, proc, mounted) == found


def test_a_process_that_has_ended_has_none(tmp_path: Path) -> None:
    assert memory_limit_bytes(17, tmp_path, tmp_path) is None
