"""`presswerk ai`: the AI endpoint."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from presswerk.ai import AiEndpoint, AiReport, AiSettings

app = typer.Typer(name="ai", help="The AI endpoint authors write with.", no_args_is_help=True)

_SHOWN_MODELS = 10
_BAD_SETTINGS = 2


@app.callback()
def main() -> None:
    """The AI endpoint authors write with."""


@app.command()
def check(
    model: Annotated[
        str | None, typer.Option(help="Which model to try; PRESSWERK_AI_MODEL, else the first one listed.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait for an answer.")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Ask the endpoint for its models and for one sentence; exit 0 if that works, 1 if not."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        settings = AiSettings()
    except ValidationError as error:
        # Only names and what is wrong with them: a value could be the key.
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            Console(stderr=True, soft_wrap=True).print(escape(f"PRESSWERK_AI_{name}: {problem['msg']}"))
        raise typer.Exit(_BAD_SETTINGS) from None
    key = settings.api_key.get_secret_value() if settings.api_key else None
    if not as_json:
        console.print(escape(f"Asking {settings.base_url} for its models and one sentence ..."))
    with AiEndpoint(settings.base_url, key, timeout_seconds=timeout) as endpoint:
        report = endpoint.check(model or settings.model)
    if as_json:
        typer.echo(json.dumps(asdict(report), indent=2))
    else:
        _print(console, report)
    raise typer.Exit(0 if report.ok else 1)


def _print(console: Console, report: AiReport) -> None:
    if report.models:
        more = len(report.models) - _SHOWN_MODELS
        names = ", ".join(report.models[:_SHOWN_MODELS]) + (f" and {more} more" if more > 0 else "")
        console.print(escape(f"Models: {names}"))
    if report.is_stand_in:
        console.print("[bold yellow]This is Presswerk's stand-in, which is no AI: it fills templates.[/]")
        console.print("For a real one set PRESSWERK_AI_BASE_URL and PRESSWERK_AI_API_KEY.")
    if report.ok:
        console.print(escape(f"{report.model} answered in {report.latency_seconds:.2f} s: {report.completion}"))
        console.print("[green]The endpoint works.[/]")
        return
    console.print(f"[red]The endpoint does not work.[/] {escape(report.reason or '')}")
    console.print(escape(report.remedy or ""))
