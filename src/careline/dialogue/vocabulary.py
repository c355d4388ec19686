"""The words a pack may use: slot types, actions, and what templates can name. Nothing fills or does any other."""

SLOT_TYPES = (
    "yes_no",
    "name",
    "procedure",
    "country",
    "time_zone",
    "contact",
    "time",
    "slot",
    "booking",
    "change",
    "internal",
)

ACTIONS = (
    "record_consent",
    "infer_time_zone",
    "offer_slots",
    "release_hold",
    "hold",
    "confirm_booking",
    "find_bookings",
    "reschedule",
    "cancel_booking",
)

FIELDS = frozenset(
    (
        "name",
        "first_name",
        "procedure",
        "procedures",
        "country",
        "contact",
        "zone",
        "times",
        "time",
        "bookings",
        "booking",
        "booked",
        "options",
        "flow",
        "persona.name",
        "persona.role",
        "consent_text",
    )
)
"""What any reply may name, besides `clinic.<key>`."""

_MAIL = frozenset(("at", "download", "visitor", "treatment"))
VALUES_OF = {
    "time_not_free": frozenset(("wished",)),
    "nothing_then": frozenset(("wished",)),
    "too_far": frozenset(("until",)),
    "none_later": frozenset(("wished",)),
    "none_earlier": frozenset(("wished",)),
    "slot_taken": frozenset(("gone",)),
    "booked_done": frozenset(("at", "link")),
    "moved_done": frozenset(("at", "link")),
    "mail_download": frozenset(("link",)),
    "mail_follows": frozenset(("contact",)),
    **{f"mail_{o}_{part}": _MAIL for o in ("booked", "moved", "cancelled") for part in ("subject", "text")},
}
"""What an action adds for the replies it says itself."""

ALWAYS_SAID = (
    "yes",
    "no",
    "greeting",
    "greeting_named",
    "greeting_again",
    "greeting_safe",
    "greeting_after_emergency",
    "go_on_question",
    "go_on_anyhow",
    *(
        f"chitchat_{kind}"
        for kind in (
            *("greeting", "thanks", "goodbye", "think_over", "insult", "help", "are_you_human", "are_you_doctor"),
            *("attachment", "recording", "other_language", "for_another", "closing", "how_can_i_help", "time_past"),
            "birth_date",
        )
    ),
    "language_changed",
    "anything_else",
    "clarify_procedure",
    "nothing_then",
    "time_not_free",
    "none_later",
    "none_earlier",
    "nothing_free",
    "nothing_suits",
    "too_far",
    "slot_taken",
    "booked_done",
    "moved_done",
    "mail_follows",
    "not_understood",
    "question_unknown",
    "cannot_skip",
    "skipped",
    "nothing_to_skip",
    "nothing_to_cancel",
    "flow_cancelled",
    "flow_changed",
    "resume_question",
    "resumed",
    "handoff_asked",
    "handoff_not_understood",
    "handoff_again",
    "calendar_summary",
    "mail_download",
    *(f"mail_{outcome}_{part}" for outcome in ("booked", "moved", "cancelled") for part in ("subject", "text")),
)
"""The replies the machine and the actions say without a flow naming them: every language needs them."""
