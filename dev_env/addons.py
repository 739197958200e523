"""The add-ons of this repository: the folders with a manifest at its root."""

import ast

from .paths import REPO


def manifests():
    """Return {add-on: manifest}."""
    files = sorted(REPO.glob("*/__manifest__.py"))
    return {file.parent.name: ast.literal_eval(file.read_text()) for file in files}


def names():
    """Return the add-ons' names."""
    return list(manifests())


def glue():
    """Return the names of those that come by themselves where an optional module is installed."""
    return [name for name, manifest in manifests().items() if manifest.get("auto_install")]


def standalone():
    """Return the names of those that a house installs."""
    return [name for name in names() if name not in glue()]


def dependencies():
    """Return the add-ons of others that ours depend on, glue apart."""
    return _needed_by(standalone())


def glued():
    """Return the optional modules that glue is for."""
    return sorted(set(_needed_by(glue())) - set(dependencies()))


def _needed_by(addons):
    own = manifests()
    needed = {name for addon in addons for name in own[addon].get("depends", [])}
    return sorted(needed - set(own))


def languages():
    """Return the languages the add-ons are translated to, as Odoo calls them."""
    return sorted({file.stem for file in REPO.glob("*/i18n/*.po")})
