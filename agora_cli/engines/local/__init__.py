"""Channels on this machine, between the processes of one user: no account, no daemon, no network."""
