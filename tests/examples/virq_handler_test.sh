#!/bin/sh
# Tests virq_handler.sh on a simulated host, without Xen and without root.
#
# The VIRQ is bound before it is raised, so that its event waits for the handler: no sleep, no race.

[ -n "$EVTCHN_SESSION" ] || exec evtchn session run --simulator -- sh "$0"
handler=${0%/*}/virq_handler.sh
export EVENTS=1

fail() {
  echo "$*" >&2
  exit 1
}

port=$(evtchn bind-virq tbuf) || exit

evtchn raise tbuf
[ "$(sh "$handler" tbuf echo handled)" = handled ] || fail "an event does not run the command"

evtchn raise tbuf
[ "$(sh "$handler" tbuf false 2>&1)" = "virq:tbuf: the handler ended with 1" ] || fail "a failure is not told"

evtchn watch "$port" --timeout 10ms | grep -q . && fail "an event was handled and is still there"
echo "virq_handler.sh: ok"
