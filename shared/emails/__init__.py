"""Emails: picks as a subject, a web page, and a plain text.

A template is MJML with a small part of Jinja's language in it (:mod:`shared.emails.language`). It is compiled to HTML
once; what a feed says is put into the HTML, escaped, and never passes through the MJML compiler.
"""
