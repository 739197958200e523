"""The development environment: everything `./dev` does. Standard library only, Linux.

cli               the commands and how failures are told
process           running programs: quietly, with progress, or in our place
paths             where things lie
system            Debian packages the machine must have
odoo_source       Debian's Odoo 19, unpacked privately
venv              Python packages
node              prettier and eslint
postgres          a private PostgreSQL server, or the one PGHOST names
mailbox           a mail server for the demo that keeps all to itself
odoo              odoo.conf and running Odoo
addons            the add-ons of this repository
fingerprint       what of an add-on reaches the database
bundles           the web client's bundles, kept when the test database is made again
databases         making, copying, naming and dropping databases
base_database     the add-ons' dependencies, installed: the template of all others
demo_database     what `./dev serve` shows
bench_databases   what `./dev bench` measures on
test_database     what `./dev test` runs on
checks            of code, for ./dev lint
catalogs          translations: exporting terms; po_files checks and merges them
commands          what each command does, in these terms
odoo_scripts/     Python run inside Odoo
"""
