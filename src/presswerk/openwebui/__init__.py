"""Open WebUI: its settings, the Publish action that is installed into it, presets, and its admin client."""
