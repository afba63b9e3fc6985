"""Requests: forms, who may file them, the chain of those who decide, and what an approval does by itself.

Owns: the forms (`forms.FORMS`), the rules who may file (`conditions`), chains and their versions (`chains`, `packs/`), a
request with its steps, seats, decisions and attachments (`models`), and the moment when an approval is carried out.
Never: opens, changes or closes anything by itself: an executor calls the action that a person would call, as
`schedule:requests`. Never lets anybody decide about what he filed or what he gets.
Always: a request keeps the version of the chain that it began with; whoever decides holds the request's row, so that of two
the second is refused; a step without anybody falls to the office and says so; a request is in one of the states below, and
what is neither ended nor in somebody's hands does not exist.

How it goes (`models.STATES`)::

    file_request -> waiting -> (steps, one after the other) -> done            the executor has worked
                       |  \\-> rejected                                         somebody said no
                       |-> returned -> resubmit -> waiting (a new round)        sent back to the applicant
                       |-> withdrawn                                            by the applicant, or because he left
                       \\-> stuck -> amend -> done | stuck                       approved, but the action refused (`refusal`)
                        \\-> ready -> carry_out -> done                          approved; a first password waits to be handed out

What other rooms call, all of it in `actions` and `queries`::

    actions.file_request(*, actor, form, fields, for_person=None, attachments=(), exception=False, company=None) -> Request
    actions.file_many(*, actor, form, rows) -> list[Request]          # all or none; rows: [(Person, fields)]
    actions.file_sheet(*, actor, company, form, data) -> list[Request]    # a spreadsheet, a row for each person
    actions.withdraw(*, actor, request, reason="") -> None
    actions.send_back(*, actor, step, reason, by="page") -> Decision
    actions.resubmit(*, actor, request, fields, note="", attachments=()) -> Request
    actions.decide(*, actor, step, verdict, reason="", by="page") -> Outcome    # verdict: approve | reject; by: page | mail | bulk | cli | api
    actions.decide_many(*, actor, steps, verdict, reason="") -> list[tuple[Step, Refusal | None]]
    actions.add_approver(*, actor, step, person, reason="") -> Seat
    actions.reassign(*, actor, step, person, reason) -> Seat          # the office puts somebody else in charge of an open step
    actions.amend(*, actor, request, fields, note="") -> Request      # a stuck one: other values for `Form.amendable`, tried again
    actions.carry_out(*, actor, request) -> Outcome                   # a ready one: Outcome.secret is shown once, kept nowhere
    actions.activation_link(*, actor, request) -> str                 # token for the new owner (credentials.activate), made anew each time
    actions.attach(*, actor, request, name, data) -> Attachment
    actions.use_pack(*, actor, company, pack) -> None                 # "G" | "P" | "B": chains and rules of a ready policy
    actions.save_chain(*, actor, company, name, title, steps) -> Chain          # a new version; refuses `chain.refused` with reasons
    actions.set_form(*, actor, company, form, enabled=None, chain=None, who=None, exception=None) -> FormRule

    queries.mine(account) -> QuerySet[Request]                        # filed by me or for me, newest first
    queries.to_decide(account) -> QuerySet[Step]                      # open steps that wait for me, oldest first
    queries.decided_by(account) -> QuerySet[Decision]                 # what I have decided, newest first
    queries.all_within(actor, company) -> QuerySet[Request]
    queries.find_request(request_id, actor) -> Request                # refuses `request.unknown`
    queries.find_step(step_id, actor) -> Step                         # refuses `request.unknown`
    queries.may_file(actor, form, person=None) -> kernel Decision | None        # None: he may; else why not
    queries.may_decide(actor, step) -> kernel Decision | None
    queries.open_step(request) -> Step | None
    queries.path_of(request) -> list[Station]                         # every step, past and to come, for drawing
    queries.forms_for(actor) -> list[Form]                            # what the actor can file at all
    queries.chain_preview(company, name, person, ...) -> list[Station]
    queries.title_of(request, locale) -> str; queries.lines_of(request, locale) -> list[tuple[label, value]]
    queries.outcome_words(request, locale) -> str                     # why it is stuck, in words
    queries.read_attachment(actor, attachment) -> bytes

Mail: every notice that asks somebody carries `params["request"]` (the number), `params["step"]` (primary key of the step) and
`params["secret"]`-free text only; `decide(..., by="mail")` is the same action with the account's actor.

Words: `kernel/catalogue/requests.toml` (forms `request_form.NAME`, fields `request_field.NAME`, states `request_state.NAME`,
verdicts, notes of a step `request_note.NAME`).
Clauses: G2.2.1, G3.1.2, G3.2.3, B1.1-7, B2, B3, B4.13, P5, P12.
"""
