/** Deno's permissions: those of the first line of main.ts, and those that a command does not need. @module */

import type { Host, Need } from "./host.ts";

/** The file that Deno runs. */
export const MAIN = new URL("../../main.ts", import.meta.url);

/** The words in the first line of main.ts that make Deno run it. */
export function mainWords(): string[] {
  const words = /^#!\/usr\/bin\/env -S deno (.*)$/m.exec(Deno.readTextFileSync(MAIN))?.[1];
  if (words === undefined) throw new TypeError(`Cannot start "${MAIN.href}": its first line does not say how`);
  return words.split(" ");
}

/** A host that gives up what a command line does not need: for a process that runs only one. */
export function narrowed(host: Host): Host {
  return {
    ...host,
    keepOnly,
    kernel(choice) {
      if (choice.kind === "simulated") Deno.permissions.revokeSync({ name: "ffi" });
      return host.kernel(choice);
    },
  };
}

function keepOnly(needs: ReadonlySet<Need>): void {
  if (!needs.has("programs")) Deno.permissions.revokeSync({ name: "run" });
  if (!needs.has("sockets")) {
    Deno.permissions.revokeSync({ name: "write" });
    Deno.permissions.revokeSync({ name: "net" });
    Deno.permissions.revokeSync({ name: "sys" });
  }
  if (!needs.has("files") && modulesAreListed()) Deno.permissions.revokeSync({ name: "read", path: "/" });
}

/**
 * Whether the first line lets evtchn's own modules be read without `/`: they are loaded when they are needed. Deno does
 * not tell which folders it was given.
 */
function modulesAreListed(): boolean {
  const [, list = ""] = mainWords().find((word) => word.startsWith("-R="))?.split("=") ?? [];
  return list.split(",").some((folder) => folder !== "/" && MAIN.pathname.startsWith(`${folder}/`));
}
