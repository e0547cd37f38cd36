"""The fault matrix of the flows that take money, give it back, cancel, and hear: a cell for each step and fault.

A cell is "OUTCOME driver …": what must hold, and the tests that show it. "· reason" cannot happen; "open reason" is not
shown yet. Several faults, or steps, that share a cell stand before it together.
"""

REASONS = {
    "no_call": "the step is a transaction of ours: nothing is called",
    "unsent": "there was no call yet that could be cut off or answered",
    "no_reader": "the step is no command to a reader",
    "read_only": "a read of the reader does not wait for it: the picture is Stripe's",
    "mail": "a mail server, not Stripe and its readers",
    "not_web": "the step is taken by a page; a worker has no part in it",
    "no_clock": "nothing here depends on the time of day",
    "nobody": "no customer and no person stands before this step",
    "no_tab": "no form leads here",
    "nothing_lost": "nothing depends on an event of this kind",
    "no_release": "nothing is released yet, so there are no rows of an older version to read; the process that a new "
    "version replaces dies like any other: F1, F2",
}

CALL_FAULTS = {
    "F1": "killed before", "F2": "killed after", "F3": "time-out, had succeeded", "F4": "4xx", "F5": "5xx",
    "F6": "429", "F7": "connection reset", "F8a": "reader offline", "F8b": "reader busy", "F8c": "frozen, timed out",
}  # fmt: skip
EVENT_FAULTS = {
    "F9": "lost", "F10": "twice, also at once", "F11": "reordered", "F12": "three days late", "F13": "forged",
    "F14": "replayed", "F15": "other account or mode", "F16": "unknown object", "F17": "other API version",
}  # fmt: skip
AROUND_FAULTS = {
    "F18": "database down", "F19": "Redis down", "F20": "worker killed", "F21": "beat twice", "F22": "clock skew",
    "F23": "two people at once", "F24": "cancel at success", "F25": "tab reloaded or closed", "F26": "new version",
    "F27": "restored backup",
}  # fmt: skip
TRANSPORT_FAULTS = {
    "large": "body above 1 MB", "method": "other method", "shape": "no event at all", "cookie": "session, CSRF",
    "slow": "waits for work",
}  # fmt: skip

STEPS = {
    "T1": "commit the attempt", "T2": "create the intent", "T3": "record its id", "T4": "hand it to the reader",
    "T5": "wait", "T6": "settle", "T7": "effects: receipt, access",
    "X1": "want it to end", "X2": "clear the reader", "X3": "cancel the intent", "X4": "finish as the intent says",
    "R1": "reserve", "R2": "create the refund", "R3": "record", "R4": "see it become final",
    "W1": "verify", "W2": "store", "W3": "answer", "W4": "read the object", "W5": "settle",
    "Wsucceeded": "event: intent succeeded", "Wfailed": "event: intent failed or canceled",
    "Wreader": "event: reader's action", "Wcanceled": "event: cancel of ours", "Wrefund": "event: refund",
    "Wdispute": "event: dispute", "Wother": "event: any other type",
}  # fmt: skip

