/**
 * The table of verbs. It holds what `--help` and "did you mean" need; a verb's own module is loaded when it is used.
 *
 * @module
 */

import type { Entry, Table } from "../lib/cli/verb.ts";

const BIND = "bind and send";
const WATCH = "watch";
const LOOK = "look";
const CARRY = "scripts and sessions";
const SCRIPT = "in scripts";
const WORLD = "simulated world";

const IN_A_SCRIPT_ALREADY = { notInScript: "this is a script already" };
const SESSION = { notInScript: "a session is for separate commands; a script has its own handles" };

const ENTRIES: readonly Entry[] = [
  {
    name: "bind-virq",
    group: BIND,
    brief: "Bind a virtual interrupt and print its port",
    load: () => import("./bind_virq.ts"),
  },
  {
    name: "bind-interdomain",
    group: BIND,
    brief: "Bind to a port that a domain offers and print the local one",
    load: () => import("./bind_interdomain.ts"),
  },
  {
    name: "alloc-unbound",
    group: BIND,
    brief: "Allocate a port that a domain may bind, and print it",
    load: () => import("./alloc_unbound.ts"),
  },
  {
    name: "bind-static",
    group: BIND,
    brief: "Bind a port that Xen made at boot (Linux 6.6)",
    load: () => import("./bind_static.ts"),
  },
  { name: "unbind", group: BIND, brief: "Close ports of a handle", load: () => import("./unbind.ts") },
  { name: "notify", group: BIND, brief: "Send an event", load: () => import("./notify.ts") },
  {
    name: "unmask",
    group: BIND,
    brief: "Unmask ports, with one write(2)",
    load: () => import("./unmask.ts"),
  },
  {
    name: "reset",
    group: BIND,
    brief: "Empty a handle's ring and clear an overflow",
    load: () => import("./reset.ts"),
  },
  {
    name: "restrict",
    group: BIND,
    brief: "Restrict a handle to binding ports of one domain",
    load: () => import("./restrict.ts"),
  },
  { name: "watch", group: WATCH, brief: "Show events as they arrive", load: () => import("./watch.ts") },
  {
    name: "wait",
    group: WATCH,
    brief: "Wait until the other end has bound a channel",
    load: () => import("./wait.ts"),
  },
  {
    name: "top",
    group: WATCH,
    brief: "A live table of events: rate, total, last seen",
    only: { notInScript: "it needs the terminal for itself; `watch` shows events" },
    load: () => import("./top/mod.ts"),
  },
  {
    name: "ping",
    group: WATCH,
    brief: "Measure round trips over a channel, or answer them",
    load: () => import("./ping.ts"),
  },
  {
    name: "read",
    group: WATCH,
    brief: "One raw read(2) that does not wait and does not unmask",
    load: () => import("./read.ts"),
  },
  { name: "poll", group: WATCH, brief: "One poll(2)", load: () => import("./poll.ts") },
  { name: "list", group: LOOK, brief: "Show the ports of domains from Xen's tables", load: () => import("./list.ts") },
  {
    name: "wiring",
    group: LOOK,
    brief: "Show which backend each frontend is wired to, and what is wrong",
    load: () => import("./wiring/mod.ts"),
  },
  {
    name: "stats",
    group: LOOK,
    brief: "Show what the kernel counts of its devices: events, spurious ones, delays",
    load: () => import("./stats.ts"),
  },
  {
    name: "why",
    group: LOOK,
    brief: "Say why a channel cannot be bound, or what a port is",
    load: () => import("./why.ts"),
  },
  {
    name: "holders",
    group: LOOK,
    brief: "Show which processes hold the device, and dead domains' ports",
    load: () => import("./holders.ts"),
  },
  {
    name: "status",
    group: LOOK,
    brief: "Show the channels of a session's or a script's handle",
    load: () => import("./status.ts"),
  },
  {
    name: "doctor",
    group: LOOK,
    brief: "Check each thing that evtchn needs, and say what to do",
    load: () => import("./doctor.ts"),
  },
  {
    name: "decode",
    group: LOOK,
    brief: "Read the event channels out of `xl debug-keys e; xl dmesg`",
    load: () => import("./decode.ts"),
  },
  {
    name: "metrics",
    group: LOOK,
    brief: "Print what a host is like for Prometheus, into a file, or at an address",
    load: () => import("./metrics.ts"),
  },
  {
    name: "collect",
    group: LOOK,
    brief: "Write a snapshot of this host, for --from; or the program for sh that does",
    only: { notInScript: "a snapshot is one text for a file" },
    load: () => import("./collect.ts"),
  },
  {
    name: "virqs",
    group: LOOK,
    brief: "List the virtual interrupts: number, name, scope, usual owner",
    load: () => import("./virqs.ts"),
  },
  {
    name: "run",
    group: CARRY,
    brief: "Run statements on handles that stay open until the end",
    only: IN_A_SCRIPT_ALREADY,
    load: () => import("./run.ts"),
  },
  {
    name: "shell",
    group: CARRY,
    brief: "A prompt for statements; events appear above it as they arrive",
    only: IN_A_SCRIPT_ALREADY,
    load: () => import("./shell/mod.ts"),
  },
  {
    name: "session",
    group: CARRY,
    brief: "Hold a handle for several commands: run, start, list, stop",
    only: SESSION,
    load: () => import("./session/mod.ts"),
  },
  {
    name: "session run",
    group: CARRY,
    brief: "Run a program with a session, which ends with it",
    only: SESSION,
    load: () => import("./session/run.ts"),
  },
  {
    name: "session start",
    group: CARRY,
    brief: "Start a session and print a shell command for eval",
    only: SESSION,
    load: () => import("./session/start.ts"),
  },
  {
    name: "session list",
    group: CARRY,
    brief: "List your sessions: what each holds, since when",
    only: SESSION,
    load: () => import("./session/list.ts"),
  },
  {
    name: "session stop",
    group: CARRY,
    brief: "End the session and print a shell command for eval",
    only: SESSION,
    load: () => import("./session/stop.ts"),
  },
  {
    name: "session serve",
    group: CARRY,
    brief: "The process of a session, started by `session start`",
    only: "hidden",
    load: () => import("./session/serve.ts"),
  },
  {
    name: "replay",
    group: CARRY,
    brief: "Send again the events that `watch --json` recorded",
    load: () => import("./replay.ts"),
  },
  {
    name: "completion",
    group: CARRY,
    brief: "Print what bash, zsh or fish need to complete evtchn's words",
    only: { notInScript: "it is for shells; a prompt completes words itself" },
    load: () => import("./completion.ts"),
  },
  {
    name: "complete",
    group: CARRY,
    brief: "What a shell's completion asks for",
    only: "hidden",
    load: () => import("./complete.ts"),
  },
  { name: "open", group: SCRIPT, brief: "Open a handle now", only: "script", load: () => import("./open.ts") },
  {
    name: "close",
    group: SCRIPT,
    brief: "Close a handle and its ports",
    only: "script",
    load: () => import("./close.ts"),
  },
  {
    name: "expect",
    group: SCRIPT,
    brief: "Wait for an event, or N; fail if they do not come in time",
    only: "script",
    load: () => import("./expect.ts"),
  },
  { name: "sleep", group: SCRIPT, brief: "Wait", only: "script", load: () => import("./sleep.ts") },
  { name: "print", group: SCRIPT, brief: "Print words", only: "script", load: () => import("./print.ts") },
  {
    name: "raise",
    group: WORLD,
    brief: "Raise a VIRQ: a global one, or one of the domain that acts",
    only: "world",
    load: () => import("./raise.ts"),
  },
  { name: "create", group: WORLD, brief: "Build and start a domain", only: "world", load: () => import("./create.ts") },
  {
    name: "destroy",
    group: WORLD,
    brief: "Destroy a domain: its handles are closed with it",
    only: "world",
    load: () => import("./destroy.ts"),
  },
  {
    name: "device",
    group: WORLD,
    brief: "Give a domain a device: frontend, backend and the channels between them",
    only: "world",
    load: () => import("./device.ts"),
  },
  {
    name: "store-write",
    group: WORLD,
    brief: "Set a node of xenstore",
    only: "world",
    load: () => import("./store_write.ts"),
  },
  {
    name: "store-rm",
    group: WORLD,
    brief: "Remove a node of xenstore and everything below it",
    only: "world",
    load: () => import("./store_rm.ts"),
  },
];

/** The verbs by their names. */
export const VERBS: Table = new Map(ENTRIES.map((entry) => [entry.name, entry]));
