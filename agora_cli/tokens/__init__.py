"""Agora's access tokens ("007"): built, read and judged by pure functions; no clock, no environment, no network."""
