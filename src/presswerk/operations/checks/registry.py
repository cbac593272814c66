"""Every check there is, one entry each; status, the hub's page and docs/troubleshooting.md are made of it."""

from presswerk.operations.checks import certificates, machine, people, services, sites, targets
from presswerk.operations.checks.model import Check

_LOG = "Read `presswerk logs {service}`; `presswerk restart {service}` starts it anew."

CHECKS: tuple[Check, ...] = (
    Check(
        "process",
        "Does its process run, answer, and stay?",
        "Read `presswerk logs {service}`, fix what it says, and run `presswerk up`.",
        targets.ProcessTarget,
        machine.process_stays,
    ),
    Check("site-page", "Does the site's front page show its own content?", _LOG, targets.SiteTarget, sites.front_page),
    Check(
        "site-rest",
        "Does the site's REST API answer in JSON, for this site, with the connector's routes?",
        "Read `presswerk logs {service}`; if a plugin of the site prints something, take that plugin away.",
        targets.SiteTarget,
        sites.rest_route,
    ),
    Check(
        "site-connector",
        "Does the connector take deliveries: is it there, must-use, of this version, and may it write?",
        "Run `presswerk up`; if that does not help, read `presswerk logs {service}`.",
        targets.SiteTarget,
        sites.connector,
    ),
    Check(
        "site-sign-on",
        "Does the site send people to the platform's identity provider?",
        "Run `presswerk up`; if that does not help, read `presswerk logs {service}`.",
        targets.SiteTarget,
        sites.sign_on,
    ),
    Check(
        "certificate",
        "Does every name on the internet have a certificate that browsers trust?",
        "Read `presswerk logs entry`; it is tried again by itself.",
        targets.PublicNameTarget,
        certificates.certificate,
    ),
    Check(
        "tenant-declared",
        "Was everything carried out that is declared of the tenant?",
        "Fix the cause and run `presswerk up`.",
        targets.TenantTarget,
        sites.declared,
    ),
    Check(
        "tenant-address",
        "Is the tenant's address its own, and none of the platform's?",
        "Make a tenant with another id, move its content with WordPress's export and import, and remove this one.",
        targets.TenantTarget,
        sites.address_of_its_own,
    ),
    Check(
        "sign-on-document",
        "Does the identity provider publish its document and keys, under the name that is trusted?",
        _LOG,
        targets.SignOnTarget,
        services.sign_on_document,
    ),
    Check("hub-ready", "Does the hub take articles?", _LOG, targets.HubTarget, services.hub_ready),
    Check(
        "hub-issuer",
        "Does the hub trust the same identity provider as everybody else?",
        "Run `presswerk up`.",
        targets.HubTarget,
        services.hub_issuer,
    ),
    Check(
        "removals",
        "Is whoever is removed out within a minute?",
        "Read `presswerk logs hub` for `directory_silent`, and see that the identity provider runs.",
        targets.HubTarget,
        people.removals,
    ),
    Check(
        "hub-database",
        "Do the hub's databases answer and take changes?",
        "Make room on the disk and see who owns the files; then `presswerk restart hub`.",
        targets.DatabaseTarget,
        machine.database_takes_writes,
    ),
    Check(
        "hub-queue",
        "Do articles that wait for a worker get one?",
        "Read `presswerk logs hub`; `presswerk restart hub` starts it anew, and no article is lost.",
        targets.QueueTarget,
        machine.queue_moves,
    ),
    Check(
        "chat-ready",
        "Does the chat show its page and offer the sign-on?",
        _LOG,
        targets.ChatTarget,
        services.chat_ready,
    ),
    Check(
        "ai-writes",
        "Does the AI endpoint write with the chat's key and model?",
        "Set PRESSWERK_AI_API_KEY anew and run `presswerk up`.",
        targets.AiTarget,
        services.ai_writes,
        remember_seconds=45,
    ),
    Check(
        "disk",
        "Is there room for what services write, in bytes and in files, and may they write?",
        "Make room on that disk, or give its owner the right to write; services go on by themselves.",
        targets.DirectoryTarget,
        machine.room_left,
    ),
    Check(
        "clock",
        "Is the machine's clock right?",
        "Let a time service set the clock, such as systemd-timesyncd or chrony.",
        targets.ClockTarget,
        machine.clock_is_right,
    ),
)
