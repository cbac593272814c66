"""All pages for people, in one list."""

from presswerk.web.console import account, invitations, previews, publications, sign_in

ROUTERS = (
    sign_in.router,
    sign_in.signed_in_router,
    account.router,
    invitations.router,
    previews.router,
    publications.router,
)
