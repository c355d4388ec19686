"""The assistant's tools and calendar, wired as the program does it."""

from pathlib import Path

import yaml

from careline.assistants.tools import Tools
from careline.language import load_languages
from careline.scheduling.calendar import Calendar, read_calendar
from careline.scheduling.ical import calendar_file
from careline.scheduling.times import place_name, show_clock, show_date, show_time


def calendar_of(pack: Path) -> Calendar:
    return read_calendar(yaml.load((pack / "calendar.yaml").read_bytes(), Loader=yaml.CSafeLoader))


def shipped_tools() -> Tools:
    return Tools(show_time, show_date, show_clock, place_name, load_languages().country_name, calendar_file)
