"""The parts of sickle that are used. Python warns of its invalid escapes (0.7.0) when it compiles them first."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from sickle import Sickle
    from sickle.iterator import OAIResponseIterator
    from sickle.models import Header, Identify, Record
    from sickle.oaiexceptions import NoRecordsMatch
    from sickle.response import OAIResponse

__all__ = ["Header", "Identify", "NoRecordsMatch", "OAIResponse", "OAIResponseIterator", "Record", "Sickle"]
