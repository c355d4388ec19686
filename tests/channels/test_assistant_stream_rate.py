"""The bucket of a connection: so many at once, then one at a time."""

from careline.channels.assistant_stream_rate import TokenBucket


def test_a_burst_and_then_the_rate() -> None:
    bucket = TokenBucket(burst=2, per_second=0.5, now=100.0)
    assert [bucket.take(100.0), bucket.take(100.0)] == [0.0, 0.0]
    assert bucket.take(100.0) == 2.0
    assert bucket.take(101.0) == 1.0
    assert bucket.take(102.0) == 0.0


def test_rest_fills_it_up_to_the_burst_and_no_more() -> None:
    bucket = TokenBucket(burst=2, per_second=1, now=0.0)
    assert [bucket.take(1000.0) for _ in range(3)] == [0.0, 0.0, 1.0]
