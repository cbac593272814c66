"""An article from a program to a site: core's REST routes against Presswerk, in turn, on one real WordPress.

`python -m benchmarks.pipeline` prints a table; `--write` keeps its ratios as the baseline beside this file, and
`--check` fails where one is worse than the baseline by more than 30%. Only ratios are compared: both sides share the
machine and whatever else runs on it.
"""

import argparse
import base64
import json
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from benchmarks.delivering import png_image
from presswerk.database import connect
from tests.support.bodies import cpu_seconds
from tests.support.hub import HubClient, HubProcess, hub_environment, register, running_hub
from tests.support.issuer import Issuer, running_issuer
from tests.support.process import NO_AUTHORITIES
from tests.support.site_double import running_site_double
from tests.support.sites import RunningSite, running_site

BASELINE = Path(__file__).with_name("pipeline.json")
LOST = 0.30
"""More than this is no noise any more."""

_CONCURRENT = (1, 4, 8)
_ROUNDS = 3
_TAGS = 5
_TEXT = "\n\n".join(f"Paragraph **{number}** of it, with [a link](https://example.org)." for number in range(30))
_HTML = "".join(f"<!-- wp:paragraph -->\n<p>Paragraph {number}.</p>\n<!-- /wp:paragraph -->\n" for number in range(30))
_FLOOD = 500
_FLOODING = 16
_IDLE_SECONDS = 20
_WARM_PAGES, _PAGES, _BESIDE_A_READER = 10, 60, 64

Article = Callable[[int, str], float]
"""Brings one article to the site, by its number and the beginning of its tags; seconds until its draft was there."""


@dataclass(frozen=True)
class _Measured:
    """What a side took: seconds until drafts, and until image sizes were there too."""

    latencies: list[float]
    seconds: float
    seconds_with_sizes: float
    client_cpu_seconds: float
    php_cpu_seconds: float


def measure(scratch: Path, articles: int = 8) -> dict[str, float]:
    """So many articles a round, side and number of clients.

    Returns:
        Ratios, Presswerk over REST, and what the hub takes: the former compare, the latter depend on the machine.
    """
    scratch.mkdir(exist_ok=True)
    with running_issuer() as issuer:
        return {**_sides(scratch, issuer, articles), **_fairness(scratch / "fair", issuer)}


def _sides(scratch: Path, issuer: Issuer, articles: int) -> dict[str, float]:
    url = f"sqlite:///{scratch}/hub.db"
    found: dict[str, float] = {}
    with running_site(scratch / "site") as site:
        environment = hub_environment(url, issuer.url)
        register(environment, {"acme": site.connection})
        with running_hub(scratch, environment) as hub:
            found |= _at_rest(hub, issuer)
            client = hub.client(issuer.access_token("anna", groups=["tenant-acme-author"]))
            sides = {"REST": _by_rest(site), "Presswerk": _by_presswerk(client)}
            for bring in sides.values():
                bring(0, "warm")
            made = 1
            for tags in ("shared", "new"):
                for clients in _CONCURRENT:
                    runs: dict[str, list[_Measured]] = {name: [] for name in sides}
                    for _ in range(_ROUNDS):
                        for name, bring in sides.items():
                            numbers = range(made, made + max(articles, clients))
                            made = numbers.stop
                            shared = name if tags == "shared" else None
                            runs[name].append(_run(site, hub, partial(_one, bring, shared), numbers, clients))
                    found |= _compared(f"{clients} at once, {tags} tags", runs, max(articles, clients))
            found["bytes kept an article, before retention"] = _bytes_kept(scratch, url)
            found |= _reader(site, sides["Presswerk"])
    return found


