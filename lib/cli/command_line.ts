/**
 * A command line from its words to its exit status.
 *
 * @module
 */

import { run } from "@stricli/core";
import { UsageError } from "../errors.ts";
import { Context } from "./context.ts";
import { reportFailure } from "./failure.ts";
import type { Host } from "../host/host.ts";
import { commandTree } from "../../commands/mod.ts";
import { ABOUT_EVTCHN, indexOfDashes, splitCommandLine } from "./options.ts";
import { parser } from "./parser.ts";

/** The commands whose words after `--` are another program's. */
const TAKE_A_PROGRAM = ["restrict", "session run"];

/**
 * Runs one command line.
 *
 * @param args The words after `evtchn`.
 * @param host The world outside.
 * @returns The exit status.
 */
export async function runCommandLine(args: readonly string[], host: Host): Promise<number> {
  const json = args.slice(0, indexOfDashes(args)).some((word) => word === "--json" || word === "--json=true");
  let command = "";
  try {
    const line = await splitCommandLine(args);
    command = line.command ?? "";
    if (command === "" && !line.words.some((word) => ABOUT_EVTCHN.test(word))) {
      throw new UsageError("Cannot do anything without a command", "`evtchn --help` lists them");
    }
    if (command === "session" && !line.words.some((word) => ABOUT_EVTCHN.test(word))) {
      throw new UsageError(
        "Cannot do anything with a session without a command",
        "`evtchn session run`, `start` or `stop`; options go after it",
      );
    }
    const dashes = TAKE_A_PROGRAM.includes(command) ? indexOfDashes(line.words) : line.words.length;
    const program = dashes < line.words.length ? line.words.slice(dashes + 1) : undefined;
    const context = new Context(host, command, program);
    await run(
      parser(await commandTree(command), (error) => context.failure = error),
      line.words.slice(0, dashes),
      context,
    );
    if (context.failure !== undefined) throw context.failure;
    return context.status;
  } catch (error) {
    return reportFailure(host, command, json, error);
  }
}
