#!/bin/sh
# A backend's handshake with a frontend, rehearsed on the simulator.
#
# Lines that begin with @1 are the guest's; the others are the backend's. On a real host leave the guest's lines to
# the guest, and call `evtchn run` without -d. It fails, and says at which line, where a side waits in vain.

exec evtchn run -d sim:linux - <<'EOF'
# The backend offers a port, whose number goes to the guest through xenstore.
offer = alloc-unbound 1
print "backend: domain 1 may bind port $offer"

# The frontend binds it. Its own first event comes from the bind.
@1 front = bind-interdomain 0 $offer
@1 expect $front within 1s

# The frontend says that its ring is there; the backend answers that it is connected.
@1 notify $front
expect $offer within 1s
print "backend: the frontend is there"
notify $offer
@1 expect $front within 1s
print "frontend: the backend is connected"

# The guest dies. Nobody tells the backend through the channel: VIRQ dom_exc is what says so.
bind-virq dom_exc
destroy 1
expect virq:dom_exc within 1s
notify $offer                  # accepted, and heard by nobody
print "backend: the guest is gone"
EOF