def _reader(site: RunningSite, bring: Article) -> dict[str, float]:
    """A reader's front page alone and while programs hand articles in, and how fast those come meanwhile."""
    _front_pages(site, lambda read: read < _WARM_PAGES)
    alone = _front_pages(site, lambda read: read < _PAGES)
    began = time.perf_counter()
    with ThreadPoolExecutor(max(_CONCURRENT)) as pool:
        articles = [pool.submit(bring, number, "read") for number in range(_BESIDE_A_READER)]
        beside = _front_pages(site, lambda _read: not all(article.done() for article in articles))
    seconds = time.perf_counter() - began
    what = f"a reader's front page beside {max(_CONCURRENT)} deliveries"
    return {
        f"{what}: p95 over alone": _quantile(beside, 0.95) / _quantile(alone, 0.95),
        f"{what}: p95 ms": _quantile(beside, 0.95) * 1000,
        "a reader's front page alone: p95 ms": _quantile(alone, 0.95) * 1000,
        "Presswerk: articles/s to the draft beside a reader": len(articles) / seconds,
    }


def _front_pages(site: RunningSite, goes_on: Callable[[int], bool]) -> list[float]:
    """How long each took, in seconds; one after the other, for as long as it goes on with so many read."""
    taken: list[float] = []
    with site.http() as http:
        while goes_on(len(taken)):
            began = time.perf_counter()
            http.get("/").raise_for_status()
            taken.append(time.perf_counter() - began)
    return taken


def _run(site: RunningSite, hub: HubProcess, bring: Callable[[int], float], numbers: range, clients: int) -> _Measured:
    hub_before, php_before, began = cpu_seconds(hub.pid), _php_seconds(), time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        latencies = list(pool.map(bring, numbers))
    seconds = time.perf_counter() - began
    while _without_sizes(site):
        time.sleep(0.2)
    with_sizes = time.perf_counter() - began
    return _Measured(latencies, seconds, with_sizes, cpu_seconds(hub.pid) - hub_before, _php_seconds() - php_before)


def _one(bring: Article, shared: str | None, number: int) -> float:
    return bring(number, shared or f"{number}")


def _compared(what: str, runs: dict[str, list[_Measured]], articles: int) -> dict[str, float]:
    def best(side: str, key: Callable[[_Measured], float]) -> float:
        return min(map(key, runs[side]))

    def p50(side: str) -> float:
        return statistics.median([each for run in runs[side] for each in run.latencies])

    presswerk, rest = "Presswerk", "REST"
    return {
        f"ratio: articles/s to the draft, {what}": best(rest, lambda run: run.seconds)
        / best(presswerk, lambda run: run.seconds),
        f"ratio: articles/s with sizes, {what}": best(rest, lambda run: run.seconds_with_sizes)
        / best(presswerk, lambda run: run.seconds_with_sizes),
        f"ratio: speed of one article, {what}": p50(rest) / p50(presswerk),
        f"REST: articles/s to the draft, {what}": articles / best(rest, lambda run: run.seconds),
        f"Presswerk: articles/s to the draft, {what}": articles / best(presswerk, lambda run: run.seconds),
        f"REST: p50 ms, {what}": p50(rest) * 1000,
        f"Presswerk: p50 ms, {what}": p50(presswerk) * 1000,
        f"hub: CPU ms an article, {what}": best(presswerk, lambda run: run.client_cpu_seconds) / articles * 1000,
        f"REST: PHP CPU ms an article, {what}": best(rest, lambda run: run.php_cpu_seconds) / articles * 1000,
        f"Presswerk: PHP CPU ms an article, {what}": best(presswerk, lambda run: run.php_cpu_seconds) / articles * 1000,
    }


def _by_presswerk(client: HubClient) -> Article:
    def bring(number: int, begins: str) -> float:
        picture = {"reference": "p.png", "filename": "p.png", "media_type": "image/png"}
        picture["data"] = base64.b64encode(png_image()).decode()
        tags = [f"{begins} tag {tag}" for tag in range(_TAGS)]
        began = time.perf_counter()
        made = client.publish(
            "acme",
            f"# Article {number}\n\n![p](p.png)\n\n{_TEXT}",
            tags=tags,
            categories=["News"],
            attachments=[picture],
        )
        state = client.events(made["id"])[-1][2]["state"]
        assert state == "drafted", state
        return time.perf_counter() - began

    return bring


