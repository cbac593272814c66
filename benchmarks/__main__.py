"""Measure what Presswerk costs, and report it as ratios measured in one run: `make bench`."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks import composing, costs, delivering, local_tenants, manifests, operator, pipeline, publishing, serving


def main() -> None:
    """Run every benchmark and print what it found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = {
            "composing": composing.measure(),
            "publishing": publishing.measure(Path(scratch)),
            "what a request costs others": costs.measure(Path(scratch)),
            "pipeline": pipeline.measure(Path(scratch) / "pipeline"),
            "delivering": delivering.measure(Path(scratch)),
            "tenants' objects on a cluster": manifests.measure(),
            "the operator on an emulated cluster": operator.measure(),
            "serving sites on this machine": serving.measure(Path(scratch)),
            "tenants on this machine": local_tenants.measure(Path(scratch)),
        }
    if arguments.json:
        json.dump(found, sys.stdout, indent=2)
        return
    for title, rows in found.items():
        print(f"\n{title}")
        for name, value in rows.items():
            print(f"  {name:<64} {value:>10.2f}")


if __name__ == "__main__":
    main()
