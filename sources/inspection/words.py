"""Words in the names of columns and files, in several languages, that say what a column holds."""

import re
import unicodedata
from collections.abc import Iterable


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


COUNTS = _set(
    """
    visit visits visitor visitors footfall attendance attendances attendee attendees participant participants loan
    loans issues checkout checkouts circulation renewal renewals return returns enquiry enquiries inquiry inquiries
    transaction transactions download downloads view views pageview pageviews hit hits request requests search
    searches session sessions event events program programs programme programmes click clicks impression impressions
    shares comment comments reaction reactions opens in ins entry entries entrance entrances exit exits
    out outs passage passages publication publications article articles post posts booking bookings reservation
    reservations orders investigations besuch besuche besucher ausleihe ausleihen entleihung entleihungen
    anfrage anfragen teilnehmer teilnehmende teilnahmen aufruf aufrufe seitenaufrufe zugriff zugriffe sitzungen
    veranstaltungen verlängerungen rückgaben visite visites visiteur visiteurs entrée entrées prêt prêts emprunt
    emprunts consultation consultations téléchargements vues visita visitas visitante visitantes préstamo préstamos
    descargas consultas asistentes vistas visitatori
    ingressi accessi presenze prestiti prestati iscrizioni bezoeken bezoekers uitleningen walkins pedestrians
    gatecount gatecounts interlibrary printouts
    """
)
"""What is counted as it happens, and adds up over days."""
LEVELS = _set(
    """
    reading readings zählerstand followers follower subscribers subscriber members member mitglieder fans borrowers
    cardholders stock holdings bestand collection staff fte seats occupancy score rating satisfaction nps average
    avg mean median durchschnitt mittelwert moyenne rate ratio quote percent percentage pct prozent index per
    population cumulative kumuliert balance temperature value duration
    """
)
"""A level, a share or a mean: it does not add up over days."""
DISTINCT = _set(
    """
    unique uniques uniq distinct users user nutzer benutzer utilisateurs usuarios utenti active individuals
    """
)
"""People who are counted once, however often they come: two days do not add up to both."""
READINGS = _set("reading readings zählerstand zaehlerstand")
DATES = _set(
    """
    date dates day month months year years week quarter period timestamp datetime stamp datum tag monat jahr woche
    quartal zeitraum mois année annee jour trimestre semaine fecha mes año anio día dia semana data giorno mese anno
    periode ds when fy fiscal ending maand jaar måned år kuukausi vuosi
    """
)
YEARS = _set("year years jahr année annee año anio anno jaar år vuosi fy yr")
MONTHS = _set("month months monat mois mes mese maand måned kuukausi mon")
QUARTERS = _set("quarter quartal trimestre kwartaal qtr")
HOURS = _set("hour hours time stunde uhrzeit zeit heure hora ora uur interval slot hr")
STARTS = _set("start begin begins beginning from von début inicio starts")
ENDS = _set("end ending ends until bis fin finish ended")
ENTITIES = _set(
    """
    library libraries branch branches branchname location site building gate door entrance counter sensor venue team
    department campus place library_name zweigstelle standort bibliothek filiale bücherei eingang ort bibliothèque
    lieu biblioteca sede sucursal bibliotheek vestiging repository repository_name video page channel geography
    country collection name
    """
)
NOTES = _set(
    """
    note notes footnote footnotes remark remarks comment comments bemerkung bemerkungen anmerkung anmerkungen hinweis
    hinweise remarque remarques nota notas observaciones opmerking opmerkingen
    """
)
"""Columns of words about the figures: they name no place."""
SPAN_WORDS = {
    "day": _set("daily täglich quotidien diario"),
    "week": _set("weekly wöchentlich hebdomadaire semanal"),
    "month": _set("monthly monatlich mensuel mensual"),
    "quarter": _set("quarterly vierteljährlich trimestriel trimestral"),
    "year": _set("annual annually yearly fy jährlich annuel annuelle anual annuale"),
}
"""The span that a figure covers, where the name of its column says so."""
IDENTIFIERS = _set(
    """
    id _id ids key code no nr number num zip plz postcode postal postalcode phone telephone fax lat latitude lon
    long lng longitude x y easting northing uuid guid index row objectid isbn issn barcode fid
    """
)
ITEM_NAMES = {
    "id": _set("doi id identifier key handle guid uuid permalink"),
    "url": _set("url link address permalink adresse lien enlace uri"),
    "title": _set("title titel titre título titulo name headline"),
}
EVENT_NAMES = _set("event veranstaltung événement evenement evento")
"""The name of what took place on a date; it may come again on another one."""
_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def words_of(name: str) -> list[str]:
    """The words of a name in small letters: ``BranchCode`` and ``branch_code`` are branch, code."""
    parted = _CAMEL.sub(" ", unicodedata.normalize("NFC", name))
    return [word.casefold() for word in _WORD.findall(parted)]


def has_word(name: str, words: Iterable[str]) -> bool:
    """Whether one of ``words`` is a word of the name."""
    return not set(words).isdisjoint(words_of(name))


def as_name(text: str, otherwise: str) -> str:
    """``text`` as a name in a plan: small letters, digits and underscores, from a letter on."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode().casefold()
    parts = re.findall(r"[a-z0-9]+", plain)
    while parts and not parts[0][0].isalpha():
        parts = parts[1:]
    return "_".join(parts)[:40].rstrip("_") or otherwise
