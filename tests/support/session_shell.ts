/**
 * Shells in which `evtchn` is a command, each with a runtime folder of its own.
 *
 * @module
 */

import { COMMAND, type Outcome, type Running, start } from "./process.ts";

/** A place for shells. */
export class Shells {
  constructor(readonly folder: string) {}

  /** The user's runtime folder. */
  get runtime(): string {
    return `${this.folder}/run`;
  }

  /** Starts a script. */
  start(script: string, env: Readonly<Record<string, string>> = {}): Running {
    const path = `${this.folder}/bin:${Deno.env.get("PATH")}`;
    return start([script], {
      command: ["sh", "-c"],
      env: { PATH: path, XDG_RUNTIME_DIR: this.runtime, ...env },
    });
  }

  /** Runs a script to its end. */
  run(script: string, env?: Readonly<Record<string, string>>): Promise<Outcome> {
    return this.start(script, env).end();
  }

  /** The sockets that are there. */
  sockets(): string[] {
    try {
      return [...Deno.readDirSync(`${this.runtime}/evtchn`)].map(({ name }) => name);
    } catch {
      return [];
    }
  }
}

/** Gives `work` a place for shells, and clears it away. */
export async function withShells(work: (shells: Shells) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/run`, { mode: 0o700 });
    await Deno.mkdir(`${folder}/bin`);
    const words = COMMAND.map((word) => `'${word}'`).join(" ");
    await Deno.writeTextFile(`${folder}/bin/evtchn`, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
    const shells = new Shells(folder);
    try {
      await work(shells);
    } finally {
      for (const socket of shells.sockets()) {
        await shells.run(`evtchn session stop --session "$XDG_RUNTIME_DIR/evtchn/${socket}"`);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
