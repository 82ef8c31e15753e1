"""Fixtures of the contract tests."""

from tests.contract.sdk_fake.fixtures import fake, newest, sdk_engine

__all__ = ["fake", "newest", "sdk_engine"]
