"""SIP, our own: a core without I/O, transports around it.

Begin with :mod:`ivr.sip.api` (what the hall and the stack say to each other) and :mod:`ivr.sip.server`
(:class:`SipServer`, the endpoint on real sockets). Below them, each readable alone::

    server      sockets, the reactor's clock     core       what each request gets; calls in progress
    transport, tcp   framing cuts streams        incoming, outgoing, calls    a call, from either side
    turns       whose message is next            admission    which INVITE may become a call
    sources     what one address may have        bounds       how much one message may carry
    endpoint    transactions matched and run     referral, reoffer, upkeep    REFER, re-INVITE, session timer
    message     bytes <-> Message; headers       transactions, dialogs, timers, sdp, identity, registrar
"""
