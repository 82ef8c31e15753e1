import os
import subprocess

from agora_cli.rtm.local.feed import SILENT_US, Feed, Subscription, process_exists


def test_a_subscription_has_one_feed_a_login() -> None:
    subscription = Subscription("c61", "a", since_us=0, scanned_id=0)
    feed = subscription.feed(f"37.{os.getpid()}.1")
    assert subscription.feed(f"37.{os.getpid()}.1") is feed
    assert feed.user == "7"


def test_a_publisher_is_dead_when_its_process_is_or_it_is_silent_for_long() -> None:
    subscription = Subscription("c61", "a", since_us=0, scanned_id=0)
    with subprocess.Popen(["true"]) as process:
        process.wait()
    alive, dead = subscription.feed(f"37.{os.getpid()}.1"), Feed(subscription, f"37.{process.pid}.1")
    assert not alive.publisher_is_dead(0)
    assert not dead.publisher_is_dead(0)  # nobody has asked it yet
    alive.silent_us = dead.silent_us = 0
    assert dead.publisher_is_dead(1)
    assert not alive.publisher_is_dead(1)
    assert alive.publisher_is_dead(SILENT_US)
    assert process_exists(os.getpid())
