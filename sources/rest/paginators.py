"""How a service divides its records into pages, by dlt's names:
https://dlthub.com/docs/general-usage/http/rest-client#paginators"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sources.rest.json_path import JsonPath


class Pager(BaseModel):
    """A kind of paging."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SinglePage(Pager):
    """One page holds everything."""

    type: Literal["single_page"] = "single_page"


class PageNumber(Pager):
    """Requests name the number of the page."""

    type: Literal["page_number"]
    base_page: int = Field(0, description="number of the first page")
    page_param: str = Field("page", description="parameter that carries the number")
    total_path: JsonPath | None = Field(None, description="path of the number of pages")
    has_more_path: JsonPath | None = Field(
        None, description="path of the value that says whether there is another page"
    )
    maximum_page: int | None = Field(None, description="the last page number that is requested")
    stop_after_empty_page: bool = Field(default=True, description="an empty page is the last one")

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if not (self.stop_after_empty_page or self.total_path or self.has_more_path or self.maximum_page is not None):
            raise ValueError(
                "the pages would never end: give 'total_path', 'has_more_path', 'maximum_page' "
                "or 'stop_after_empty_page'"
            )
        return self


class Offset(Pager):
    """Requests name the number of records to skip."""

    type: Literal["offset"]
    limit: int = Field(ge=1, description="records in one page; not more than the service gives")
    offset_param: str = Field("offset", description="parameter that carries the offset")
    limit_param: str = Field("limit", description="parameter that carries the limit")
    total_path: JsonPath | None = Field("total", description="path of the number of records; null for none")
    maximum_offset: int | None = Field(None, ge=0, description="the last offset that is requested")


class Cursor(Pager):
    """A page holds the cursor that the next request must carry."""

    type: Literal["cursor"]
    cursor_path: JsonPath = Field(description="path of the cursor; absent or empty on the last page")
    cursor_param: str = Field("cursor", description="parameter that carries it")


class HeaderCursor(Pager):
    """A header holds the cursor that the next request must carry."""

    type: Literal["header_cursor"]
    cursor_key: str = Field("next_page", description="name of the header")
    cursor_param: str = Field("cursor", description="parameter that carries it")


class JsonLink(Pager):
    """A page holds the address of the next one."""

    type: Literal["json_link"]
    next_url_path: JsonPath = Field("next", description="path of the address")


class HeaderLink(Pager):
    """The header Link names the next page (RFC 8288)."""

    type: Literal["header_link"]
    links_next_key: str = Field("next", description="the relation that means: the next page")


AnyPaginator = SinglePage | PageNumber | Offset | Cursor | HeaderCursor | JsonLink | HeaderLink
Paginator = Annotated[AnyPaginator, Field(discriminator="type")]
