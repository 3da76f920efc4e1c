"""Which e-resources were used at Riverside Library, by month: books and journals on one platform, films on another.

Uses of one thing differ by year of publication, access type and access method, as the code of practice has them.
"""

import math
from dataclasses import dataclass
from datetime import date

from sandbox.days import season
from sandbox.history import chance, years_after_2024

MINING = "TDM"
GROWTH = 1.05
"""Factor a year of all uses."""
FILMS_SINCE = date(2026, 3, 1)
TITLES = (
    ("Journal of Rivers", "Journal", {"Online_ISSN": "2049-3630"}, "Water Index", "Riverside Texts"),
    ("Annals of Lakes", "Journal", {"Print_ISSN": "0317-8471"}, "Water Index", "Riverside Texts"),
    ("Bridges of the World", "Book", {"ISBN": "979-8-88888-888-8"}, "Building Index", "Riverside Texts"),
)
FILM = ("A Flood", "Audiovisual", {"Proprietary": "RV:flood"}, "Film Index", "Riverside Films")
ITEM_TYPES = {"Journal": "Article", "Book": "Book_Segment", "Audiovisual": "Audiovisual"}
Identity = tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Use:
    """Usage of one title in one month under one combination of attributes; ``requests`` are its totals."""

    platform: str
    database: str
    title: str
    ids: tuple[tuple[str, str], ...]
    data_type: str
    yop: str
    access_type: str
    access_method: str
    requests: int

    @property
    def reports(self) -> tuple[str, ...]:
        return ("pr", "dr", "ir") if self.data_type == "Audiovisual" else ("pr", "dr", "tr", "ir")

    def counts(self, report: str) -> dict[str, int]:
        """Investigations contain the requests; searches and denials are counted with the regular use."""
        found = {
            "Total_Item_Requests": self.requests,
            "Unique_Item_Requests": self.requests * 3 // 4,
            "Total_Item_Investigations": self.requests * 5 // 3,
            "Unique_Item_Investigations": self.requests * 5 // 4,
        }
        if self.data_type == "Book" and report != "ir":
            found |= {
                "Unique_Title_Requests": self.requests // 2,
                "Unique_Title_Investigations": self.requests * 2 // 3,
            }
        if self.access_method == MINING:
            return found
        if report == "pr":
            return found | {"Searches_Platform": self.requests // 3}
        if report == "dr":
            found |= {"Searches_Regular": self.requests // 3, "Searches_Automated": self.requests // 5}
        return found | ({"No_License": self.requests // 9} if self.access_type == "Controlled" else {})

    def type_in(self, report: str, metric: str) -> str:
        """The data type of a metric: searches are not of a kind of content."""
        if metric.startswith("Searches"):
            return "Platform" if report == "pr" else "Database_AI"
        return ITEM_TYPES[self.data_type] if report == "ir" else self.data_type

    def identity(self, report: str) -> Identity:
        """The names of the item in a report, and its identifiers."""
        if report == "pr":
            return (("Platform", self.platform),), ()
        publisher = (("Publisher", "Riverside Press"), ("Platform", self.platform))
        if report == "dr":
            return (("Database", self.database), *publisher), ()
        if report == "tr":
            return (("Title", self.title), *publisher), self.ids
        return (("Item", f"{self.title}, part 1"), *publisher), (("DOI", f"10.9999/{len(self.title)}"),)


def uses(seed: int, month: date) -> list[Use]:
    """All uses of a month; what is not open is used twice as much."""
    found, grown = [], math.pow(GROWTH, years_after_2024(month)) * season(month.replace(day=20))
    for title, data_type, ids, database, platform in (*TITLES, *([FILM] if month >= FILMS_SINCE else [])):
        for yop in (str(month.year), str(month.year - 3)):
            for access_type, weight in (("Controlled", 2), ("Open", 1)):
                for method in ("Regular", MINING):
                    draw = chance(seed, "sushi", month, title, yop, access_type, method)
                    requests = round(grown * weight * draw.randint(40, 90)) // (1 if method == "Regular" else 8)
                    found.append(
                        Use(
                            platform, database, title, tuple(ids.items()), data_type, yop, access_type, method, requests
                        )
                    )
    return found
