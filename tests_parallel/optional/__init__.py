"""Races about money and parcels that optional modules of Odoo bring, on a database with them."""
