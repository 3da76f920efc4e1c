"""Zones that dates name by letters."""

ZONE_HOURS = {
    **dict.fromkeys(("Z", "UT", "UTC", "GMT", "WET"), 0.0),
    **{"EDT": -4.0, "EST": -5.0, "CDT": -5.0, "CST": -6.0, "MDT": -6.0, "MST": -7.0, "PDT": -7.0, "PST": -8.0},
    **{"NDT": -2.5, "NST": -3.5, "ADT": -3.0, "AKDT": -8.0, "AKST": -9.0, "HST": -10.0},
    **dict.fromkeys(("WEST", "CET", "MET", "MEZ"), 1.0),
    **dict.fromkeys(("CEST", "MEST", "MESZ", "EET", "SAST", "CAT"), 2.0),
    **dict.fromkeys(("EEST", "MSK", "TRT", "EAT"), 3.0),
    **{"PKT": 5.0, "WIB": 7.0, "HKT": 8.0, "SGT": 8.0, "AWST": 8.0, "JST": 9.0, "KST": 9.0},
    **{"ACST": 9.5, "ACDT": 10.5, "AEST": 10.0, "AEDT": 11.0, "NZST": 12.0, "NZDT": 13.0},
}
"""Hours ahead of UTC of zones by name: those of RFC 822, and others whose name has one meaning
(https://www.timeanddate.com/time/zones/). BST and IST have several and count only in a zone that uses them."""

UNSURE_ZONES = frozenset(("BST", "IST"))
