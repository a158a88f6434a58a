"""The HTTP interface of the stored half: tokens, marathons, participants, joining, and the OpenAPI document.

A request goes: route (routes, urls) -> caller (authentication) -> limit (throttles) -> view -> body (parsing, shapes,
fields) -> access rule and action (marathons.access, .actions, .enrolment) -> shape, or error -> answer.
Boards, curves and streams are for live/doors/, with views on `view.ApiView` and paths made by `routes.route`.
"""