CALLS = {
    "T1": {"F1": "NS sweep one_point", "F2": "NS→RS queue_lost sweep", "F3 F4 F5 F6 F7 F8c": "· no_call",
           "F8a": "RO reader_offline", "F8b": "RB reader_leased"},
    "T2": {"F1": "NS/RS create_killed sweep", "F2": "UNK→RS create_killed sweep", "F3 F5 F7": "UNK→RS create_trouble",
           "F4": "REJ create_too_small create_refused", "F6": "BO create_trouble", "F8a F8b F8c": "· no_reader"},
    "T3": {"F1": "· unsent", "F2": "UNK→RS create_killed sweep", "F3 F4 F5 F6 F7": "· no_call",
           "F8a F8b F8c": "· no_reader"},
    "T4": {"F1": "RS command_killed_before sweep", "F2": "RS command_killed_after sweep",
           "F3 F5 F7": "RT command_trouble", "F4": "REJ command_refused", "F6": "BO command_not_now",
           "F8a": "RO reader_offline command_refused", "F8b": "RB reader_leased", "F8c": "RT reader_timeout both_land"},
    "T5": {"F1 F2": "POLL read_killed sweep", "F3 F5 F6 F7": "POLL read_trouble", "F4": "REJ decline",
           "F8a": "POLL dead_after_tap", "F8b": "· read_only", "F8c": "FZ dead_after_tap walked_off"},
    "T6": {"F1 F2": "RS sweep one_point", "F3 F4 F5 F6 F7": "· no_call", "F8a F8b F8c": "· no_reader"},
    "T7": {"F1": "RS mail_found sweep", "F2": "RS mail_killed sweep", "F3": "RS mail_lost", "F4": "RS mail_refused",
           "F5 F6": "BO mail_not_now", "F7": "RS mail_away", "F8a F8b F8c": "· mail"},
    "X1": {"F1": "CX sweep", "F2": "RS cancel_killed sweep", "F3 F4 F5 F6 F7": "· no_call",
           "F8a F8b F8c": "· no_reader"},
    "X2": {"F1": "RS cancel_killed sweep", "F2": "CX cancel_killed sweep", "F3 F7": "CX clear_lost clear_never",
           "F4": "CX clear_gone", "F5": "CX cancel_trouble", "F6": "BO cancel_trouble", "F8a": "CX clear_offline",
           "F8b": "CX bank_decides", "F8c": "FZ clear_slow clear_never"},
    "X3": {"F1": "RS cancel_killed sweep", "F2": "CX cancel_killed sweep", "F3 F5 F7": "CX cancel_trouble",
           "F4": "CX cancel_paid bank_decides", "F6": "BO cancel_trouble", "F8a F8b F8c": "· no_reader"},
    "X4": {"F1 F2": "RS sweep", "F3 F4 F5 F6 F7": "· no_call", "F8a F8b F8c": "· no_reader"},
    "R1": {"F1": "NS r1_whole r1_free sweep", "F2": "RS r1_found sweep", "F3 F5 F6 F7": "· no_call",
           "F4": "REJ r1_too_much", "F8a": "RO back_offline", "F8b": "RB back_busy", "F8c": "· no_call"},
    "R2": {"F1": "RS r2_before sweep", "F2": "UNK→RS r2_after r2_old_key sweep", "F3": "UNK→RS r2_lost_answer",
           "F4": "REJ r2_refused r2_dashboard", "F5": "UNK→RS r2_lost_answer r2_lost_request r2_stored_5xx",
           "F6": "BO r2_not_now", "F7": "UNK→RS r2_lost_request back_lost back_never", "F8a": "RO back_offline",
           "F8b": "RB back_busy", "F8c": "RT back_timeout back_late"},
    "R3": {"F1": "· unsent", "F2": "RS r3_commits sweep", "F3 F4 F5 F6 F7": "· no_call", "F8a F8b F8c": "· no_reader"},
    "R4": {"F1 F2": "POLL r4_trouble sweep", "F3 F5 F7": "POLL r4_unread", "F4": "REJ r4_failed refund_came_back",
           "F6": "POLL r4_trouble", "F8a F8b F8c": "· no_reader"},
    "W2": {"F1": "RBK event_stored sweep", "F2": "DUP event_stored sweep", "F3 F4 F5 F6 F7": "· no_call",
           "F8a F8b F8c": "· no_reader"},
    "W4": {"F1 F2": "RS event_killed sweep", "F3 F7": "RS event_trouble", "F4": "QUAR event_trouble event_unmatched",
           "F5 F6": "BO event_trouble event_later", "F8a F8b F8c": "· read_only"},
    "W5": {"F1 F2": "RS sweep one_point", "F3 F4 F5 F6 F7": "· no_call", "F8a F8b F8c": "· no_reader"},
}  # fmt: skip

SIGNED = {"F13": "R400 forged", "F14": "R400/DUP replayed event_once", "F15": "ACCT event_mode event_other_account"}
EVENTS = {
    "Wsucceeded": {"F9": "POLL booked_polling event_fate", "F10": "DUP event_twenty event_under_way event_late",
                   "F11": "CUR event_fate event_late", "F12": "LATE event_late late_success", **SIGNED,
                   "F16": "QUAR/IGN event_unmatched", "F17": "VER event_version event_believed"},
    "Wfailed": {"F9": "POLL event_fate decline", "F10": "DUP event_late event_twenty", "F11": "CUR event_late",
                "F12": "CUR event_late", **SIGNED, "F16": "IGN event_unknown", "F17": "VER event_version"},
    "Wreader": {"F9": "POLL event_fate decline", "F10": "DUP event_late event_twenty", "F11": "CUR event_fate",
                "F12": "CUR event_late", **SIGNED, "F16": "IGN event_unknown", "F17": "VER event_version"},
    "Wcanceled": {"F9": "POLL cancel_killed dashboard_canceled", "F10": "DUP sweep event_twenty", "F11": "CX sweep",
                  "F12": "CX sweep", **SIGNED, "F16": "IGN event_unknown", "F17": "VER event_version"},
    "Wrefund": {"F9": "POLL refund_came_back refund_found", "F10": "DUP refund_events",
                "F11": "CUR refund_events refund_event_first", "F12": "CUR refund_came_back refund_events", **SIGNED,
                "F16": "CUR refund_found refund_of_two refund_not_ours", "F17": "VER event_version"},
    "Wdispute": {"F9": "POLL dispute_either", "F10": "DUP dispute_events", "F11": "CUR dispute_events dispute_older",
                 "F12": "CUR dispute_events", **SIGNED, "F16": "IGN dispute_not_ours", "F17": "VER event_version"},
    "Wother": {"F9": "· nothing_lost", "F10 F11 F12 F16 F17": "IGN event_ignored", **SIGNED},
}  # fmt: skip

