"""The OpenAI-compatible endpoint: client, health, and the offline stand-in."""
