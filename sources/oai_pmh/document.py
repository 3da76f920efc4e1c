"""Reads one OAI-PMH document strictly, without entities or network, and turns its errors into ours."""

from lxml import etree

from sources.xml_text import with_characters_only
from warehouse.errors import ConfigError, KmiError, RefusedError, RetryableError, ShapeError

NAMESPACE = "{http://www.openarchives.org/OAI/2.0/}"

_ERRORS: dict[str, tuple[type[KmiError], str]] = {
    "badArgument": (ConfigError, "check set and metadata_prefix of the source"),
    "badResumptionToken": (RetryableError, "run again; if it happens again, with a shorter window (--from and --to)"),
    "badVerb": (RefusedError, "check the address: the base address of an OAI-PMH 2.0 interface, without a query"),
    "cannotDisseminateFormat": (
        ConfigError,
        "give a metadata_prefix that the repository lists under ListMetadataFormats, such as oai_dc",
    ),
    "noSetHierarchy": (ConfigError, "remove 'set' from the source: the repository has no sets"),
}


def parse_document(body: bytes, where: str) -> etree._Element | None:
    """The root of a document; None where the repository reports that no record matches.

    Raises ``ShapeError`` for anything but a whole OAI-PMH document; an OAI-PMH error is raised as the ``KmiError`` that
    says what to do.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(with_characters_only(body.lstrip()), parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        broken = f"the XML is broken in line {line}, column {column}"
        what = broken if body.strip() else "an empty answer came instead of XML"
        do = "run again; if it happens again, tell the people who run the repository"
        raise ShapeError(what, where=where, do=do) from None
    if root.getroottree().docinfo.internalDTD is not None or root.tag != f"{NAMESPACE}OAI-PMH":
        what = f"this is not an OAI-PMH 2.0 document but '{etree.QName(root).localname}'"
        raise ShapeError(what, where=where, do="check the address of the repository in the plan")
    return None if _nothing_matches(root, where) else root


def resumption_token(root: etree._Element) -> str | None:
    """The token of the next page; None on the last one, where it is absent or empty."""
    text = root.findtext(f".//{NAMESPACE}resumptionToken")
    return text.strip() or None if text else None


def identifiers(root: etree._Element) -> list[str]:
    """The identifiers of the records or headers on a page."""
    headers = root.iterfind(f".//{NAMESPACE}header")
    return [text for header in headers if (text := header.findtext(f"{NAMESPACE}identifier"))]


def _nothing_matches(root: etree._Element, where: str) -> bool:
    errors = [
        (element.get("code") or "", " ".join((element.text or "").split())[:200])
        for element in root.iterfind(f"{NAMESPACE}error")
    ]
    for code, text in errors:
        if code != "noRecordsMatch":
            kind, do = _ERRORS.get(code, (ShapeError, "ask the people who run the repository about this code"))
            raise kind(
                f"the repository reports {code or 'an error'}" + (f" ({text})" if text else ""), where=where, do=do
            )
    return bool(errors)
