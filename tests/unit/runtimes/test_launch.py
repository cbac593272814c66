"""What a service's process gets from the one that starts it."""

from presswerk.runtimes.local.launch import inherited_environment


def test_a_service_inherits_where_things_are_and_the_locale() -> None:
    given = {"PATH": "/bin", "HOME": "/root", "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}

    assert inherited_environment(given) == given


def test_a_service_inherits_no_credential_of_the_caller() -> None:
    given = {"PATH": "/bin", "PRESSWERK_AI_API_KEY": "k", "AWS_SECRET_ACCESS_KEY": "k", "PYTHONPATH": "/x"}

    assert inherited_environment(given) == {"PATH": "/bin"}
