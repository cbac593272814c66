"""`python -m presswerk.cli`, where the command itself is not on the path."""

from presswerk.cli import main

if __name__ == "__main__":
    main()
