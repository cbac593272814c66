"""The presswerk command: one module a noun."""


def main() -> None:
    """Run the command line."""
