"""Functions that Open WebUI stores and runs; read as text, never imported by Presswerk itself."""
