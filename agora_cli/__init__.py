"""agora: push media into real-time channels, pull it out, and see what went wrong."""

__version__ = "0.2.0"
