"""The vendors whose documents lie beside the project."""

from documents import jira, stripe, zendesk

VENDORS = {vendor.system: vendor for vendor in (stripe.VENDOR, zendesk.VENDOR, jira.VENDOR)}