def _by_rest(site: RunningSite) -> Article:
    """As a careful program does it: find or make each term, upload, look for a twin, create, read back."""
    connection = site.connection

    def term(http: httpx.Client, kind: str, name: str) -> int:
        found = http.get(f"/{kind}", params={"search": name}).json()
        for each in found:
            if each["name"] == name:
                return int(each["id"])
        answer = http.post(f"/{kind}", json={"name": name}).json()
        return int(answer["id"] if "id" in answer else answer["data"]["term_id"])

    def bring(number: int, begins: str) -> float:
        image, began = png_image(), time.perf_counter()
        with httpx.Client(
            base_url=f"{site.site.internal_url}/wp-json/wp/v2",
            headers={"Host": site.site.host},
            auth=(connection.user_name, connection.application_password),
            timeout=120.0,
            trust_env=False,
            verify=NO_AUTHORITIES,
        ) as http:
            named = f'attachment; filename="{uuid.uuid4()}.png"'
            headers = {"Content-Type": "image/png", "Content-Disposition": named}
            media = http.post("/media", content=image, headers=headers)
            if media.is_server_error:
                # On a fresh site two first uploads of a month may make the same directory.
                media = http.post("/media", content=image, headers=headers)
            post = {
                "title": f"Article {number}",
                "content": _HTML,
                "slug": f"article-{number}-{uuid.uuid4()}",
                "status": "draft",
                "tags": [term(http, "tags", f"{begins} tag {tag}") for tag in range(_TAGS)],
                "categories": [term(http, "categories", "News")],
                "featured_media": media.json()["id"],
            }
            assert http.get("/posts", params={"slug": post["slug"], "status": "any"}).json() == []
            made = http.post("/posts", json=post).json()["id"]
            assert http.get(f"/posts/{made}", params={"context": "edit"}).json()["id"] == made
        return time.perf_counter() - began

    return bring


def _without_sizes(site: RunningSite) -> int:
    """How many images have no smaller sizes yet; a request to the site's clock lets it make them."""
    with site.http() as http:
        http.get("/wp-cron.php")
    found: int = site.php(
        "$left = 0; foreach ( get_posts( array( 'post_type' => 'attachment', 'numberposts' => -1, 'fields' => 'ids' ) )"
        " as $id ) { $left += empty( wp_get_attachment_metadata( $id )['sizes'] ) ? 1 : 0; } return $left;"
    )
    return found


def _at_rest(hub: HubProcess, issuer: Issuer) -> dict[str, float]:
    """What a hub takes with nothing to do, and how soon it answers on a connection that is kept."""
    before = cpu_seconds(hub.pid)
    time.sleep(_IDLE_SECONDS)
    idle = (cpu_seconds(hub.pid) - before) / _IDLE_SECONDS
    resident = int(Path(f"/proc/{hub.pid}/status").read_text().split("VmRSS:")[1].split()[0]) / 1024
    headers = {"Authorization": f"Bearer {issuer.access_token('anna', groups=['tenant-acme-author'])}"}
    with httpx.Client(base_url=hub.url, headers=headers, verify=NO_AUTHORITIES) as client:
        waits = [_timed(lambda: client.get("/api/v1/me").raise_for_status()) for _ in range(50)]
    return {
        "idle hub: % of a core": idle * 100,
        "idle hub: MiB": resident,
        "GET /me on a kept connection: p50 ms": statistics.median(waits) * 1000,
    }


def _fairness(directory: Path, issuer: Issuer) -> dict[str, float]:
    """One tenant hands in hundreds; what another one notices. Their sites are doubles: it is about the hub."""
    directory.mkdir(parents=True)
    environment = hub_environment(f"sqlite:///{directory}/hub.db", issuer.url)
    with running_site_double() as busy, running_site_double() as quiet:
        register(environment, {"acme": busy.connection, "beta": quiet.connection})
        with running_hub(directory, environment) as hub:
            noisy = hub.client(issuer.access_token("anna", groups=["tenant-acme-author"]))
            other = hub.client(issuer.access_token("bert", groups=["tenant-beta-author"]))
            alone = [_submitted_and_done(other, number) for number in range(30)]
            with _flood(noisy) as ended:
                beside = [_submitted_and_done(other, 100)]
                while not ended.is_set():
                    beside.append(_submitted_and_done(other, 100 + len(beside)))
    before, meanwhile = ([each[1] for each in found] for found in (alone, beside))
    return {
        "submit p99 beside 500 of another tenant, ms": _quantile([each[0] for each in beside], 0.99) * 1000,
        "latency beside them over alone, p50": _quantile(meanwhile, 0.5) / _quantile(before, 0.5),
        "latency beside them over alone, p95": _quantile(meanwhile, 0.95) / _quantile(before, 0.95),
    }


