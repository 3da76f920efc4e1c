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
