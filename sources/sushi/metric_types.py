"""What the code of practice fixes: the metrics, which report holds them, and the values of its attributes.

Release 5.1: https://cop5.countermetrics.org/en/5.1/ (3.3); release 5: https://cop5.countermetrics.org/en/5.0.3/ (3.3).
"""

METRIC_TYPES: dict[str, tuple[str, str]] = {
    "Total_Item_Requests": ("requests", "content items (articles, chapters, films) viewed or downloaded in full"),
    "Unique_Item_Requests": ("requests", "content items viewed or downloaded in full, each once in a user's session"),
    "Total_Item_Investigations": (
        "investigations",
        "uses of a content item or of information about it, such as its abstract; requests are among them",
    ),
    "Unique_Item_Investigations": (
        "investigations",
        "content items used or looked into, each once in a user's session; requests are among them",
    ),
    "Unique_Title_Requests": (
        "requests",
        "books of which something was viewed or downloaded in full, each once in a user's session",
    ),
    "Unique_Title_Investigations": (
        "investigations",
        "books used or looked into, each once in a user's session; requests are among them",
    ),
    "Searches_Platform": ("searches", "searches on the platform, each once however many databases it searched"),
    "Searches_Regular": ("searches", "searches of the database by people who could choose the databases"),
    "Searches_Automated": ("searches", "searches of the database by people who could not choose the databases"),
    "Searches_Federated": ("searches", "searches of the database by a remote search engine"),
    "Limit_Exceeded": ("denials", "access denied as too many people of the institution used the content at once"),
    "No_License": ("denials", "access denied as the institution has no licence for the content"),
}
"""Unit and meaning of each Metric_Type."""

_ITEMS = tuple(name for name in METRIC_TYPES if "_Item_" in name)
_TITLES = tuple(name for name in METRIC_TYPES if "_Title_" in name)
_DENIALS = ("Limit_Exceeded", "No_License")
DATABASE_SEARCHES = ("Searches_Regular", "Searches_Automated", "Searches_Federated")
"""One search of several databases counts in each of them, so these never add up over databases (7.6)."""

METRICS_OF_REPORT: dict[str, tuple[str, ...]] = {
    "pr": (*_ITEMS, *_TITLES, "Searches_Platform"),
    "dr": (*_ITEMS, *_TITLES, *DATABASE_SEARCHES, *_DENIALS),
    "tr": (*_ITEMS, *_TITLES, *_DENIALS),
    "ir": (*_ITEMS, *_DENIALS),
}
ENTITIES_OF_REPORT: dict[str, tuple[str, ...]] = {
    "pr": ("platform",),
    "dr": ("platform", "database"),
    "tr": ("platform", "title"),
    "ir": ("platform", "item"),
}

ACCESS_TYPES: dict[str, tuple[str, ...]] = {
    "5.1": ("Controlled", "Open", "Free_To_Read"),
    "5": ("Controlled", "OA_Gold", "OA_Delayed", "Other_Free_To_Read"),
}
_SHARED = (
    "Article", "Book", "Book_Segment", "Dataset", "Journal", "Multimedia", "Newspaper_or_Newsletter", "Other",
    "Platform", "Report", "Thesis_or_Dissertation", "Unspecified",
)  # fmt: skip
_NEW = (
    "Audiovisual", "Conference", "Conference_Item", "Database_AI", "Database_Aggregated", "Database_Full",
    "Database_Full_Item", "Image", "Interactive_Resource", "News_Item", "Patent", "Reference_Item", "Reference_Work",
    "Software", "Sound", "Standard",
)  # fmt: skip
DATA_TYPES: dict[str, tuple[str, ...]] = {"5.1": _SHARED + _NEW, "5": (*_SHARED, "Database", "Repository_Item")}

REGULAR, MINING = "Regular", "TDM"
"""The access methods of the code."""
