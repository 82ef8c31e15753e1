"""Messaging beside the media: channels, users, presence, history, metadata and locks, on either engine."""
