#!/bin/sh
# Two domains play ping-pong over one channel, on the simulator.
#
#   ping_pong.sh [ROUNDS]
#
# A script has no loops: the shell writes the rounds. It fails at the first event that does not arrive.

{
  echo 'ping = alloc-unbound 1'
  echo '@1 pong = bind-interdomain 0 $ping'
  echo '@1 expect $pong within 1ms    # what binding itself causes'
  i=0
  while [ "$i" -lt "${1:-10}" ]; do
    echo 'notify $ping; @1 expect $pong within 1ms; @1 notify $pong; expect $ping within 1ms'
    i=$((i + 1))
  done
  echo "print $i rounds"
  echo 'status; @1 status'
} | evtchn run -d sim:linux -
