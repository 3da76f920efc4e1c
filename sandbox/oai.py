"""The repository as an OAI-PMH 2.0 provider: https://www.openarchives.org/OAI/openarchivesprotocol.html

Granularity is the second, deleted records are kept for ever, lists come in pages of 50. The response date is six in the
morning of ``today``, so the same question gets the same bytes.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from xml.sax.saxutils import escape, quoteattr

from sandbox.days import first_day
from sandbox.items import SETS, TYPES, Record, records
from sandbox.response import Response

PAGE = 50
_SECOND = "%Y-%m-%dT%H:%M:%SZ"
_LISTS = {"metadataPrefix", "from", "until", "set", "resumptionToken"}
_ARGUMENTS = {
    "Identify": set(),
    "ListMetadataFormats": {"identifier"},
    "ListSets": {"resumptionToken"},
    "GetRecord": {"identifier", "metadataPrefix"},
    "ListIdentifiers": _LISTS,
    "ListRecords": _LISTS,
}
_FORMAT = """<metadataFormat><metadataPrefix>oai_dc</metadataPrefix>\
<schema>http://www.openarchives.org/OAI/2.0/oai_dc.xsd</schema>\
<metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace></metadataFormat>"""
_DC = """<metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" \
xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai_dc/ http://www.openarchives.org/OAI/2.0/oai_dc.xsd">
<dc:title>{title}</dc:title><dc:creator>{creator}</dc:creator><dc:date>{issued}</dc:date><dc:type>{type}</dc:type>\
<dc:identifier>https://repository.riverside.example/{number}</dc:identifier></oai_dc:dc></metadata>"""
_ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">
<responseDate>{now}</responseDate>
<request{echo}>{base}</request>
{body}
</OAI-PMH>
"""


class OaiError(Exception):
    """One of the protocol's error codes, with a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Repository:
    """The records of ``today`` at the address ``base``. ``fault`` is "", "repeated_token" or "empty_page"."""

    seed: int
    today: date
    base: str
    fault: str = ""

    def response(self, query: Mapping[str, Sequence[str]]) -> Response:
        """The response to one request; errors of the protocol travel with status 200."""
        echo = "".join(f" {name}={quoteattr(values[0])}" for name, values in query.items())
        try:
            body = self._body(_checked(query))
        except OaiError as error:
            echo = "" if error.code in {"badVerb", "badArgument"} else echo
            body = f'<error code="{error.code}">{escape(str(error))}</error>'
        now = datetime.combine(self.today, time(6), UTC).strftime(_SECOND)
        return Response(
            200,
            _ENVELOPE.format(now=now, echo=echo, base=escape(self.base), body=body).encode(),
            "text/xml; charset=UTF-8",
        )

    def _body(self, query: dict[str, str]) -> str:
        verb = query.pop("verb")
        match verb:
            case "Identify":
                return self._identify()
            case "ListSets":
                return self._sets(query)
            case "ListMetadataFormats":
                if "identifier" in query:
                    self._one(query["identifier"])
                return f"<ListMetadataFormats>{_FORMAT}</ListMetadataFormats>"
            case "GetRecord":
                _require_dc(query)
                return f"<GetRecord>{_record(self._one(query['identifier']))}</GetRecord>"
        return self._listed(verb, query)

    def _identify(self) -> str:
        return f"""<Identify><repositoryName>Riverside Repository</repositoryName>\
<baseURL>{escape(self.base)}</baseURL>\
<protocolVersion>2.0</protocolVersion><adminEmail>repository@library.riverside.example</adminEmail>\
<earliestDatestamp>{first_day(self.today)}T00:00:00Z</earliestDatestamp><deletedRecord>persistent</deletedRecord>\
<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"""

    def _sets(self, query: dict[str, str]) -> str:
        if "resumptionToken" in query:
            raise OaiError("badResumptionToken", "the list of sets is complete; it has no tokens")
        sets = "".join(
            f"<set><setSpec>{spec}</setSpec><setName>{escape(name)}</setName></set>" for spec, name in SETS.items()
        )
        return f"<ListSets>{sets}</ListSets>"

    def _one(self, identifier: str) -> Record:
        for record in records(self.seed, self.today):
            if record.identifier == identifier:
                return record
        raise OaiError("idDoesNotExist", f"no item {identifier} here")

    def _listed(self, verb: str, query: dict[str, str]) -> str:
        requested = (
            _read_token(query["resumptionToken"], verb) if "resumptionToken" in query else {**query, "cursor": "0"}
        )
        _require_dc(requested)
        found = self._matching(requested)
        if not found:
            raise OaiError("noRecordsMatch", "nothing has these dates and this set")
        cursor = int(requested["cursor"])
        if cursor >= len(found):
            raise OaiError("badResumptionToken", "the list is shorter than the token says")
        chosen, following = found[cursor : cursor + PAGE], cursor + PAGE
        token = _write_token(verb, {**requested, "cursor": str(following)}) if following < len(found) else ""
        if self.fault == "repeated_token":
            token = _write_token(verb, {**requested, "cursor": "0"})
        elif self.fault == "empty_page":
            chosen, token = [], token or _write_token(verb, {**requested, "cursor": str(cursor)})
        render = _record if verb == "ListRecords" else _header
        rows = "\n".join(render(record) for record in chosen)
        more = (
            f'<resumptionToken completeListSize="{len(found)}" cursor="{cursor}">{token}</resumptionToken>'
            if token or cursor
            else ""
        )
        return f"<{verb}>\n{rows}\n{more}</{verb}>"

    def _matching(self, requested: Mapping[str, str]) -> list[Record]:
        first, last = _bounds(requested.get("from"), requested.get("until"))
        return [
            r
            for r in records(self.seed, self.today)
            if first <= r.datestamp <= last and requested.get("set", r.set_spec) == r.set_spec
        ]


