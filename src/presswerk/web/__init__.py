"""The hub: application, API routers, pages."""
