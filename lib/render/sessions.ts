/** The sessions of a user as a table and as records. @module */

import type { ResultRecord } from "../records.ts";
import type { FoundSession } from "../session/found.ts";
import type { About } from "../session/requests.ts";
import type { Palette } from "./human.ts";
import { oneLine } from "./line.ts";
import { type Column, tableLines } from "./table.ts";
import { utcTime } from "./time.ts";

export function sessionRecord(found: FoundSession): ResultRecord {
  const { session, state } = found;
  if (found.state !== "running") return { op: "session-list", session, state, errno: found.errno };
  const { pid, holds, since, clients, bound } = found.about;
  return {
    op: "session-list",
    session,
    state,
    pid,
    holds,
    since: utcTime(since),
    clients,
    bound: bound.map(({ domain, count }) => ({ domain, count })),
  };
}

const COLUMNS: readonly Column[] = [
  { title: "SESSION" },
  { title: "PID", number: true },
  { title: "HOLDS" },
  { title: "CLIENTS", number: true },
  { title: "SINCE" },
  { title: "PORTS" },
];

/** The table as lines, the titles first. */
export function sessionTable(found: readonly FoundSession[], palette: Palette): string[] {
  return tableLines(COLUMNS, found.map((each) => [oneLine(each.session), ...cells(each)]), palette);
}

function cells(found: FoundSession): string[] {
  switch (found.state) {
    case "running": {
      const { pid, holds, clients, since, bound } = found.about;
      const time = utcTime(since).replace(/\.\d+/, "");
      return [String(pid), oneLine(holds), String(clients), time, portsText(bound)];
    }
    case "silent":
      return ["-", "it does not answer", "-", "-", "-"];
    case "other-version":
      return ["-", "another version of evtchn serves it", "-", "-", "-"];
    case "unusable":
      return ["-", `no client may use it: ${found.errno}`, "-", "-", "-"];
  }
}

function portsText(bound: About["bound"]): string {
  if (bound.length === 0) return "0";
  return bound.map(({ domain, count }) => domain === undefined ? `${count}` : `${count} of domain ${domain}`).join(
    ", ",
  );
}
