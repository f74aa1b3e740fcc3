"""This machine: the demo with its own Redis and model, the doctor, the start of the launcher."""

__all__ = ["demo", "doctor", "serving"]
