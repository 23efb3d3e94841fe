/**
 * The world outside as Deno gives it.
 *
 * @module
 */

import { LINUX } from "../ffi/abi.ts";
import { systemClock } from "../lib/clock.ts";
import type { Child, Host, Kernel, KernelChoice, Output, Signal } from "./host.ts";

const SIGNALS: readonly Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** This process, this machine. */
export function denoHost(): Host {
  return {
    stdout: output(Deno.stdout),
    stderr: output(Deno.stderr),
    clock: systemClock(),
    env: (name) =>
      Deno.permissions.querySync({ name: "env", variable: name }).state === "granted" ? Deno.env.get(name) : undefined,
    onSignal,
    kernel,
    spawn,
  };
}

type Stream = typeof Deno.stdout;

function output(stream: Stream): Output {
  const encoder = new TextEncoder();
  return {
    get terminal() {
      return stream.isTerminal();
    },
    writeSync(text) {
      let rest = encoder.encode(text);
      while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
    },
    async write(text) {
      let rest = encoder.encode(text);
      while (rest.length > 0) rest = rest.subarray(await stream.write(rest));
    },
  };
}

function onSignal(listener: (signal: Signal) => void): () => void {
  const remove = SIGNALS.map((signal) => {
    const handler = () => listener(signal);
    Deno.addSignalListener(signal, handler);
    return () => Deno.removeSignalListener(signal, handler);
  });
  return () => remove.forEach((each) => each());
}

async function kernel(choice: KernelChoice): Promise<Kernel> {
  if (choice.kind === "running") {
    const { libcSyscalls } = await import("../ffi/libc.ts");
    return { syscalls: libcSyscalls(), abi: LINUX };
  }
  const { simulatedKernel } = await import("../lib/sim/mod.ts");
  return simulatedKernel(choice.spec, choice.domain);
}

function spawn(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Child {
  const process = new Deno.Command(command, { args: [...args], env, stdin: "inherit" }).spawn();
  return { ended: process.status, kill: (signal) => process.kill(signal) };
}
