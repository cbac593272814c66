"""The hub's pages for people: signing in, and what they look at and decide in a browser."""
