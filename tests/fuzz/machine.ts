/**
 * A machine whose device a script is run on, and what each statement came to there.
 *
 * @module
 */

import { denoHost } from "../../lib/host/deno_host.ts";
import { VERBS } from "../../commands/mod.ts";
import { systemClock } from "../../lib/clock.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import type { DeviceKernel } from "../../lib/handle/device_file.ts";
import { UsageError } from "../../lib/errors.ts";
import type { Environment } from "../../lib/script/environment.ts";
import { Interpreter } from "../../lib/script/interpreter.ts";
import { ScriptOutput } from "../../lib/script/output.ts";
import { parseScript, type Statement } from "../../lib/script/syntax.ts";
import { KernelView } from "../../lib/view/kernel_view.ts";
import { SharedDevice } from "../../lib/handle/shared_device.ts";
import { type Line, scriptText } from "./line.ts";
import { named, type Outcome } from "./outcome.ts";

const NO_FILES = { ...denoHost(), readText: () => Promise.reject(new Error("Scripts read no files here")) };

/** A kernel with the device, real or not. */
export interface Host extends DeviceKernel {
  /** As `--device` has it. */
  readonly name: string;
  /** The device there. */
  readonly path: string;
}

/**
 * A script, read. It can be run any number of times.
 *
 * @returns Undefined if it is none.
 */
export async function read(lines: readonly Line[]): Promise<readonly Statement[] | undefined> {
  const { statements, faults } = await parseScript(scriptText(lines), {
    table: VERBS,
    environment: environment(undefined),
  });
  return faults.length > 0 ? undefined : statements;
}

/**
 * Runs a script on handles of its own, which are closed at its end.
 *
 * @returns What each statement came to, ports by names.
 */
export async function run(host: Host, statements: readonly Statement[]): Promise<Outcome[]> {
  let text = "";
  const write = (part: string) => void (text += part);
  const output = new ScriptOutput({ write, tell: () => {} }, true);
  const interpreter = new Interpreter({
    environment: environment(host),
    host: NO_FILES,
    output,
    where: () => "",
    keepGoing: true,
  });
  try {
    await interpreter.run(statements, new AbortController().signal);
  } finally {
    await interpreter.close();
  }
  const records: Outcome[] = text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  return named([...Map.groupBy(records, ({ line }) => line).values()].map(folded));
}

/** The records of one statement as one: a statement about several ports gives one for each. */
function folded(records: readonly Outcome[]): Outcome {
  if (records.length === 1) return records[0];
  const { port: _, ...last } = records.at(-1)!;
  return { ...last, ports: records.flatMap(({ port }) => port === undefined ? [] : [port]) };
}

/** The handles of one's own domain, as `run` on a device has them. */
function environment(host: Host | undefined): Environment {
  const clock = systemClock();
  return {
    clock,
    patientClock: clock,
    check({ domain }) {
      if (domain !== undefined) throw new UsageError("Cannot act as another domain on a device");
    },
    open() {
      if (host === undefined) throw new Error("There is no host to run on");
      return new SharedDevice(LocalDevice.open(host.path, host), clock);
    },
    view() {
      if (host === undefined) throw new Error("There is no host to look at");
      return new KernelView(host, clock);
    },
  };
}
