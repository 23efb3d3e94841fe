#!/bin/sh
# Reproduces a lost-event bug from a recording.
#
#   evtchn watch 5:12 --json > recording.jsonl                           # where the bug is seen
#   evtchn session run -- replay_lost_event.sh recording.jsonl 5:12      # as often as you like, here --simulator too
#
# The events of CHANNEL are sent, with no waiting between them, to a consumer that is slow: it looks when all have been
# sent. While a port is masked, events for it become one. A consumer that counts events, in place of looking into its
# ring for all that is there, loses the others. Ends with 1 if some were lost.

recording=${1:?usage: replay_lost_event.sh RECORDING CHANNEL}
channel=${2:?usage: replay_lost_event.sh RECORDING CHANNEL}

consumer=$(evtchn alloc-unbound self) || exit 2
producer=$(evtchn bind-interdomain self "$consumer") || exit 2
evtchn watch "$producer" -n 1 --timeout 5s --quiet || exit 2 # what binding itself causes

sent=$(evtchn replay "$recording" --map "$channel=$producer" --no-wait --json |
  sed -n 's/.*"events":\([0-9]*\),.*/\1/p')
seen=$(evtchn watch "$consumer" --idle-timeout 500ms | wc -l)
evtchn unbind "$producer" "$consumer"

echo "sent ${sent:-nothing}, seen $seen"
[ "${sent:-0}" -eq "$seen" ]
