"""`python -m presswerk.ai.stand_in`: serve the stand-in."""

import argparse
import os

import uvicorn

from presswerk.ai.stand_in.app import create_app

KEY_VARIABLE = "PRESSWERK_AI_STAND_IN_API_KEY"
_DEFAULT_PORT = 8090


def main() -> None:
    """Serve until stopped; a key to ask for comes from the environment, since everybody can read a command line."""
    parser = argparse.ArgumentParser(
        prog="python -m presswerk.ai.stand_in",
        description="An offline server that speaks the OpenAI protocol and is no AI.",
        epilog=f"With {KEY_VARIABLE} set, requests must carry that key.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=_DEFAULT_PORT, help=f"port to listen on ({_DEFAULT_PORT})")
    given = parser.parse_args()
    app = create_app(os.environ.get(KEY_VARIABLE) or None)
    uvicorn.run(app, host=given.host, port=given.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
