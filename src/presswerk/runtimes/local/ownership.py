"""Whose files are: given to the user a service runs as, and what keeps other users from a program.

Only the standard library is imported: this runs at every start of every service.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

_PRIVATE_DIRECTORY = 0o700


def give_directory(directory: Path, user: int, group: int) -> None:
    """Let a directory with all that is in it belong to a user alone; a second time changes nothing.

    What root has written there, or a version before that ran as root, becomes the user's. Links are given, not what
    they lead to; a file with a second name may be somebody else's, and stays whose it is.

    Args:
        directory: Nobody of the user's writes there meanwhile.
        user, group: Whose it becomes.
    """
    for _path, directories, files, opened in os.fwalk(directory):
        for name in (*directories, *files):
            with suppress(FileNotFoundError):  # such as a database's journal, which comes and goes
                found = os.stat(name, dir_fd=opened, follow_symlinks=False)
                only_here = stat.S_ISDIR(found.st_mode) or found.st_nlink == 1
                if only_here and (found.st_uid, found.st_gid) != (user, group):
                    os.chown(name, user, group, dir_fd=opened, follow_symlinks=False)
    os.chown(directory, user, group)
    directory.chmod(_PRIVATE_DIRECTORY)


def closed_to_others(path: Path) -> Path | None:
    """What keeps other users from reading a path, on the way it is named and on the way it leads to; None: nothing."""
    for way in (path.absolute(), path.resolve()):
        for place in (way, *way.parents):
            needed = stat.S_IXOTH if place.is_dir() else stat.S_IROTH
            if not place.exists() or not place.stat().st_mode & needed:
                return place
    return None
