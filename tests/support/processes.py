"""Small real services for tests of the supervision, and what processes show to others."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from presswerk.runtimes.local.service import Service

# Answers with the environment variable COLOUR; /crash ends it, and "fails" makes it end at once until a file `mended`
# is there.
_PROGRAM = """
import http.server, os, signal, sys
if os.environ.get("STUBBORN"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/crash":
            os._exit(3)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ["COLOUR"].encode())
print("serving with", os.environ.get("TOKEN"), flush=True)
if os.environ["COLOUR"] == "fails" and not os.path.exists("mended"):
    sys.exit("cannot go on: the colour is wrong; " + os.environ.get("TOKEN", ""))
if os.environ.get("WORKER") and os.fork() == 0:
    import time
    time.sleep(600)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def small_service(name: str, port: int, directory: Path, **environment: str) -> Service:
    """An HTTP server that answers with its environment's COLOUR."""
    return Service(
        name=name,
        command=(sys.executable, "-c", _PROGRAM, str(port)),
        directory=directory,
        environment={"COLOUR": "red", **environment},
        health_url=f"http://127.0.0.1:{port}/",
        ready_timeout_seconds=30,
    )


def visible_command_lines() -> Mapping[int, str]:
    """Every process's command line, as `ps` shows it to everybody."""
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:  # it has just ended
                continue
    return found


def files_holding(root: Path, value: str) -> list[Path]:
    """The regular files below a directory that contain a value."""
    wanted = value.encode()
    paths = (Path(folder) / name for folder, _, names in os.walk(root) for name in names)
    return sorted(path for path in paths if path.is_file() and not path.is_symlink() and wanted in path.read_bytes())
