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


def to_install():
    """Return the names without glue: Odoo installs that itself beside the modules it glues."""
    return [name for name, manifest in manifests().items() if not manifest.get("auto_install")]


def dependencies():
    """Return the add-ons of others that ours depend on, without those that only glue needs."""
    own = manifests()
    needed = {name for to in to_install() for name in own[to].get("depends", [])}
    return sorted(needed - set(own))


def languages():
    """Return the languages the add-ons are translated to, as Odoo calls them."""
    return sorted({file.stem for file in REPO.glob("*/i18n/*.po")})
