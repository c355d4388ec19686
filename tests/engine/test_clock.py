"""The engine's clock, beside a machine's clock that is set."""

from datetime import UTC, datetime, timedelta

from careline.engine.clock import SystemClock

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Machine:
    """Its time and its seconds since it was started, which the tests let pass."""

    def __init__(self) -> None:
        self.time = NINE
        self.seconds = 100.0

    def passes(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        self.seconds += seconds

    def clock(self) -> SystemClock:
        return SystemClock(lambda: self.time, lambda: self.seconds)


def test_it_is_the_machines_time() -> None:
    machine = Machine()
    clock = machine.clock()
    assert clock.now() == NINE
    machine.passes(10)
    assert clock.now() == NINE + timedelta(seconds=10)


def test_no_two_moments_are_the_same() -> None:
    clock = Machine().clock()
    moments = [clock.now() for _ in range(100)]
    assert moments == sorted(set(moments))


def test_a_machines_clock_that_is_set_back_is_waited_for_but_time_goes_on() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.now()
    machine.time -= timedelta(hours=1)
    machine.passes(600)
    assert clock.now() == NINE + timedelta(minutes=5)
    for _ in range(12):
        machine.passes(600)
        clock.now()
    assert clock.now() - machine.time <= timedelta(milliseconds=1)
