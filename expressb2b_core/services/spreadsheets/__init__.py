"""Spreadsheets in and out: products, accounts and orders as rows of CSV.

Reading turns rows into the records that the services take; whatever they refuse comes back as a
rejected row with its reasons, in a form that can be corrected and read again.
"""
