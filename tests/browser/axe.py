"""axe-core on parts of a page: the names of controls and pictures, contrast, and what the keyboard reaches."""

TAGS = ["cat.name-role-value", "cat.text-alternatives", "cat.forms", "cat.aria", "cat.color", "cat.keyboard"]

# What is wrong in pages that others write, as a rule and the class of the element that breaks it.
KNOWN = {
    # ipywidgets gives the handle its role, range and value, but no name, and has no trait for one. Each of our sliders
    # has a visible label and a readout beside it, which test_lessons.py looks for.
    ("aria-input-field-name", "noUi-handle"),
}


def violations(page, *selectors):
    """Return what axe-core finds wrong within the elements of CSS selectors and is not `KNOWN`: rules and HTML."""
    from axe_playwright_python.sync_playwright import Axe

    # JupyterLab's body has no height: axe-core would take all that lies outside of it for hidden, and judge no contrast
    page.evaluate("document.body.style.minHeight = '100vh'")
    level_aa = {"color-contrast-enhanced": {"enabled": False}}  # which is level AAA
    options = {"runOnly": TAGS, "rules": level_aa, "resultTypes": ["violations"]}
    found = Axe().run(page, {"include": [[selector] for selector in selectors]}, options).response["violations"]
    broken = [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]]
    return [(rule, html) for rule, html in broken if not any(rule == r and c in html.split(">")[0] for r, c in KNOWN)]
