"""The stand-in's web server."""

import base64
import hashlib
import hmac
from html import escape
from http import HTTPStatus

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from presswerk.ai.stand_in import STAND_IN_MODEL, protocol
from presswerk.ai.stand_in.picture import png
from presswerk.errors import PresswerkError

_PAGE = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Presswerk's stand-in: no AI</title>
<style>body{{font:1.1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}}</style>
<h1>This is no AI</h1>
<p>Presswerk's stand-in speaks the OpenAI protocol so that everything can be tried without an AI endpoint. It fills
templates with the topic of your prompt: the same prompt always gives the same article.</p>
<p>Its only model is <code>{escape(STAND_IN_MODEL)}</code>. For a real one set <code>PRESSWERK_AI_BASE_URL</code> and
<code>PRESSWERK_AI_API_KEY</code>, and start Presswerk again.</p>
</html>
"""


class ProtocolError(PresswerkError):
    """An error in OpenAI's shape."""

    def __init__(self, status: int, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.document = protocol.error(message, "invalid_request_error", param=param, code=code)


def create_app(api_key: str | None = None) -> FastAPI:
    """The stand-in as an ASGI application.

    Args:
        api_key: Requests must carry it; without one, any or none will do.
    """
    app = FastAPI(title="Presswerk's stand-in: no AI", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(ProtocolError, _protocol_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)

    def authorise(request: Request) -> None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if api_key is not None and not hmac.compare_digest(given.encode(), api_key.encode()):
            raise ProtocolError(401, "Incorrect API key provided.", code="invalid_api_key")

    router = APIRouter(prefix="/v1", dependencies=[Depends(authorise)])
    router.add_api_route("/models", protocol.models, methods=["GET"])
    router.add_api_route("/models/{model_id}", _model, methods=["GET"])
    router.add_api_route("/chat/completions", _complete, methods=["POST"], response_model=None)
    router.add_api_route("/images/generations", _draw, methods=["POST"])
    app.include_router(router)
    app.add_api_route("/health", _health, methods=["GET"])
    app.add_api_route("/", _page, methods=["GET"], response_class=HTMLResponse)
    return app


def _model(model_id: str) -> dict[str, object]:
    _check_model(model_id)
    return protocol.model()


def _complete(request: protocol.CompletionRequest) -> Response:
    _check_model(request.model)
    answer = protocol.WrittenAnswer(request)
    if request.stream:
        return StreamingResponse(answer.stream(), media_type="text/event-stream", headers={"Cache-Control": "no-cache"})
    return JSONResponse(answer.whole())


def _draw(request: protocol.ImageRequest) -> dict[str, object]:
    if request.model is not None:
        _check_model(request.model)
    return protocol.image(base64.b64encode(png(hashlib.sha256(request.prompt.encode()).digest())).decode())


def _health() -> dict[str, object]:
    return {"status": "ok", "ai": False, "model": STAND_IN_MODEL}


def _page() -> str:
    return _PAGE


def _check_model(name: str) -> None:
    if name != STAND_IN_MODEL:
        raise ProtocolError(
            404,
            f"The model `{name[:100]}` does not exist; this is a stand-in whose only model is `{STAND_IN_MODEL}`.",
            param="model",
            code="model_not_found",
        )


def _protocol_error(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, ProtocolError):
        raise error
    return JSONResponse(error.document, status_code=error.status)


def _invalid(_request: Request, error: Exception) -> JSONResponse:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {"loc": (), "msg": "invalid"}
    if first.get("type") == "json_invalid":
        return JSONResponse(protocol.error("The body is not valid JSON.", "invalid_request_error"), status_code=400)
    where = ".".join(str(part) for part in first["loc"][1:]) or None
    message = f"Invalid value for {where or 'the body'}: {first['msg']}"
    return JSONResponse(protocol.error(message, "invalid_request_error", param=where), status_code=400)


def _http(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    unread = error.status_code == HTTPStatus.BAD_REQUEST
    said = "The body cannot be read." if unread else f"{error.detail}: not part of this stand-in."
    document = protocol.error(said, "invalid_request_error")
    return JSONResponse(document, status_code=error.status_code)
