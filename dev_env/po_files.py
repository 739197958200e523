"""Check or merge translation catalogs: python -m dev_env.po_files check|merge FOLDER_OF_FRESH_POTS.

Run by the environment's interpreter, since it needs polib.
"""

import re
import shutil
import sys
from collections import Counter
from pathlib import Path

import polib

REQUIRED = ["zh_CN", "zh_TW"]
PLACEHOLDER = re.compile(
    r"%\(\w+\)[a-z]|%[sdfr](?![a-z])"  # Python's
    r"|\{[^{}]*\}"  # format() and mail templates
    r"|</?[a-zA-Z][\w-]*"  # tags
    r"|\bt-[\w-]+=\"[^\"]*\""  # QWeb directives
)


def placeholders(text):
    """Count what a translation must keep.

    >>> sorted(placeholders("<b>%(name)s</b>: {count} of %s, 50% off"))
    ['%(name)s', '%s', '</b', '<b', '{count}']
    """
    return Counter(PLACEHOLDER.findall(text))


def breaks_formatting(term, translation):
    """Whether a bare percent sign would break a text that code fills in.

    >>> breaks_formatting("%s: below 100 percent", "%s：低于100%")
    True
    >>> breaks_formatting("%s %% of it", "其中 %s %%")
    False
    >>> breaks_formatting("Discount %", "折扣 %")
    False
    """
    filled = re.search(r"%(\(\w+\))?s", term)
    bare = re.sub(r"%(\(\w+\))?s|%%", "", translation)
    return bool(filled and "%" in bare and "%" not in re.sub(r"%(\(\w+\))?s|%%", "", term))


def terms(catalog):
    """Return {term: places} of a catalog's live entries.

    The places count: Odoo translates a record's field only where a place names it.
    """
    return {
        (entry.msgctxt, entry.msgid): {place for place, _line in entry.occurrences}
        for entry in catalog
        if not entry.obsolete
    }


def differences(fresh, committed):
    """Yield how a committed catalog's terms differ from those just exported."""
    fresh, committed = terms(fresh), terms(committed)
    for term in fresh.keys() - committed.keys():
        yield f"missing: {term[1]!r}"
    for term in committed.keys() - fresh.keys():
        yield f"no longer used: {term[1]!r}"
    for term in fresh.keys() & committed.keys():
        if fresh[term] != committed[term]:
            yield f"used elsewhere now: {term[1]!r}"


def faults(catalog):
    """Yield what is wrong with the translations of a catalog."""
    for entry in catalog:
        if entry.obsolete:
            continue
        if not entry.msgstr:
            yield f"not translated: {entry.msgid!r}"
        elif entry.fuzzy:
            yield f"fuzzy: {entry.msgid!r}"
        elif placeholders(entry.msgid) != placeholders(entry.msgstr):
            yield f"placeholders differ: {entry.msgid!r} / {entry.msgstr!r}"
        elif breaks_formatting(entry.msgid, entry.msgstr):
            yield f"a bare percent sign breaks it: {entry.msgstr!r}"


def check(fresh_file, folder):
    """Yield the faults of an add-on's catalogs."""
    fresh = polib.pofile(fresh_file)
    template = folder / fresh_file.name
    if not template.exists():
        yield f"{template}: missing"
        return
    yield from (f"{template}: {text}" for text in differences(fresh, polib.pofile(template)))
    for file in _translated(folder):
        if not file.exists():
            yield f"{file}: missing"
            continue
        catalog = polib.pofile(file)
        yield from (f"{file}: {text}" for text in differences(fresh, catalog))
        yield from (f"{file}: {text}" for text in faults(catalog))


def merge(fresh_file, folder):
    """Bring an add-on's catalogs up to date; a file whose terms are the same stays untouched."""
    fresh = polib.pofile(fresh_file)
    folder.mkdir(exist_ok=True)
    template = folder / fresh_file.name
    if not template.exists() or any(differences(fresh, polib.pofile(template))):
        shutil.copy(fresh_file, template)
    for file in _translated(folder):
        catalog = polib.pofile(file) if file.exists() else polib.POFile()
        if not any(differences(fresh, catalog)) and file.exists():
            continue
        old = {(entry.msgctxt, entry.msgid): entry.msgstr for entry in catalog}
        merged = polib.pofile(fresh_file)
        merged.metadata = catalog.metadata or fresh.metadata
        merged.metadata["Language"] = file.stem
        for entry in merged:
            entry.msgstr = old.get((entry.msgctxt, entry.msgid), "")
        merged.save(str(file))
        yield f"{file}: {len(merged.untranslated_entries())} terms to translate"


def _translated(folder):
    """Return the .po files there are and those there must be."""
    return sorted({*folder.glob("*.po"), *(folder / f"{code}.po" for code in REQUIRED)})


def main(action, pots):
    """Check or merge the catalogs of all add-ons."""
    messages = []
    for fresh_file in sorted(Path(pots).glob("*.pot")):
        folder = Path(fresh_file.stem) / "i18n"
        messages += check(fresh_file, folder) if action == "check" else merge(fresh_file, folder)
    print("\n".join(messages))
    if action == "check" and messages:
        print("\n./dev translate brings the files up to date")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
