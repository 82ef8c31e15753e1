"""Fixtures of the contract tests."""

from tests.contract.sdk_fake.fixtures import fake, newest

__all__ = ["fake", "newest"]
