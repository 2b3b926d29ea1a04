"""A Zendesk of one's own: tickets, comments, audits, users, macros, bulk updates and their jobs, search.

Shapes follow the Support API reference. Stricter than Zendesk, which drops unknown fields in silence: they are refused.
"""

from tools.sandboxes.zendesk.desk import Zendesk

__all__ = ["Zendesk"]
