"""What of an add-on reaches the database: while it is the same, a database can be used again.

Views, data, translations and the manifest do. Of Python, what declares does: fields, constraints,
class attributes, signatures. Of the bodies of functions only those that run during installation do:
the hooks, functions that data files call, and what these call; and models that data files fill
count wholly. A change in any other body needs no new database. The syntax tree tells, so comments
and docstrings don't count either.
"""

import ast
import re
from collections import defaultdict

from .addons import manifests
from .paths import REPO, digest

# Read from the files whenever they are needed, or never by Odoo
NOT_LOADED = ("tests/", "readme/", "static/src/", "static/tests/", "static/description/img/")
NOT_LOADED_SUFFIXES = (".pyc", ".pot", ".md", ".rst", ".toml")

CALLED_BY_DATA = re.compile(r"<function\b[^>]*?\bname=[\"'](\w+)")
FILLED_BY_DATA = re.compile(r"<record\b[^>]*?\bmodel=[\"']([\w.]+)")
RUN_BY_ODOO = {"init", "_auto_init", "_register_hook"}
# Followed into every model, these names would make everything count
NOT_FOLLOWED = {"create", "write", "unlink", "search", "copy", "_search", "name_search"}


def of_addons(demo):
    """Return a digest of what the add-ons put into a database, with or without demo data."""
    parts = []
    for name, manifest in manifests().items():
        functions, models = _installing(REPO / name, manifest)
        for file in _loaded_files(REPO / name, demo):
            content = file.read_bytes()
            if file.suffix == ".py":
                content = declarations(content, functions, models)
            parts += [file.relative_to(REPO), content]
    return digest(*parts)


def _loaded_files(addon, demo):
    """Yield the add-on's files that count, in a stable order."""
    skipped = NOT_LOADED if demo else (*NOT_LOADED, "demo/")
    for file in sorted(addon.rglob("*")):
        path = file.relative_to(addon).as_posix()
        if (
            file.is_file()
            and not path.startswith(skipped)
            and file.suffix not in NOT_LOADED_SUFFIXES
        ):
            yield file


def _installing(addon, manifest):
    """Return the names of the functions that run during installation and of the models filled."""
    files = list(_loaded_files(addon, demo=False))
    data = "".join(file.read_text() for file in files if file.suffix == ".xml")
    hooks = {value for key, value in manifest.items() if key.endswith("_hook")}
    starts = hooks | RUN_BY_ODOO | set(CALLED_BY_DATA.findall(data))
    models = {file.stem for file in files if file.suffix == ".csv"}
    models |= set(FILLED_BY_DATA.findall(data))
    trees = [_parsed(file.read_bytes()) for file in files if file.suffix == ".py"]
    return _called(trees, starts), models


def _parsed(source):
    try:
        return ast.parse(source)
    except SyntaxError:  # the installation or the tests will tell
        return ast.Module(body=[ast.Expr(ast.Name(repr(source)))], type_ignores=[])


def _called(trees, names):
    """Return these functions' names with those of all functions they call, told by name alone."""
    functions = defaultdict(list)
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name not in NOT_FOLLOWED:
                functions[node.name].append(node)
    todo, found = set(names), set()
    while todo:
        name = todo.pop()
        found.add(name)
        for function in functions.get(name, ()):
            nodes = list(ast.walk(function))
            mentioned = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
            mentioned |= {node.id for node in nodes if isinstance(node, ast.Name)}
            todo |= (mentioned & functions.keys()) - found
    return found


def declarations(source, functions=frozenset(), models=frozenset()):
    """Return a Python file's syntax without docstrings and bodies of functions.

    The bodies of `functions` and of the methods of `models` stay.

    >>> same = lambda a, b, *keep: declarations(a, *keep) == declarations(b, *keep)
    >>> same("def f(a): return 1", "def f(a): '''Say 2.'''; return 2  # two")
    True
    >>> same("def f(a): return 1", "def f(a, b): return 1")
    False
    >>> same("class A: x = Char()", "class A: x = Text()")
    False
    >>> same("def f(): g(1)", "def f(): g(2)", {"f"})
    False
    >>> one, two = (f"class A:\\n _name = 'a'\\n def f(): return {n}" for n in "12")
    >>> same(one, two, set(), {"a"}), same(one, two, set(), {"b"})
    (False, True)
    """
    tree = _parsed(source)
    _strip(tree, functions, models)
    return ast.dump(tree)


def _strip(node, functions, models):
    """Empty the functions below this node, but those that stay."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef) and _model_names(child) & models:
            continue
        if isinstance(child, ast.FunctionDef) and child.name not in functions:
            child.body = []
        _strip(child, functions, models)
    if isinstance(node, ast.ClassDef | ast.Module):
        node.body = [child for child in node.body if not _is_docstring(child)]


def _model_names(class_node):
    """Return the models a class defines or extends."""
    values = [
        node.value
        for node in class_node.body
        if isinstance(node, ast.Assign)
        and {"_name", "_inherit"} & {ast.unparse(t) for t in node.targets}
    ]
    nodes = [node for value in values for node in ast.walk(value)]
    return {node.value for node in nodes if isinstance(node, ast.Constant)}


def _is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
