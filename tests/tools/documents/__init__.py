"""The vendors' own OpenAPI documents as judges of our traffic.

`traffic` calls every tool of a system and writes down what passes; `watching` listens to whatever else the tests of the
tools say. `document` reads what a vendor publishes, adds what that leaves out, and finds fault with an exchange.
`schema` makes a JSON Schema of an OpenAPI one, shut to what it does not name. `vendor` and a module for each of them
say what a document leaves out or says otherwise, each with its page.
"""
