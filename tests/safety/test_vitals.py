"""Measured values in words and digits, and numbers that measure nothing."""

import pytest

from careline.safety.findings import Vitals
from careline.safety.triage import load_triage
from careline.safety.vitals import read_vitals

MEASURED = [
    ("temp 39.8", Vitals(temperature=39.8)),
    ("39,8 derece ateş", Vitals(temperature=39.8)),
    ("39.8 derece ateşi var", Vitals(temperature=39.8)),
    ("ateşi 40", Vitals(temperature=40)),
    ("ateşim kırk", Vitals(temperature=40)),
    ("ateşim otuz dokuz buçuk", Vitals(temperature=39.5)),
    ("ateşi 39 buçuk", Vitals(temperature=39.5)),
    ("his temperature is 38 and a half", Vitals(temperature=38.5)),
    ("sats 88", Vitals(oxygen=88)),
    ("O2 is 85", Vitals(oxygen=85)),
    ("oxygen ninety one percent", Vitals(oxygen=91)),
    ("oxygen is at eighty-eight", Vitals(oxygen=88)),
    ("oksijenim 85", Vitals(oxygen=85)),
    ("oksijen seviyesi yüzde 86", Vitals(oxygen=86)),
    ("satürasyon %84", Vitals(oxygen=84)),
    ("oksijen doksan", Vitals(oxygen=90)),
    ("88% oxygen", Vitals(oxygen=88)),
    ("spo2: 87 %", Vitals(oxygen=87)),
    ("oxygen saturation of 82", Vitals(oxygen=82)),
    ("BP 210 over 120", Vitals(systolic=210, diastolic=120)),
    ("blood pressure two ten over one twenty", Vitals(systolic=210, diastolic=120)),
    ("blood pressure is one eighty over one ten", Vitals(systolic=180, diastolic=110)),
    ("bp two hundred over one hundred and ten", Vitals(systolic=200, diastolic=110)),
    ("bp 85/50", Vitals(systolic=85, diastolic=50)),
    ("my blood pressure is 200", Vitals(systolic=200)),
    ("tansiyonum 20ye 12", Vitals(systolic=200, diastolic=120)),
    ("tansiyonum 20'ye 12", Vitals(systolic=200, diastolic=120)),
    ("tansiyonum 22 ye 11", Vitals(systolic=220, diastolic=110)),
    ("tansiyonum 18e 11", Vitals(systolic=180, diastolic=110)),
    ("tansiyonum 21", Vitals(systolic=210)),
    ("büyük tansiyonum 22 küçük 13", Vitals(systolic=220, diastolic=130)),
    ("tansiyonum 19/11", Vitals(systolic=190, diastolic=110)),
    ("tansiyonum 200e 120", Vitals(systolic=200, diastolic=120)),
    ("tansiyon 8'e 5", Vitals(systolic=80, diastolic=50)),
    ("tansiyonum yirmiye on iki", Vitals(systolic=200, diastolic=120)),
    ("tansiyonum 20,5 a 12", Vitals(systolic=205, diastolic=120)),
    ("tansiyonum 180 üzeri", Vitals(systolic=180)),
    ("sugar 45", Vitals(glucose=2.5)),
    ("blood sugar is 45 mg/dl", Vitals(glucose=2.5)),
    ("glucose 600", Vitals(glucose=33.33)),
    ("şekerim 450", Vitals(glucose=25)),
    ("şekerim 50", Vitals(glucose=2.78)),
    ("kan şekeri 35", Vitals(glucose=1.94)),
    ("blood sugar 2.1", Vitals(glucose=2.1)),
    ("blood sugar 28 mmol", Vitals(glucose=28)),
    ("bg 32 mmol/l", Vitals(glucose=32)),
    ("my sugar is three hundred", Vitals(glucose=16.67)),
    ("sugar reads 25", Vitals(glucose=25)),
    ("HR 180", Vitals(heart_rate=180)),
    ("pulse 34", Vitals(heart_rate=34)),
    ("nabzım 150", Vitals(heart_rate=150)),
    ("nabız yüz elli", Vitals(heart_rate=150)),
    ("nabzım 38", Vitals(heart_rate=38)),
    ("heart is beating 170 times a minute", Vitals(heart_rate=170)),
    ("160 bpm", Vitals(heart_rate=160)),
    ("heart rate of one sixty", Vitals(heart_rate=160)),
    ("kalp atışım 140", Vitals(heart_rate=140)),
    ("heart rate is 45 bpm", Vitals(heart_rate=45)),
    ("103F", Vitals(temperature=39.44)),
    ("fever of a hundred and four", Vitals(temperature=40)),
    ("fever of 104", Vitals(temperature=40)),
    ("fever one hundred and three point five", Vitals(temperature=39.72)),
    ("104 fever", Vitals(temperature=40)),
    ("fever of one oh four", Vitals(temperature=40)),
    ("fever 104.2", Vitals(temperature=40.11)),
    ("temp of 40c", Vitals(temperature=40)),
    ("temperature: 39.2°C", Vitals(temperature=39.2)),
    ("35 degrees body temperature", Vitals(temperature=35)),
    ("temp is down to 33.5", Vitals(temperature=33.5)),
    ("RR 32", Vitals(breathing_rate=32)),
    ("breathing 40 times a minute", Vitals(breathing_rate=40)),
    ("resp rate is 36", Vitals(breathing_rate=36)),
    ("breathing rate 8", Vitals(breathing_rate=8)),
    ("solunum sayısı 30", Vitals(breathing_rate=30)),
    ("40 breaths per minute", Vitals(breathing_rate=40)),
    ("dakikada 40 nefes alıyor", Vitals(breathing_rate=40)),
    ("pain 9/10", Vitals(pain=9)),
    ("pain is 8 out of 10", Vitals(pain=8)),
    ("ağrım 10 üzerinden 9", Vitals(pain=9)),
]