@contextmanager
def _flood(client: HubClient) -> Iterator[threading.Event]:
    """Hand in hundreds of articles from several threads; the event says when all are taken."""
    ended = threading.Event()
    with ThreadPoolExecutor(_FLOODING) as pool:
        handed = [pool.submit(client.publish, "acme", f"# Flood {number}\n\n{_TEXT}") for number in range(_FLOOD)]
        threading.Thread(target=_tell_when_done, args=(handed, ended), daemon=True).start()
        yield ended


def _tell_when_done(handed: Sequence[Future[dict[str, Any]]], ended: threading.Event) -> None:
    wait(handed)
    ended.set()


def _submitted_and_done(client: HubClient, number: int) -> tuple[float, float]:
    began = time.perf_counter()
    made = client.publish("beta", f"# Article {number}\n\n{_TEXT}")
    submitted = time.perf_counter() - began
    client.events(made["id"])
    return submitted, time.perf_counter() - began


def _bytes_kept(directory: Path, url: str) -> float:
    """Of both databases, an article; what a file has spare is not counted."""
    with connect(url).connect() as database:
        articles: int = database.execute(text("SELECT count(*) FROM publications")).scalar_one()
    total = 0
    for file in directory.glob("hub*.db"):
        with connect(f"sqlite:///{file}").connect() as database:
            pages: int = database.execute(text("PRAGMA page_count")).scalar_one()
            total += 4096 * (pages - database.execute(text("PRAGMA freelist_count")).scalar_one())
    return total / articles


def _php_seconds() -> float:
    """Of all PHP that descends from this process, that which has ended included; see proc(5)."""
    parents: dict[int, int] = {}
    spent: dict[int, tuple[str, float]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text(encoding="utf-8", errors="replace").partition("(")[2].rpartition(")")
        except OSError:  # it has just ended
            continue
        fields, pid = rest.split(), int(stat.parent.name)
        parents[pid] = int(fields[1])
        spent[pid] = name, sum(map(int, fields[11:15])) / 100
    ours = {pid for pid in parents if _descends(pid, parents)}
    return sum(seconds for pid, (name, seconds) in spent.items() if pid in ours and name.startswith("php-fpm"))


def _descends(pid: int, parents: dict[int, int]) -> bool:
    own = int(Path("/proc/self").readlink().name)
    while pid in parents and pid != own:
        pid = parents[pid]
    return pid == own


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _quantile(values: list[float], which: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * which))]


def lost(found: dict[str, float], baseline: dict[str, float]) -> list[str]:
    """What is worse than the baseline by more than noise; one line each."""
    return [
        f"{name}: {found.get(name, 0.0):.2f}, and the baseline has {kept:.2f}"
        for name, kept in baseline.items()
        if found.get(name, 0.0) < kept * (1 - LOST)
    ]


def main() -> None:
    """Print the table; keep it, or compare it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__)
    parser.add_argument("--articles", type=int, default=8, help="of a round, side and number of clients")
    parser.add_argument("--write", action="store_true", help="keep the ratios as the baseline")
    parser.add_argument("--check", action="store_true", help="compare the ratios with the baseline")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(Path(scratch), arguments.articles)
    for name, value in found.items():
        print(f"{name:<64} {value:>10.2f}")
    ratios = {name: round(value, 2) for name, value in found.items() if name.startswith("ratio: ")}
    if arguments.write:
        BASELINE.write_text(json.dumps(ratios, indent=2) + "\n", encoding="utf-8")
    if arguments.check and (worse := lost(found, json.loads(BASELINE.read_text(encoding="utf-8")))):
        sys.exit("\n".join(worse))


if __name__ == "__main__":
    main()