def _checked(query: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The arguments, each once and each allowed with the verb."""
    verbs = query.get("verb", ())
    if len(verbs) != 1 or verbs[0] not in _ARGUMENTS:
        raise OaiError("badVerb", "name one verb of the protocol, once")
    verb, named = verbs[0], set(query) - {"verb"}
    for name in sorted(named):
        if name not in _ARGUMENTS[verb]:
            raise OaiError("badArgument", f"{verb} takes no argument {name}")
        if len(query[name]) > 1:
            raise OaiError("badArgument", f"{name} is given more than once")
    needed = {
        "GetRecord": {"identifier", "metadataPrefix"},
        "ListRecords": {"metadataPrefix"},
        "ListIdentifiers": {"metadataPrefix"},
    }.get(verb, set())
    if "resumptionToken" in named:
        if len(named) > 1:
            raise OaiError("badArgument", "resumptionToken stands alone")
    elif needed - named:
        raise OaiError("badArgument", f"{verb} needs {' and '.join(sorted(needed - named))}")
    return {name: values[0] for name, values in query.items()}


def _require_dc(query: Mapping[str, str]) -> None:
    if query["metadataPrefix"] != "oai_dc":
        raise OaiError("cannotDisseminateFormat", "this repository speaks oai_dc only")


def _bounds(first: str | None, last: str | None) -> tuple[datetime, datetime]:
    """Both ends included; a day means all of it. The two are of the same granularity and in order."""
    if first and last and len(first) != len(last):
        raise OaiError("badArgument", "from and until have different granularities")
    start = _instant("from", first) if first else datetime.min.replace(tzinfo=UTC)
    end = _instant("until", last) if last else datetime.max.replace(tzinfo=UTC)
    if start > end:
        raise OaiError("badArgument", "from is later than until")
    return start, end + timedelta(days=1, seconds=-1) if last and len(last) == 10 else end


def _instant(name: str, text: str) -> datetime:
    shape = "%Y-%m-%d" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else _SECOND
    try:
        return datetime.strptime(text, shape).replace(tzinfo=UTC)
    except ValueError:
        raise OaiError("badArgument", f"{name} is neither YYYY-MM-DD nor YYYY-MM-DDThh:mm:ssZ") from None


def _write_token(verb: str, requested: Mapping[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps({**requested, "verb": verb}, sort_keys=True).encode()).decode()


def _read_token(token: str, verb: str) -> dict[str, str]:
    try:
        requested = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
        if requested.pop("verb") == verb and int(requested["cursor"]) >= 0:
            return {str(name): str(value) for name, value in requested.items()}
    except (binascii.Error, ValueError, AttributeError, KeyError, TypeError):
        pass
    raise OaiError("badResumptionToken", f"no token of {verb} of this repository")


def _header(record: Record) -> str:
    status = ' status="deleted"' if record.deleted else ""
    stamp = record.datestamp.strftime(_SECOND)
    identifier = f"<identifier>{record.identifier}</identifier><datestamp>{stamp}</datestamp>"
    return f"<header{status}>{identifier}<setSpec>{record.set_spec}</setSpec></header>"


def _record(record: Record) -> str:
    if record.deleted:
        return f"<record>{_header(record)}</record>"
    number = record.identifier.rpartition(":")[2]
    body = _DC.format(
        title=escape(record.title),
        creator=escape(record.creator),
        issued=record.issued,
        type=TYPES[record.set_spec],
        number=number,
    )
    return f"<record>{_header(record)}{body}</record>"
