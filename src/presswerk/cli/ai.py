"""`presswerk ai`: the AI endpoint."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from presswerk.ai import AiEndpoint, AiReport, AiSettings, PictureReport, check_endpoint

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
    image_model: Annotated[
        str | None,
        typer.Option(
            help="Which model to let draw; else the first one listed whose name looks like it.", metavar="NAME"
        ),
    ] = None,
    no_image: Annotated[
        bool, typer.Option("--no-image", help="Have no picture drawn: providers charge for each.")
    ] = False,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait for an answer.")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Ask the endpoint for its models, one sentence and one picture, and tell how fast it is and what it limits.

    Exit 0 if it writes, 1 if not. Pictures are not needed to write and publish, so an endpoint that draws none is told
    and is no failure, unless --image-model names one that shall.
    """
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
        console.print(escape(f"Asking {settings.base_url} for its models, a sentence and a picture ..."))
    with AiEndpoint(settings.base_url, key, timeout_seconds=timeout) as endpoint:
        report = check_endpoint(endpoint, model or settings.model, image_model=image_model, draw=not no_image)
    if as_json:
        typer.echo(json.dumps(asdict(report), indent=2))
    else:
        _print(console, report)
    drew = report.picture is not None and report.picture.reason is None
    raise typer.Exit(0 if report.ok and (drew or image_model is None or no_image) else 1)


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
        _print_picture(console, report.picture)
        limits = ", ".join(f"{name}: {value}" for name, value in sorted(report.limits.items()))
        console.print(escape(f"Limits: {limits or 'it tells none; see what the provider says'}"))
        console.print("[green]The endpoint works.[/]")
        return
    console.print(f"[red]The endpoint does not work.[/] {escape(report.reason or '')}")
    console.print(escape(report.remedy or ""))


def _print_picture(console: Console, picture: PictureReport | None) -> None:
    if picture is None:
        return
    if picture.reason is not None:
        console.print(escape(f"{picture.model} drew nothing: {picture.reason} {picture.remedy or ''}".rstrip()))
        return
    drew = f"{picture.model} drew {picture.media_type} of {picture.size_bytes} bytes"
    console.print(escape(f"{drew} in {picture.latency_seconds:.2f} s."))
