import { assertEquals } from "@std/assert";
import { PLAIN } from "../../lib/render/human.ts";
import { sessionRecord, sessionTable } from "../../lib/render/sessions.ts";
import type { FoundSession } from "../../lib/session/found.ts";
import { test } from "../support/test.ts";

type Bound = { readonly domain: number | undefined; readonly count: number };

const running = (session: string, bound: readonly Bound[], holds = "sim:linux") => ({
  session,
  state: "running" as const,
  about: {
    pid: 4711,
    holds,
    since: 1_767_323_045_678_901,
    clients: 2,
    bound: bound.map((each) => ({ ...each, ports: undefined })),
  },
});

const UNANSWERED: readonly FoundSession[] = [
  { session: "/run/b", state: "silent", errno: "ETIMEDOUT" },
  { session: "/run/c", state: "other-version", errno: "EPROTO" },
  { session: "/run/d", state: "unusable", errno: "EACCES" },
];

test("the table of sessions has what each holds, since when, and the ports of each domain", () => {
  const found = [
    running("/run/a", [{ domain: 0, count: 2 }, { domain: 5, count: 1 }]),
    running("/run/none", []),
    running("/run/real", [{ domain: undefined, count: 3 }], "/dev/xen/evtchn\u001b[2J"),
  ];
  assertEquals(sessionTable(found, PLAIN).map((line) => line.trimEnd()), [
    "SESSION     PID  HOLDS                   CLIENTS  SINCE                 PORTS",
    "/run/a     4711  sim:linux                     2  2026-01-02T03:04:05Z  2 of domain 0, 1 of domain 5",
    "/run/none  4711  sim:linux                     2  2026-01-02T03:04:05Z  0",
    "/run/real  4711  /dev/xen/evtchn\\x1b[2J        2  2026-01-02T03:04:05Z  3",
  ]);
});

test("a session that cannot be asked is a row with the reason, and a record with the errno in place of what it holds", () => {
  const rows = sessionTable(UNANSWERED, PLAIN).slice(1).map((line) => line.trimEnd().split(/ {2,}/));
  assertEquals(rows.map(([session, , holds]) => [session, holds]), [
    ["/run/b", "it does not answer"],
    ["/run/c", "another version of evtchn serves it"],
    ["/run/d", "no client may use it: EACCES"],
  ]);
  assertEquals(sessionRecord(running("/run/a", [{ domain: 0, count: 2 }])), {
    op: "session-list",
    session: "/run/a",
    state: "running",
    pid: 4711,
    holds: "sim:linux",
    since: "2026-01-02T03:04:05.678901Z",
    clients: 2,
    bound: [{ domain: 0, count: 2 }],
  });
  assertEquals(UNANSWERED.map(sessionRecord), [
    { op: "session-list", session: "/run/b", state: "silent", errno: "ETIMEDOUT" },
    { op: "session-list", session: "/run/c", state: "other-version", errno: "EPROTO" },
    { op: "session-list", session: "/run/d", state: "unusable", errno: "EACCES" },
  ]);
});
