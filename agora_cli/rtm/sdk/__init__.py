"""Messaging over Agora's own network, through the official package (versions 2.4.9 and 2.4.10)."""
