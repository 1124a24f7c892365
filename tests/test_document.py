"""The page for those who come from the document is the one that the lessons make, and its links lead somewhere."""

import re

import nbformat
from test_lessons import SOURCES, build

PAGE = (build.HERE / "from_the_document.md").read_text(encoding="utf-8")
LINK = re.compile(r"\]\((\d\d_\w+\.ipynb)#(.*)\) \|$", re.MULTILINE)


def test_it_is_made_from_the_lessons_as_they_are():
    assert build.from_the_document(SOURCES) == PAGE


def test_every_link_leads_to_a_heading():
    links = LINK.findall(PAGE)
    assert len(links) == PAGE.count("](") > 60
    for name, anchor in links:
        cells = nbformat.read(build.HERE / name, as_version=4).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        assert anchor in {heading.replace(" ", "-") for heading in re.findall(r"^#+ (.*?) *$", text, re.MULTILINE)}


def test_every_box_and_every_section_of_the_document_is_on_it():
    for number in build.CHAPTERS:
        assert f"## §{number} " in PAGE, number
    for source in SOURCES:
        boxes = source.read_text(encoding="utf-8").count("> **In the document**")
        found = [*build.mistakes(source)]
        assert len(found) >= boxes, source.name
        assert all(mistake.sections and mistake.said and "**" not in mistake.said for mistake in found)
