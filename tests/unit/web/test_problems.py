from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict

from presswerk.identity import IdentityProviderUnavailable
from presswerk.messages import Message
from presswerk.publishing import FieldError, Forbidden, InvalidManuscript, NotFound, NotPossibleNow, SiteSuspended
from presswerk.publishing.reading import NO_SUCH_PUBLICATION
from presswerk.web.problems import add_problem_handlers


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    names: list[int]


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI()
    add_problem_handlers(app)
    errors = {
        "defect": RuntimeError("the password is hunter2"),
        "away": IdentityProviderUnavailable("x"),
        "suspended": SiteSuspended(Message("This tenant is suspended.")),
        "busy": NotPossibleNow(Message("Not now.")),
        "forbidden": Forbidden(Message("No.")),
        "missing": NotFound(Message("There is none.")),
        "gone": NotFound(NO_SUCH_PUBLICATION),
        "empty": InvalidManuscript(FieldError("title", Message("must be at most %(most)s characters", most=1200))),
        "invalid": InvalidManuscript(FieldError("a.b", Message("is wrong"))),
    }

    @app.get("/raise/{name}")
    def fail(name: str) -> None:
        raise errors[name]

    @app.post("/take")
    def take(body: Body) -> None:
        """Take it."""

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_a_problem_is_told_in_the_language_asked_for(client: TestClient) -> None:
    german = client.get("/raise/gone", headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})
    assert german.json()["detail"] == "Diesen Artikel gibt es hier nicht."
    assert (german.headers["Content-Language"], german.headers["Vary"]) == ("de", "Accept-Language")
    english = client.get("/raise/gone", headers={"Accept-Language": "fr"})
    assert (english.json()["detail"], english.headers["Content-Language"]) == ("There is no such publication.", "en")
    fields = client.get("/raise/empty", headers={"Accept-Language": "de"}).json()
    assert fields["errors"] == [{"field": "title", "message": "darf höchstens 1.200 Zeichen haben"}]


@pytest.mark.parametrize(
    ("name", "status", "slug"),
    [
        ("defect", 500, "internal-error"),
        ("away", 503, "identity-provider-unavailable"),
        ("suspended", 409, "tenant-suspended"),
        ("busy", 409, "not-possible-now"),
        ("forbidden", 403, "forbidden"),
        ("missing", 404, "not-found"),
        ("invalid", 422, "invalid-input"),
    ],
)
def test_every_error_is_a_problem(client: TestClient, name: str, status: int, slug: str) -> None:
    answer = client.get(f"/raise/{name}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"https://presswerk.dev/problems/{slug}"
    assert answer.json()["status"] == status


def test_a_defect_shows_nothing_of_our_inside(client: TestClient) -> None:
    text = client.get("/raise/defect").text
    assert "hunter2" not in text
    assert "RuntimeError" not in text


def test_wrong_fields_are_named_by_their_place_and_their_values_not_repeated(client: TestClient) -> None:
    answer = client.post("/take", json={"names": [1, "a secret value"], "more": 1})
    assert {each["field"] for each in answer.json()["errors"]} == {"names.1", "more"}
    assert "a secret value" not in answer.text
