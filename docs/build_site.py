"""Builds the pages of the repository as a site with search: ``python docs/build_site.py FOLDER``.

README.md is the home page and its tables "Where to go next" are the navigation. The pages and the files that they link
to keep their folders, so a link works in the repository and in the site.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"\[([^\]]+)\]\(([^)\s#]+)[^)\s]*\)")
SECTIONS = {"docs": "More", "docs/bi": "BI tools", "docs/providers": "Providers", "docs/decisions": "Decisions"}
"""Titles of what the table of the home page does not name, by folder."""

CONFIG = """\
[project]
site_name = "KM Indicators"
site_description = "From a library's figures to checked data, plain Parquet and a verdict for every indicator"
docs_dir = "pages"
site_dir = "html"
use_directory_urls = false
nav = [
{nav}
]

[project.theme]
font = false
features = ["content.code.copy", "navigation.top", "search.highlight", "toc.follow"]

[[project.theme.palette]]
media = "(prefers-color-scheme: light)"
scheme = "default"
toggle.icon = "lucide/moon"
toggle.name = "Dark"

[[project.theme.palette]]
media = "(prefers-color-scheme: dark)"
scheme = "slate"
toggle.icon = "lucide/sun"
toggle.name = "Light"

[project.plugins.search]

[project.markdown_extensions.tables]
[project.markdown_extensions.toc]
permalink = true
[project.markdown_extensions.pymdownx.highlight]
[project.markdown_extensions.pymdownx.inlinehilite]
[project.markdown_extensions.pymdownx.superfences]
relaxed_headers = true # a block may carry a second word, by which a test finds it
"""


def pages() -> list[str]:
    """The Markdown pages by their paths in the repository, the home page first."""
    found = (path.relative_to(CHECKOUT).as_posix() for path in (*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")))
    return sorted(found, key=lambda name: (name != "README.md", name))


def linked(page: str) -> Iterator[str]:
    """The files of the repository that a page links to or shows."""
    for _, link in LINK.findall((CHECKOUT / page).read_text(encoding="utf-8")):
        target = ((CHECKOUT / page).parent / link).resolve()
        if "://" not in link and target.is_file():
            yield target.relative_to(CHECKOUT).as_posix()


def navigation() -> dict[str, dict[str, str]]:
    """The pages by section and title: the rows of the tables on the home page, then the pages that it does not name."""
    sections: dict[str, dict[str, str]] = {}
    _, _, table = (CHECKOUT / "README.md").read_text(encoding="utf-8").partition("## Where to go next\n")
    for want, links in re.findall(r"^\| ([^|]+) \| (.*\]\(.*) \|$", table, re.MULTILINE):
        sections[_sentence(want)] = {_sentence(title): page for title, page in LINK.findall(links)}
    named = {page for section in sections.values() for page in section.values()}
    for page in pages()[1:]:
        if page not in named:
            title = (CHECKOUT / page).read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
            sections.setdefault(SECTIONS.get(Path(page).parent.as_posix(), "The project"), {})[title] = page
    return sections


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _nav_toml() -> str:
    lines = ['  {"Home" = "README.md"},']
    for section, named in navigation().items():
        inside = ", ".join(f"{{{json.dumps(title)} = {json.dumps(page)}}}" for title, page in named.items())
        lines.append(f"  {{{json.dumps(section)} = [{inside}]}},")
    return "\n".join(lines)


def build(folder: Path) -> int:
    """Write the site to ``folder/html`` anew. Returns 1 where the generator warns, as of a link that leads nowhere."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in {*pages(), *(target for page in pages() for target in linked(page))}:
        (folder / "pages" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(CHECKOUT / name, folder / "pages" / name)
    (folder / "zensical.toml").write_text(CONFIG.replace("{nav}", _nav_toml()), encoding="utf-8")
    call = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    return subprocess.run(call, cwd=folder, check=False).returncode  # noqa: S603 - its own interpreter


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1]).resolve()))
