"""An offline server that speaks the OpenAI protocol and is no AI: it writes from templates."""

STAND_IN_MODEL = "presswerk-stand-in-no-ai"
"""Its only model; the name says what it is wherever a model is shown."""

__all__ = ["STAND_IN_MODEL"]
