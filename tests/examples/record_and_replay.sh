#!/bin/sh
# Records events of a channel, and sends them again to a consumer under test.
#
#   record_and_replay.sh CHANNEL EVENTS RECORDING
#
# Needs a session. The consumer here is slow: it looks when all events have been sent. While its port is masked, events
# become one. So it sees fewer than were sent: a program that counts events, in place of looking into its ring for all
# that is there, loses the others. Exit status 3 if some were lost.

usage='usage: record_and_replay.sh CHANNEL EVENTS RECORDING'
channel=${1:?$usage} events=${2:?$usage} recording=${3:?$usage}
: "${EVTCHN_SESSION:?it needs a session: evtchn session run -- sh $0 ...}"

evtchn watch "$channel" --num-events "$events" --timeout 1m --json >"$recording" || exit
name=$(sed -n 's/.*"channel":"\([^"]*\)".*/\1/p' "$recording" | head -n 1)

consumer=$(evtchn alloc-unbound self) || exit
producer=$(evtchn bind-interdomain self "$consumer") || exit
trap 'evtchn unbind "$producer" "$consumer"' EXIT

evtchn watch "$producer" --num-events 1 --timeout 5s --quiet || exit # what binding itself causes
sent=$(evtchn replay "$recording" --map "$name=$producer" --no-wait --json |
  sed -n 's/.*"events":\([0-9]*\),.*/\1/p')
seen=$(evtchn watch "$consumer" --idle-timeout 200ms | wc -l)

echo "sent ${sent:-0}, seen $((seen))"
[ "${sent:-0}" -eq "$seen" ] || exit 3