NEW = {"F26": "open no_release"}
AROUND = {
    "T1": {"F18": "RBK database_down", "F19": "DEG broker_down enqueue_dead", "F20": "· not_web", "F21": "· not_web",
           "F22": "CLK clock_kept clock_told", "F23": "SER two_desks twenty_desks", "F24": "· unsent",
           "F25": "TAB form_twice reload", "F27": "RST restored_people", **NEW},
    "T2 T3": {"F18": "UNK→RS database_down", "F19": "DEG broker_down", "F20": "RS create_killed sweep",
              "F21": "LEASE queue_lost create_twice", "F22": "CLK own_keys", "F23": "SER create_twice two_desks",
              "F24": "· unsent", "F25": "TAB reload", "F27": "RST restored_gateway", **NEW},
    "T4": {"F18": "UNK→RS database_down", "F19": "DEG broker_down", "F20": "RS command_killed_after",
           "F21": "LEASE task_twice twenty_steps", "F22": "· no_clock", "F23": "SER task_twice twenty_steps",
           "F24": "· unsent", "F25": "TAB reload", "F27": "RST restored_gateway", **NEW},
    "T5": {"F18": "POLL database_down", "F19": "DEG broker_down", "F20": "POLL read_killed real_worker",
           "F21": "LEASE queue_lost twenty_steps", "F22": "· no_clock", "F23": "SER reload two_desks",
           "F24": "CX bank_decides last_second cancel_race", "F25": "TAB reload closed_tab",
           "F27": "RST restored_waiting", **NEW},
    "T6": {"F18": "RBK database_down", "F19": "DEG broker_down", "F20": "RS sweep", "F21": "LEASE twenty_settle",
           "F22": "CLK clock_kept", "F23": "SER twenty_settle", "F24": "CX cancel_race bank_decides", "F25": "· no_tab",
           "F27": "RST restored_waiting", **NEW},
    "T7": {"F18": "RBK database_down", "F19": "DEG enqueue_dead mail_found", "F20": "RS mail_killed",
           "F21": "LEASE mail_one_of_many mail_once", "F22": "· no_clock", "F23": "· nobody", "F24": "· nobody",
           "F25": "· no_tab", "F27": "RST restored_mail", **NEW},
    "X1 X2 X3 X4": {"F18": "RBK database_down", "F19": "DEG broker_down", "F20": "RS cancel_killed sweep",
                    "F21": "LEASE twenty_steps", "F22": "· no_clock", "F23": "SER cancel_twice cancel_race",
                    "F24": "CX bank_decides last_second cancel_race", "F25": "TAB cancel_twice",
                    "F27": "RST restored_waiting", **NEW},
    "R1": {"F18": "RBK database_down", "F19": "DEG refund_no_worker r1_found", "F20": "· not_web", "F21": "· not_web",
           "F22": "· no_clock", "F23": "SER refund_twenty", "F24": "· nobody", "F25": "TAB refund_form",
           "F27": "RST restored_people", **NEW},
    "R2 R3 R4": {"F18": "RBK database_down", "F19": "DEG refund_no_worker", "F20": "RS r2_after sweep",
                 "F21": "LEASE refund_steps", "F22": "· no_clock", "F23": "SER refund_steps refund_twenty",
                 "F24": "· nobody", "F25": "· no_tab", "F27": "RST restored_refund", **NEW},
    "W1 W2 W3": {"F18": "RBK database_down event_stored", "F19": "DEG broker_down", "F20": "· not_web",
                 "F21": "· not_web", "F22": "CLK replayed clock_told", "F23": "DUP event_twenty", "F24": "· nobody",
                 "F25": "· no_tab", "F27": "RST restored_events", **NEW},
    "W4 W5": {"F18": "RS database_down", "F19": "DEG broker_down", "F20": "RS event_killed sweep",
              "F21": "DUP event_many_workers event_under_way", "F22": "· no_clock", "F23": "DUP event_under_way",
              "F24": "CX cancel_race", "F25": "· no_tab", "F27": "RST restored_events", **NEW},
}  # fmt: skip

TRANSPORT = {"W1 W3": {"large": "R400 w_size", "method": "R400 w_method", "shape": "R400 w_shape",
                       "cookie": "R400 event_once w_csrf", "slow": "DUP w_quick"}}  # fmt: skip

PARTS = (
    ("Faults of the call itself", CALLS, CALL_FAULTS,
     ["T1", "T2", "T3", "T4", "T5", "T6", "T7", "X1", "X2", "X3", "X4", "R1", "R2", "R3", "R4", "W2", "W4", "W5"]),
    ("Faults of webhooks", EVENTS, EVENT_FAULTS,
     ["Wsucceeded", "Wfailed", "Wreader", "Wcanceled", "Wrefund", "Wdispute", "Wother"]),
    ("Faults around it", AROUND, AROUND_FAULTS,
     ["T1", "T2", "T3", "T4", "T5", "T6", "T7", "X1", "X2", "X3", "X4", "R1", "R2", "R3", "R4",
      "W1", "W2", "W3", "W4", "W5"]),
    ("What is posted to the webhook", TRANSPORT, TRANSPORT_FAULTS, ["W1", "W3"]),
)  # fmt: skip
