"""Fixtures of the contract tests."""

from tests.contract.sdk_fake.fixtures import fake

__all__ = ["fake"]
