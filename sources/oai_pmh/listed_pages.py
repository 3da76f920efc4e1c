"""What the pages of one list say about it: its size, whether it is everything, whether deletions are told."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from lxml import etree

from sources.oai_pmh.document import NAMESPACE
from sources.whole_numbers import read_count


@dataclass
class ListedPages:
    """Collects the pages of one pull in their order."""

    came: int = 0
    stated: int | None = None
    deleted_record: str = ""
    whole: bool = False
    """Whether the list was requested without dates, and is not empty."""

    def add(self, root: etree._Element, url: str) -> None:
        policy = root.findtext(f"{NAMESPACE}Identify/{NAMESPACE}deletedRecord")
        self.deleted_record = (policy or "").strip() or self.deleted_record
        headers = sum(1 for _ in root.iterfind(f".//{NAMESPACE}header"))
        self.came += headers
        token = root.find(f".//{NAMESPACE}resumptionToken")
        size = read_count(token.get("completeListSize")) if token is not None else None
        self.stated = self.stated if size is None else size
        query = parse_qs(urlsplit(url).query)
        first = headers and "verb" in query and "resumptionToken" not in query
        self.whole |= bool(first) and not {"from", "until"} & query.keys()

    @property
    def short(self) -> bool:
        """Whether fewer records came than the repository states (completeListSize)."""
        return self.stated is not None and self.came < self.stated

    def sentences(self) -> list[str]:
        found = []
        if self.short:
            found.append(
                f"the list ended after {self.came} of {self.stated} records (completeListSize): it is not taken for "
                "whole; tell the people who run the repository, or set 'list_size: estimate'"
            )
        if self.deleted_record == "no" and self.came and not self.whole:
            found.append(
                "the repository does not tell of deleted records (deletedRecord no), and this list was not of "
                "everything: records deleted since then still count; set 'relist: each_run'"
            )
        return found
