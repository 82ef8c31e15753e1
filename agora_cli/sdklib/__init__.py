"""Agora's official Python package, found and loaded without its side effects; for engines and rtm alike."""
