/** Deno's permissions: those of the first line of main.ts, and those that a command does not need. @module */

import type { Host, Need } from "./host.ts";

/** The file that Deno runs. */
export const MAIN = new URL("../../main.ts", import.meta.url);

/** A folder of the first line of main.ts that env(1) makes of HOME: only the history of a prompt is there. */
const OF_HOME = /,\$\{HOME\}[^ ,]*/g;

/** The folder of evtchn's own modules in the first line of main.ts. */
const LISTED = "/opt/evtchn";

/**
 * The words that make Deno run a session's process: those of the first line of main.ts, without the folder of a prompt's
 * history, and reading evtchn's own modules, wherever they are, in place of everything.
 */
export function mainWords(): string[] {
  const folder = decodeURIComponent(new URL(".", MAIN).pathname).slice(0, -1);
  return firstWords().map((word) => word.replace(`=/,${LISTED}`, `=${folder.replaceAll(",", ",,")}`));
}

function firstWords(): string[] {
  const words = /^#!\/usr\/bin\/env -S deno (.*)$/m.exec(Deno.readTextFileSync(MAIN))?.[1];
  if (words === undefined) throw new TypeError(`Cannot start "${MAIN.href}": its first line does not say how`);
  return words.replace(OF_HOME, "").split(" ");
}

/** A host that gives up what a command line does not need: for a process that runs only one. */
export function narrowed(host: Host): Host {
  const kept: { needs?: ReadonlySet<Need>; libc: boolean } = { libc: true };
  return {
    ...host,
    keepOnly(needs) {
      host.keepOnly?.(needs);
      keepOnly(needs);
      kept.needs = needs;
    },
    kernel(choice) {
      if (choice.kind === "simulated") {
        Deno.permissions.revokeSync({ name: "ffi" });
        kept.libc = false;
      }
      return host.kernel(choice);
    },
    runtime: async () => (await import("./runtime.ts")).runtime(kept),
  };
}

function keepOnly(needs: ReadonlySet<Need>): void {
  if (!needs.has("programs")) Deno.permissions.revokeSync({ name: "run" });
  if (!needs.has("sockets")) {
    Deno.permissions.revokeSync({ name: "write" });
    Deno.permissions.revokeSync({ name: "net" });
    Deno.permissions.revokeSync({ name: "sys" });
  } else if (!needs.has("history")) giveUpHistory();
  if (!needs.has("files") && modulesAreListed()) Deno.permissions.revokeSync({ name: "read", path: "/" });
}

/** Gives up writing to the folder of HOME in the first line. To give a folder up gives up those above it too. */
function giveUpHistory(): void {
  const parent = `${homeFolder()}/.local`;
  if (Deno.permissions.querySync({ name: "write", path: parent }).state === "granted") return; // it is in /tmp or /run
  Deno.permissions.revokeSync({ name: "write", path: `${parent}/state` });
}

/** Empty: there is none, or its name is not UTF-8, and Deno has not understood the first line's either. */
function homeFolder(): string {
  if (Deno.permissions.querySync({ name: "env", variable: "HOME" }).state !== "granted") return "";
  try {
    return Deno.env.get("HOME") ?? "";
  } catch (error) {
    if (error instanceof Deno.errors.InvalidData) return "";
    throw error;
  }
}

/**
 * Whether the first line lets evtchn's own modules be read without `/`: they are loaded when they are needed. Deno does
 * not tell which folders it was given.
 */
function modulesAreListed(): boolean {
  const [, list = ""] = firstWords().find((word) => word.startsWith("-R="))?.split("=") ?? [];
  return list.split(",").some((folder) => folder !== "/" && MAIN.pathname.startsWith(`${folder}/`));
}
