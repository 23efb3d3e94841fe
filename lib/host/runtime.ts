/** What this process runs in: Deno, its permissions, libc. @module */

import { glibcVersion } from "../../ffi/libc_version.ts";
import type { Need } from "./host.ts";
import type { Runtime } from "../runtime.ts";

/** The permissions of the first line of main.ts, but for that of libc and that of files, without which nothing runs. */
const USED: readonly (readonly [name: string, permission: Deno.PermissionDescriptor, need?: Need])[] = [
  ["--allow-read=/run", { name: "read", path: "/run" }],
  ["--allow-read=/tmp", { name: "read", path: "/tmp" }],
  ["--allow-write=/run", { name: "write", path: "/run" }, "sockets"],
  ["--allow-write=/tmp", { name: "write", path: "/tmp" }, "sockets"],
  ["--allow-net", { name: "net" }, "sockets"],
  ["--allow-sys=uid", { name: "sys", kind: "uid" }, "sockets"],
  ["--allow-run", { name: "run" }, "programs"],
  ["--allow-env=EVTCHN_DEVICE", { name: "env", variable: "EVTCHN_DEVICE" }],
];

/** What this process has not given up itself: permissions that were not given are not told from those. */
export interface Kept {
  /** Undefined: all. */
  readonly needs?: ReadonlySet<Need>;
  readonly libc: boolean;
}

export function runtime(kept: Kept): Runtime {
  const { os, arch } = Deno.build;
  const isKept = (need: Need | undefined) => need === undefined || (kept.needs?.has(need) ?? true);
  const lacks = USED.filter(([, permission, need]) =>
    isKept(need) && Deno.permissions.querySync(permission).state !== "granted"
  ).map(([name]) => name);
  return {
    name: `Deno ${Deno.version.deno} on ${os} ${arch}`,
    lacks,
    libc: kept.libc ? libc() : { state: "given-up" },
  };
}

function libc(): Runtime["libc"] {
  try {
    const version = glibcVersion();
    return version === undefined ? { state: "missing" } : { state: "loaded", version: `glibc ${version}` };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return { state: "refused" };
    throw error;
  }
}