UNMEASURED = [
    "it costs 40 dollars",
    "call me on 0532 450 12 12",
    "flight TK 1980 at 10",
    "on 12/05/2024",
    "open from 9 to 17",
    "I am 39",
    "39 years old",
    "the price is 180/100",
    "room 104",
    "my number is +44 20 7946 0958",
    "3500 grafts for 2500 euro",
    "set the oven to 200 degrees",
    "it is 35 degrees outside",
    "it's 40 degrees here in antalya",
    "hava 38 derece",
    "sugar free gum 20 pieces",
    "2 sugars in my coffee",
    "add 200 g sugar",
    "şekersiz 2 çay",
    "I rate it 9/10",
    "score 8 out of 10 for the clinic",
    "my heart belongs to 90s music",
    "oxygen magazine 95",
    "train at 12/20",
    "order number 210/120",
    "pressure washer 120 bar",
    "25 e 30 cm",
    "saat 10 e 5 var",
    "HR department ext 180",
    "temp job for 40 hours",
    "24/7 support",
    "I have 20 20 vision",
    "temporary crown 36",
    "bus 40c",
    "size 38 c bra",
    "ates 38 lira",
    "my blood pressure tablets are 50mg",
    "fever for 3 days",
    "fever since 12 november",
    "oxygen for 2 hours",
    "pulse oximeter costs 35",
    "heart surgery 40 years ago",
    "sugar since 20 years",
    "pain for 10 days",
    "pain 5 days",
    "agri 3 gundur",
    "blood pressure for 10 years",
    "glucose test at 8",
    "bp 50 mg tablets",
]


@pytest.mark.parametrize(("text", "vitals"), MEASURED)
def test_values_are_read(text: str, vitals: Vitals) -> None:
    assert read_vitals(text) == vitals


@pytest.mark.parametrize("text", UNMEASURED)
def test_other_numbers_are_no_values(text: str) -> None:
    assert read_vitals(text) == Vitals()


def test_the_last_value_of_a_kind_counts() -> None:
    assert read_vitals("temp was 37.2 and now temp 39.4") == Vitals(temperature=39.4)


FACTS = [
    ("my 3 week old", 0.057, None),
    ("3 haftalık bebeğim", 0.057, None),
    ("my newborn is floppy", 0.02, None),
    ("my eighteen-month-old son", 1.5, None),
    ("my 80-year-old mother", 80, None),
    ("my son is 4", 4, None),
    ("yetmiş iki yaşında annem", 72, None),
    ("the price is 45.", None, None),
    ("I'm 20 minutes away", None, None),
    ("I'm 32 weeks", None, 32),
    ("32 haftalık hamileyim", None, 32),
    ("I'm 3 weeks post op", None, None),
    ("my son is 5 months, temp 39.5", 0.417, None),
    ("the baby is only 2 months and feels hot", 0.167, None),
    ("he is 2 months post op", None, None),
]


@pytest.mark.parametrize(("text", "age", "weeks"), FACTS)
def test_ages_and_weeks(text: str, age: float | None, weeks: float | None) -> None:
    facts = load_triage().scan(text).facts
    assert (facts.age, facts.pregnancy_weeks) == (age, weeks)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("I'm on warfarin", "anticoagulant"),
        ("I take blood thinners", "anticoagulant"),
        ("on chemo", "immunosuppressed"),
        ("had surgery 4 days ago", "recent_surgery"),
        ("just flew 12 hours", "long_travel"),
        ("kan sulandırıcı kullanıyorum", "anticoagulant"),
        ("4 gün önce ameliyat oldum", "recent_surgery"),
    ],
)
def test_states(text: str, state: str) -> None:
    assert state in load_triage().scan(text).facts.states
