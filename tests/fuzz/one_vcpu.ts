/**
 * One vCPU for a while.
 *
 * Xen notes an event at once, but a kernel hears of it on the vCPU that the port belongs to: on another one than the
 * caller's that is perhaps after the caller's next statement, and events of two vCPUs come in any order. On one vCPU the
 * interrupt comes before the system call returns, so that what a script does is determined, and no statement waits.
 *
 * @module
 */

const CPUS = "/sys/devices/system/cpu";

/** Takes every CPU but the first out of use, until it is disposed of. Wants root, and a kernel that can do it. */
export function oneVcpu(): Disposable {
  const switches = [...Deno.readDirSync(CPUS)].filter(({ name }) => /^cpu[1-9]\d*$/.test(name))
    .map(({ name }) => `${CPUS}/${name}/online`).filter((path) => Deno.readTextFileSync(path).trim() === "1");
  const turn = (value: "0" | "1") => switches.forEach((path) => Deno.writeTextFileSync(path, value));
  turn("0");
  return { [Symbol.dispose]: () => turn("1") };
}
