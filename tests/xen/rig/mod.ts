import { cacheFolder, ensureBase } from "./base.ts";
import { RigError } from "./error.ts";
import { exists } from "./host.ts";
import { type Job, writeImage } from "./project.ts";
import { say, step } from "./progress.ts";
import { Machine, type MachineOptions } from "./qemu.ts";

export type { Job, Machine };
export { RigError };

/**
 * Builds what has to be built, boots it, and gives the machine to `work` once
 * dom0 is up. The machine is gone when this returns.
 */
export async function withMachine<T>(
  job: Job,
  work: (machine: Machine) => Promise<T>,
  options: Pick<MachineOptions, "timeout"> = {},
): Promise<T> {
  const base = await ensureBase();
  const folder = await Deno.makeTempDir({ dir: cacheFolder(), prefix: "run-" });
  try {
    const image = `${folder}/image.cpio`;
    await step("Adding the project", () => writeImage(image, base, job));
    await using machine = await Machine.start({ base, image, folder, ...options });
    using _signals = stopOnSignal(machine);
    await step("Booting Xen and dom0", () => booted(machine));
    return await work(machine);
  } catch (error) {
    if (error instanceof RigError && error.status === 1) throw await withLog(error, folder, job.mode);
    throw error;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Keeps the console's log of a failed run, and says where it is. */
async function withLog(error: RigError, folder: string, mode: string): Promise<RigError> {
  const kept = `${cacheFolder()}/console-${mode}.log`;
  if (!await exists(`${folder}/console.log`)) return error;
  await Deno.rename(`${folder}/console.log`, kept);
  return new RigError(`${error.message}\nAll of dom0's console: ${kept}`);
}

async function booted(machine: Machine): Promise<void> {
  for await (const line of machine.lines()) {
    if (line === "@rig booted") return;
  }
  throw new RigError(`dom0 did not become a Xen host.\n${machine.log.lastLines()}`);
}

/** An interrupted run ends in good order: the machine stops, and whoever waits for it is told. */
function stopOnSignal(machine: Machine): Disposable {
  const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
  const handlers = Object.entries(signals).map(([name, number]) => {
    const handler = () => machine.stop(new RigError(`Stopped by ${name}.`, 128 + number));
    Deno.addSignalListener(name as Deno.Signal, handler);
    return () => Deno.removeSignalListener(name as Deno.Signal, handler);
  });
  return { [Symbol.dispose]: () => handlers.forEach((remove) => remove()) };
}

/** Prints what a program in dom0 says; gives its exit status. */
export async function printLines(lines: AsyncGenerator<string>): Promise<number> {
  for await (const line of lines) {
    if (line.startsWith("@rig exit ")) return Number(line.slice("@rig exit ".length));
    print(line);
  }
  return 1;
}

/** Prints a line, whole, however slowly it is read. */
export function print(text: string): void {
  let bytes = new TextEncoder().encode(`${text}\n`);
  while (bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
}

/** Runs a program of the rig: what a person can act on is told as text. */
export async function main(program: () => Promise<number>): Promise<never> {
  try {
    Deno.exit(await program());
  } catch (error) {
    if (!(error instanceof RigError)) throw error;
    say(`${error.message}\n`);
    Deno.exit(error.status);
  }
}
