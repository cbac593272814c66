"""What rendering into a directory does to it, and to what else is there."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from presswerk.cli import app
from presswerk.cli.problems import explain, explained
from presswerk.runtimes.cluster.rendering.changes import RECORD, NoRecord, changes, read_record, record
from tests.unit.cluster_rendering.test_rendered_values import EXAMPLE

_PATHS = st.sampled_from(["a.yaml", "b.yaml", "tenants/c.yaml", "tenants/d.yaml"])
_TREES = st.dictionaries(_PATHS, st.sampled_from(["1\n", "2\n", "ä\n"]))


@given(former=_TREES, tree=_TREES, foreign=_TREES)
def test_only_what_was_written_is_changed_or_removed(
    former: dict[str, str], tree: dict[str, str], foreign: dict[str, str]
) -> None:
    there: dict[str, str | None] = {**former, **foreign}
    found = changes(tree, there, read_record(record(former)))
    touched = {*found.changed, *found.removed}

    assert touched <= former.keys()
    assert not {path for path in found.removed if there[path] != former[path]}
    assert {*found.made, *found.changed, *found.unchanged, *found.in_the_way} == tree.keys()
    assert {*found.removed, *found.kept} == former.keys() - tree.keys()


@given(tree=_TREES)
def test_rendering_again_changes_nothing(tree: dict[str, str]) -> None:
    found = changes(tree, dict(tree), read_record(record(tree)))

    assert found.is_empty
    assert not found.in_the_way


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"files": []}',
        '{"files": {"../x": "1"}}',
        '{"files": {"/etc/passwd": "1"}}',
        '{"files": {"": "1"}}',
        '{"files": {"a/../../x": "1"}}',
    ],
)
def test_a_record_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(NoRecord):
        read_record(text)


def _render(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["render", *map(str, arguments)])


def _config(directory: Path, *, without: str = "", instead: tuple[str, str] = ("", "")) -> Path:
    text = EXAMPLE.read_text(encoding="utf-8").replace(*instead)
    start = text.find(f"  - id: {without}\n") if without else -1
    if start >= 0:
        end = text.find("  - id: ", start + 1)
        text = text[:start] + (text[end:] if end >= 0 else "")
    config = directory / "platform.yaml"
    config.write_text(text, encoding="utf-8")
    return config


def _all(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_the_second_time_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert _render("--config", EXAMPLE, "--out", out).exit_code == 0
    before = {path: (out / path).stat().st_mtime_ns for path in _all(out)}

    again = _render("--config", EXAMPLE, "--out", out)

    assert again.exit_code == 0
    assert "0 made, 0 changed, 0 removed, 16 as they were" in again.stdout
    assert {path: (out / path).stat().st_mtime_ns for path in _all(out)} == before


def test_a_tenant_that_is_declared_no_longer_goes_and_everything_of_others_stays(tmp_path: Path) -> None:
    out = tmp_path / "out"
    _render("--config", EXAMPLE, "--out", out)
    (out / "tenants" / "mine.yaml").write_text("mine\n")
    (out / "kustomization.yaml").write_text("mine too\n")

    done = _render("--config", _config(tmp_path, without="bakery"), "--out", out, "--json")

    told = json.loads(done.stdout)
    assert told["removed"] == ["tenants/bakery.yaml"]
    assert told["changed"] == ["values/presswerk.yaml"]
    assert told["made"] == []
    assert not (out / "tenants" / "bakery.yaml").exists()
    assert (out / "tenants" / "mine.yaml").read_text() == "mine\n"
    assert (out / "kustomization.yaml").read_text() == "mine too\n"


def test_another_entry_takes_its_files_along(tmp_path: Path) -> None:
    out = tmp_path / "out"
    _render("--config", EXAMPLE, "--out", out)

    config = _config(tmp_path, instead=("controller: envoy-gateway", "controller: traefik"))
    done = _render("--config", config, "--out", out)

    assert "- objects/40-entry.yaml" in done.stdout
    assert "- values/envoy-gateway.yaml" in done.stdout
    assert "+ values/traefik.yaml" in done.stdout
    fresh = tmp_path / "fresh"
    _render("--config", config, "--out", fresh)
    assert _all(out) == _all(fresh)


def test_a_stale_file_that_somebody_changed_stays_and_is_named(tmp_path: Path) -> None:
    out = tmp_path / "out"
    _render("--config", EXAMPLE, "--out", out)
    (out / "tenants" / "nordlicht.yaml").write_text("by hand\n")

    done = _render("--config", _config(tmp_path, without="nordlicht"), "--out", out)

    assert "! tenants/nordlicht.yaml is rendered no longer, but somebody has changed it" in done.stdout
    assert (out / "tenants" / "nordlicht.yaml").read_text() == "by hand\n"


def test_a_file_of_somebody_else_where_ours_belongs_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "README.md").write_text("My cluster\n")

    done = _render("--config", EXAMPLE, "--out", out)

    assert isinstance(done.exception, explained())
    assert "README.md" in explain(done.exception).problem
    assert _all(out) == {"README.md": b"My cluster\n"}


def test_a_link_that_leads_out_of_the_directory_is_not_followed(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (out / "tenants").symlink_to(elsewhere)

    done = _render("--config", EXAMPLE, "--out", out)

    assert isinstance(done.exception, explained())
    assert list(elsewhere.iterdir()) == []


def test_an_interrupted_run_is_finished_by_the_next(tmp_path: Path) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    _render("--config", EXAMPLE, "--out", whole)
    _render("--config", EXAMPLE, "--out", out)
    # As if it had ended after the record and before most files.
    for path in ("README.md", "values/presswerk.yaml", "tenants/acme.yaml"):
        (out / path).unlink()

    assert _render("--config", EXAMPLE, "--out", out).exit_code == 0
    assert _all(out) == _all(whole)


def test_checking_writes_nothing_and_says_by_its_status(tmp_path: Path) -> None:
    out = tmp_path / "out"

    assert _render("--config", EXAMPLE, "--out", out, "--check").exit_code == 1
    assert not out.exists()
    _render("--config", EXAMPLE, "--out", out)
    assert _render("--config", EXAMPLE, "--out", out, "--check").exit_code == 0
    before = _all(out)
    assert _render("--config", _config(tmp_path, without="bakery"), "--out", out, "--check").exit_code == 1
    assert _all(out) == before


def test_without_a_directory_it_prints_one_stream_of_yaml_in_which_each_document_has_its_name() -> None:
    done = _render("--config", EXAMPLE)

    assert done.exit_code == 0
    for path in ("releases.yaml", "values/open-webui.yaml", "objects/10-namespaces.yaml", "tenants/acme.yaml"):
        assert f"# {path}\n" in done.stdout
    assert done.stdout == _render("--config", EXAMPLE).stdout


def test_a_part_can_be_printed_alone() -> None:
    tenants = _render("--config", EXAMPLE, "--only", "tenants/").stdout

    assert tenants.count("kind: Tenant\n") == 3
    assert "kind: Namespace" not in tenants
    refused = _render("--config", EXAMPLE, "--only", "tenant")
    assert isinstance(refused.exception, explained())
    assert "tenants/acme.yaml" in explain(refused.exception).remedy


def test_programs_get_the_files_or_what_became_of_them(tmp_path: Path) -> None:
    printed = json.loads(_render("--config", EXAMPLE, "--json").stdout)
    written = json.loads(_render("--config", EXAMPLE, "--out", tmp_path / "out", "--json").stdout)

    assert sorted(printed["files"]) == written["made"]
    assert {secret["name"] for secret in written["secrets"]} == {
        "authentik",
        "open-webui",
        "presswerk-hub",
        "presswerk-operator",
    }
    assert set(_all(tmp_path / "out")) == {*printed["files"], RECORD}


def test_a_declaration_without_a_domain_is_told_what_is_missing(tmp_path: Path) -> None:
    done = _render("--config", _config(tmp_path, instead=("domain: press.example\n", "")))

    assert isinstance(done.exception, explained())
    assert "domain: is missing" in explain(done.exception).problem


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    done = _render("--config", tmp_path / "none.yaml")

    assert isinstance(done.exception, explained())
    assert "none.yaml cannot be read" in explain(done.exception).problem
