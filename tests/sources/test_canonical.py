"""One name for one thing: addresses and DOIs."""

import pytest

from sources.canonical import canonical_address, canonical_doi, canonical_name

PAGE = "https://library.example/news/caf%C3%A9?id=7"


@pytest.mark.parametrize(
    "text",
    [
        PAGE,
        "http://library.example/news/caf%C3%A9?id=7",
        "HTTPS://Library.EXAMPLE/news/caf%C3%A9?id=7",
        "https://library.example:443/news/caf%C3%A9?id=7",
        "http://library.example:80/news/caf%C3%A9?id=7",
        "https://library.example/news/caf%c3%a9?id=7",
        "https://library.example/news/café?id=7",
        "https://library.example/n%65ws/caf%C3%A9?id=7",
        "https://library.example/old/../news/./caf%C3%A9?id=7",
        "https://library.example/news/caf%C3%A9/?id=7",
        "https://library.example/news/caf%C3%A9?utm_source=rss&id=7&utm_medium=feed&fbclid=x",
        "https://library.example/news/caf%C3%A9?id=7#utm_source=rss",
        "https://library.example/news/caf%C3%A9;jsessionid=5A?id=7",
    ],
)
def test_an_address_has_one_spelling(text: str) -> None:
    assert canonical_address(text) == canonical_name(text) == PAGE


def test_the_root_with_and_without_a_slash_is_one_page() -> None:
    """RFC 3986, 6.2.3: an empty path is normalized to a slash."""
    assert canonical_address("http://library.example") == canonical_address("https://library.example/")


@pytest.mark.parametrize(
    "text",
    [
        "https://www.library.example/news/caf%C3%A9?id=7",
        "https://library.example/News/caf%C3%A9?id=7",
        "https://library.example/news/caf%C3%A9?id=8",
        "https://library.example/news/caf%C3%A9?ID=7",
        "https://library.example:8443/news/caf%C3%A9?id=7",
        "https://library.example/news/caf%C3%A9?id=7#second",
        "https://library.example/news%2Fcaf%C3%A9?id=7",
    ],
)
def test_what_no_standard_makes_equal_stays_apart(text: str) -> None:
    assert canonical_address(text) not in {None, PAGE}


@pytest.mark.parametrize(
    "text",
    [
        "10.5555/AbC(1)",
        " 10.5555/abc(1) ",
        "doi:10.5555/ABC(1)",
        "DOI: 10.5555/abc(1)",
        "info:doi/10.5555/abc(1)",
        "urn:doi:10.5555/abc(1)",
        "https://doi.org/10.5555/ABC(1)",
        "http://dx.doi.org/10.5555/abc(1)",
        "HTTPS://www.DOI.org/10.5555%2Fabc%281%29?nosfx=y",
        "doi.org/10.5555/abc(1)",
        "10.5555/abc(1).",
        "<https://doi.org/10.5555/abc(1)>",
    ],
)
def test_a_doi_has_one_spelling(text: str) -> None:
    assert canonical_doi(text) == canonical_name(text) == "10.5555/abc(1)"


def test_only_ascii_letters_of_a_doi_are_folded() -> None:
    """The DOI handbook folds ASCII letters only: two DOIs may differ in the case of another letter."""
    assert canonical_doi("10.5555/ÄB") == "10.5555/Äb"


@pytest.mark.parametrize(
    "text", ["oai:library.example:AB/1", "post:12", "10.5/x", "urn:uuid:AB", "http://", "ftp://A/b", ""]
)
def test_other_names_are_kept_as_they_are(text: str) -> None:
    assert canonical_name(text) == text


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        (
            "9780306406157",
            ["0-306-40615-2", "0306406152", "ISBN 978-0-306-40615-7", "urn:isbn:9780306406157", "978 0306 406157"],
        ),
        ("9780804429573", ["080442957X", "0-8044-2957-x", "ISBN-13: 978-0-8044-2957-3"]),
        (
            "hdl:20.500.12345/ab1",
            [
                "hdl:20.500.12345/AB1",
                "https://hdl.handle.net/20.500.12345/ab1",
                "20.500.12345/ab1",
                "info:hdl/20.500.12345/ab1",
            ],
        ),
        (
            "ark:12148/bt6k1",
            ["ark:/12148/bt6k1", "https://n2t.net/ark:/12148/bt6k-1", "https://gallica.example/ark:/12148/bt6k1"],
        ),
        (
            "10.48550/arxiv.2101.00001",
            [
                "arXiv:2101.00001v2",
                "https://arxiv.org/abs/2101.00001",
                "http://arxiv.org/pdf/2101.00001v1.pdf",
                "https://doi.org/10.48550/arXiv.2101.00001",
            ],
        ),
        (
            "pmid:31452104",
            [
                "PMID: 31452104",
                "https://pubmed.ncbi.nlm.nih.gov/31452104/",
                "https://www.ncbi.nlm.nih.gov/pubmed/31452104",
            ],
        ),
        ("urn:nbn:de:0001-1", ["URN:NBN:de:0001-1", "https://nbn-resolving.org/urn:nbn:de:0001-1"]),
        (
            "10.5555/a_1",
            [
                r"10.5555/a\_1",
                "doi:10.5555/A_1",
                "https://doi-org.proxy.uni.example/10.5555/a_1",
                "http://dx.doi.org.ezp.example:2048/10.5555/a_1",
            ],
        ),
    ],
)
def test_an_identifier_has_one_spelling(name: str, spellings: list[str]) -> None:
    """Facts: 0-306-40615-2 and 0-8044-2957-X are the examples of the manual; check digits by hand."""
    assert {canonical_name(one) for one in spellings} == {name}


@pytest.mark.parametrize(
    "text", ["0306406153", "978-0-306-40615-8", "31452104", "2026/09", "Hill 12/3", "ark", "1234567890123"]
)
def test_what_only_looks_like_an_identifier_stays_as_it_is(text: str) -> None:
    assert canonical_name(text) == text
