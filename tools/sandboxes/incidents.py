"""What went wrong so far, as Jira remembers it, and who dealt with it. All made up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """A comment, so many minutes after the issue was opened."""

    after: int
    by: str
    text: str


@dataclass(frozen=True)
class Moved:
    """A move to another status, so many minutes after the issue was opened."""

    after: int
    by: str
    to: str


@dataclass(frozen=True)
class Trouble:
    project: str
    number: int
    type: str
    summary: str
    days_ago: int
    minute: int  # after nine in the morning
    by: str
    description: str
    said: tuple[Said, ...] = ()
    moved: tuple[Moved, ...] = ()
    priority: str = "Medium"
    resolution: str = ""
    labels: tuple[str, ...] = ()


PEOPLE = {
    "dana": ("5b10a2844c20165700ede201", "Dana Whitfield", "dana@example.com"),
    "ravi": ("5b10a2844c20165700ede202", "Ravi Menon", "ravi@example.com"),
    "chloe": ("5b10a2844c20165700ede203", "Chloe Martin", "chloe@example.com"),
    "lena": ("5b10a2844c20165700ede204", "Lena Fischer", "lena@example.com"),
    "sam": ("5b10a2844c20165700ede205", "Sam Okafor", "sam@example.com"),
    "incidents": ("712020:lanekeeper-incidents", "Incident Desk", "incidents@example.com"),
    "reader": ("712020:lanekeeper-reader", "Incident Reader", "reader@example.com"),
}


def _solved(by: str, *, seen: int, watched: int, done: int) -> tuple[Moved, ...]:
    return (Moved(seen, by, "Investigating"), Moved(watched, by, "Monitoring"), Moved(done, by, "Resolved"))


TROUBLES = (
    Trouble(
        "OPS", 1, "Incident", "Login errors for every customer with single sign-on", 212, 24, "lena",
        'From 09:20 UTC customers who sign in through their own identity provider see "We could not verify you".\n\n'
        "Password logins work. Sand & Sons, Cole Books and Rossi Architects have written in. Service: auth-service.",
        (
            Said(6, "ravi", "auth-service logs say SAML signature validation failed for every assertion since 09:17."),
            Said(31, "ravi", "Root cause: our SAML signing certificate ended at 09:15. Nobody was told, because the "
                             "reminder went to a mailbox of somebody who left."),
            Said(44, "ravi", "Fix: new certificate rolled out, metadata published again. Logins are back since 10:02. "
                             "Follow-up: expiry of certificates is now a monitor with 30 days of notice."),
        ),
        _solved("ravi", seen=4, watched=40, done=95), "Highest", "Done", ("auth", "sso", "certificate"),
    ),
    Trouble(
        "OPS", 2, "Incident", "Webhooks arrive up to 40 minutes late", 188, 71, "sam",
        "Customers report that webhooks for invoice.paid come 30 to 40 minutes late. Nothing is lost.\n\n"
        "Queue webhook-dispatch holds 210,000 messages and grows. Service: webhook-dispatcher.",
        (
            Said(12, "dana", "One customer endpoint answers after 29 s each time. Workers wait for it and for nothing "
                             "else: all 24 are busy with it."),
            Said(27, "dana", "Root cause: no limit per endpoint. A single slow receiver took every worker."),
            Said(50, "dana", "Fix: at most two workers an endpoint, timeout down from 30 s to 8 s. The queue is empty "
                             "again at 11:20."),
        ),
        _solved("dana", seen=3, watched=35, done=140), "High", "Done", ("webhooks", "queue"),
    ),
    Trouble(
        "OPS", 3, "Incident", "Checkout slow: p95 latency above 6 seconds", 151, 12, "chloe",
        'Monitor "checkout-api p95 latency" fires since 09:08 UTC. Payments go through, late. Conversion is down by '
        "a third.\n\nService: checkout-api, region eu-west-1.",
        (
            Said(5, "ravi", "Traces show 5 of the 6 seconds in SELECT … FROM carts. No deploy since yesterday."),
            Said(19, "ravi", "Root cause: connection pool of checkout-api exhausted. The nightly report held 40 "
                             "connections open because it ran into the morning."),
            Said(26, "ravi", "Fix: report stopped, latency back to 300 ms within two minutes. The report now has a "
                             "pool of its own on the replica."),
        ),
        _solved("ravi", seen=2, watched=24, done=70), "Highest", "Done", ("checkout", "latency", "database"),
    ),
    Trouble(
        "OPS", 4, "Incident", "Payment provider outage: card payments fail", 133, 205, "chloe",
        'Since 12:20 UTC about 70% of card payments fail with "api_connection_error" from the payment provider.\n\n'
        "Their status page says they investigate. Services: checkout-api, billing-worker.",
        (
            Said(8, "dana", "Confirmed on their side: elevated error rates for card payments in Europe."),
            Said(22, "dana", "Workaround: renewals paused in billing-worker, so that nobody's plan is stopped. Banner "
                             "on the checkout page tells customers to try again later."),
            Said(96, "dana", "Root cause: outage of the provider, over at 13:50. Renewals resumed, 1,204 were retried, "
                             "all but 11 succeeded. Those 11 are cards that expired."),
        ),
        _solved("dana", seen=2, watched=90, done=180), "Highest", "Done",
        ("checkout", "payment-provider", "third-party"),
    ),
    Trouble(
        "OPS", 5, "Incident", "E-mails to Outlook addresses delayed by hours", 117, 96, "sam",
        "Sign-up and invoice e-mails to outlook.com and hotmail.com come three to five hours late.\n\n"
        "Service: mailer. Other receivers are fine.",
        (
            Said(17, "chloe", "They answer 451 4.7.500 and throttle us: the new marketing stream shares our IP pool."),
            Said(41, "chloe", "Root cause: newsletter and transactional mail on the same addresses. Fix: streams are "
                              "apart again, backlog gone by the evening."),
        ),
        _solved("chloe", seen=9, watched=60, done=520), "Medium", "Done", ("email", "deliverability"),
    ),
    Trouble(
        "OPS", 6, "Incident", "API answers 500 after deploy 2214", 96, 43, "ravi",
        "12% of requests to /v2/workspaces fail with 500 since the deploy of 09:40 UTC. Service: public-api.",
        (
            Said(4, "ravi", "KeyError 'seat_limit' for workspaces made before 2021."),
            Said(9, "ravi", "Root cause: migration of old plans skipped workspaces without a plan row. Fix: rolled "
                            "back to 2213, errors gone at 09:53. Migration repaired in 2216."),
        ),
        _solved("ravi", seen=1, watched=9, done=48), "High", "Done", ("api", "deploy"),
    ),
    Trouble(
        "OPS", 7, "Incident", "Search does not find documents of the last day", 74, 150, "lena",
        "Documents made since yesterday evening are missing in the search of all workspaces. They open by link.",
        (
            Said(20, "dana", "Indexer stopped at 18:02 yesterday: disk full on search-indexer-2, no alert."),
            Said(65, "dana", "Root cause: old index snapshots never deleted. Fix: snapshots pruned, everything since "
                             "18:00 indexed again. Disk monitor added."),
        ),
        _solved("dana", seen=8, watched=60, done=160), "Medium", "Done", ("search", "disk"),
    ),
    Trouble(
        "OPS", 8, "Incident", "Webhook signatures refused by receivers", 58, 31, "sam",
        'Northwind and two others refuse all our webhooks since 09:25 UTC: "invalid signature".',
        (
            Said(11, "chloe", "Only webhooks with an é or ü in them. We sign before escaping and send after it."),
            Said(33, "chloe", "Root cause: JSON library update in webhook-dispatcher changed how non-ASCII letters are "
                              "written. Fix: the bytes that are sent are those that are signed. Failed ones resent."),
        ),
        _solved("chloe", seen=3, watched=30, done=85), "High", "Done", ("webhooks", "deploy"),
    ),
    Trouble(
        "OPS", 9, "Incident", "Login page does not load in Safari", 44, 12, "lena",
        "Customers on Safari 17 see an empty login page. Chrome and Firefox are fine.",
        (Said(14, "ravi", "Cannot see it: one customer's content blocker hides the form. Reproduced with it switched "
                          "on, gone with it off. No fault of ours."),),
        (Moved(5, "ravi", "Investigating"), Moved(30, "ravi", "Cancelled")), "Low", "Won't Do", ("auth", "browser"),
    ),
    Trouble(
        "OPS", 10, "Incident", "Exports never finish for large workspaces", 31, 88, "sam",
        "CSV exports of workspaces with more than 200 seats stay at 99%. Cole Books needs theirs today.\n\n"
        "Service: export-worker.",
        (
            Said(15, "dana", "export-worker is killed at 2 GB of memory and starts again from the beginning."),
            Said(52, "dana", "Root cause: the file is put together in memory. Workaround: limit raised to 8 GB, Cole "
                             "Books has their file. Streaming follows with OPS-13."),
        ),
        _solved("dana", seen=6, watched=50, done=400), "Medium", "Done", ("exports", "memory"),
    ),
    Trouble(
        "OPS", 11, "Bug", "Retried checkout charges a card twice", 5, 190, "lena",
        "When the answer of the payment provider is late, checkout-api sends the payment again under a new key.\n\n"
        "Ada Park ($38.00), Tomás Ruiz ($412.00) and Mei Chen ($1,290.00) were charged twice within minutes.",
        (
            Said(25, "ravi", "checkout-api makes the idempotency key from the attempt, not from the cart. Each retry "
                             "is a new payment."),
            Said(150, "ravi", "Fix is in review: key from cart and version. Until then Support refunds by hand."),
        ),
        (Moved(20, "ravi", "Investigating"),), "High", "", ("checkout", "payments", "duplicate-charge"),
    ),
    Trouble(
        "OPS", 12, "Incident", "Checkout latency: payment provider answers slowly", 19, 47, "chloe",
        'Monitor "checkout-api p95 latency" fires since 09:44 UTC: p95 at 4.8 s, error rate 2.1%.\n\n'
        "Spans to payment-gateway take 4 s and more. Service: checkout-api. No deploy since Tuesday.",
        (
            Said(7, "ravi", "payment-gateway logs: upstream request timeout to the payment provider, only over "
                            "connection pool B (eu-west-1b)."),
            Said(29, "ravi", "Root cause: payment-gateway kept dead connections to the provider after they moved "
                             "addresses. DNS was looked up once, at the start."),
            Said(38, "ravi", "Fix: rolling restart of payment-gateway brought p95 back to 350 ms at 10:21. Lasting "
                             "fix: connections live for five minutes at most (release 3.8.1)."),
        ),
        _solved("ravi", seen=3, watched=36, done=110), "Highest", "Done",
        ("checkout", "latency", "payment-provider", "payment-gateway"),
    ),
    Trouble(
        "OPS", 13, "Task", "Stream exports instead of building them in memory", 30, 75, "dana",
        "Follow-up of OPS-10. Write the CSV row by row to storage; memory stays flat whatever the size.",
        (Said(2_900, "dana", "Half done: rows are streamed, the header still needs the whole file."),),
        (Moved(1_500, "dana", "Investigating"),), "Medium", "", ("exports", "memory"),
    ),
    Trouble(
        "OPS", 14, "Incident", "Webhook queue grows slowly since this week", 1, 330, "sam",
        "webhook-dispatch holds 8,000 messages, usually below 500. Delays of two to three minutes, no complaints yet.",
        (Said(18, "dana", "Two receivers answer slowly, both within the limit of OPS-2. Watching it."),),
        (Moved(10, "dana", "Investigating"),), "Low", "", ("webhooks", "queue"),
    ),
    Trouble(
        "SUP", 1, "Task", "Tell affected customers about the double charges", 4, 60, "lena",
        "List from OPS-11. Each gets a personal reply once the refund is made.",
        (Said(240, "lena", "Ada, Tomás and Mei have open tickets. Ingrid Berg's amount is large: two people decide."),),
        (Moved(90, "lena", "In Progress"),), labels=("duplicate-charge",),
    ),
    Trouble(
        "SUP", 2, "Task", "Answer template for delayed webhooks", 60, 20, "sam",
        "One paragraph that says what was late, that nothing was lost, and where to see deliveries.",
        (), (Moved(30, "sam", "In Progress"), Moved(300, "sam", "Done")), "Low", "Done", ("webhooks", "macro"),
    ),
    Trouble(
        "SUP", 3, "Bug", "Help page on single sign-on shows the old certificate", 210, 110, "lena",
        "After OPS-1 the certificate changed. The help page still offers the old one for download.",
        (), (Moved(40, "lena", "Done"),), "High", "Done", ("sso", "docs"),
    ),
    Trouble(
        "SUP", 4, "Task", "Call Hannah Cole about her export", 31, 300, "sam",
        "She has her file (OPS-10) and asked for a word on how this is kept from happening again.",
        (Said(60, "sam", "Called. She is content, and wants to hear when OPS-13 is done."),),
        (Moved(60, "sam", "Done"),), "Medium", "Done", ("exports",),
    ),
)  # fmt: skip
