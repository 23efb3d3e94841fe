/**
 * A disk that nobody's hotplug script attends to, between two real drivers: who owes the next step.
 *
 * Its folders are written by hand, as the toolstack does it. The guest is destroyed at the end, with its disk.
 */
import { assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { statesText } from "../../lib/render/wiring.ts";
import { KernelView } from "../../lib/view/kernel_view.ts";
import { type Change, followWiring } from "../../lib/wiring/follow.ts";
import type { StepChange } from "../../lib/wiring/steps.ts";
import { handshakeOf } from "../../lib/wiring/types.ts";
import { KERNEL } from "./device.ts";
import { dom0, Guest } from "./guest.ts";
import { shellOnDevice } from "./lsevtchn.ts";

/** The disk: xvdb. */
const DISK = 51728;

/** The folders of its two ends. */
const foldersOf = ({ domid }: Guest) => ({
  frontend: `/local/domain/${domid}/device/vbd/${DISK}`,
  backend: `/local/domain/0/backend/vbd/${domid}/${DISK}`,
});

const write = (folder: string, nodes: Readonly<Record<string, string>>) =>
  dom0("xenstore-write", ...Object.entries(nodes).flatMap(([key, value]) => [`${folder}/${key}`, value]));

/** Gives the guest the disk. The states come last: the drivers take notice of them. */
async function plug(guest: Guest): Promise<void> {
  const { frontend, backend } = foldersOf(guest);
  await write(backend, {
    frontend,
    "frontend-id": `${guest.domid}`,
    online: "1",
    mode: "r",
    type: "phy",
    dev: "xvdb",
    "device-type": "disk",
  });
  await write(frontend, { backend, "backend-id": "0", "virtual-device": `${DISK}`, "device-type": "disk" });
  await dom0("xenstore-chmod", "-r", frontend, `n${guest.domid}`, "r0");
  await dom0("xenstore-chmod", "-r", backend, "n0", `r${guest.domid}`);
  await write(backend, { state: "1" });
  await write(frontend, { state: "1" });
}

/** What `wiring` says of the disk, and its record's members of the handshake. */
async function look({ domid }: Guest) {
  await using shell = await shellOnDevice();
  const start = performance.now();
  const { output: text } = await shell.run(`evtchn wiring -q ${domid}`);
  const { output } = await shell.run(`evtchn wiring -q ${domid} --json`);
  tell(`handshake: two looks in ${(performance.now() - start).toFixed()} ms`);
  const records = output.trimEnd().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  const { frontend_state, backend_state, owes, step, hotplug_status, hotplug_error } =
    records.find(({ device }) => device === `vbd/${DISK}`) ?? {};
  return { text, states: `${frontend_state}/${backend_state}`, owes, step, hotplug_status, hotplug_error };
}

/** Puts a line among the results. What a test prints on Deno's own streams the reporter keeps to itself. */
function tell(line: string): void {
  Deno.writeTextFileSync("/proc/self/fd/2", line + "\n", { append: true });
}

/** The disk's steps while the guest's wiring is followed, as `wiring --watch` does it. */
class Steps implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #view = new KernelView(KERNEL, systemClock());
  readonly #began = Promise.withResolvers<void>();
  readonly #followed: Promise<void>;
  #arrived = Promise.withResolvers<void>();
  readonly #steps: StepChange[] = [];

  private constructor(domid: number) {
    const changed = (changes: readonly Change[]) => {
      for (const change of changes) {
        if (change.kind !== "step" || change.channel.claim.device !== `vbd/${DISK}`) continue;
        tell(`handshake: ${statesText(change.channel)} after ${change.milliseconds?.toFixed() ?? "no"} ms`);
        this.#steps.push(change);
        this.#arrived.resolve();
      }
    };
    const sink = { begin: () => this.#began.resolve(), changed };
    this.#followed = followWiring(this.#view, { domains: [domid] }, sink, systemClock(), this.#abort.signal);
  }

  static async follow(domid: number): Promise<Steps> {
    const steps = new Steps(domid);
    await steps.#began.promise;
    return steps;
  }

  /** Waits until the ends are in these states, and returns who owes what then. A disk that closes is an error. */
  async until(states: string): Promise<string> {
    for (;;) {
      const step = this.#steps.shift();
      if (step === undefined) {
        this.#arrived = Promise.withResolvers();
        await Promise.race([this.#arrived.promise, this.#followed.then(() => this.#lost())]);
        continue;
      }
      const now = statesText(step.channel);
      if (now.includes("Clos")) throw new Error(`the disk is ${now}`);
      if (now === states) {
        const handshake = handshakeOf(step.channel);
        return handshake === undefined ? "nobody" : `${handshake.owes} ${handshake.step}`;
      }
    }
  }

  #lost(): never {
    throw new Error("the wiring is followed no more");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#followed;
    await this.#view.close();
  }
}

Deno.test({
  name: "handshake: a disk that waits for its script is told with who owes which step, and followed to that step",
  sanitizeOps: true,
  sanitizeResources: true,
  async fn() {
    await using guest = await Guest.attach();
    await using steps = await Steps.follow(guest.domid);
    const { backend } = foldersOf(guest);
    try {
      await plug(guest);
      // blkfront has written its channel; blkback waits for the block device, which the script names
      assertEquals(await steps.until("Initialised/InitWait"), "backend Connected");
      const waiting = await look(guest);
      assertEquals([waiting.states, waiting.owes, waiting.step], ["Initialised/InitWait", "backend", "Connected"]);
      assertEquals(waiting.text.includes("the backend owes the step to Connected\n"), true, waiting.text);

      await write(backend, { "hotplug-error": "no such device", "hotplug-status": "error" });
      const failed = await look(guest);
      assertEquals([failed.hotplug_status, failed.hotplug_error], ["error", "no such device"]);
      const line = 'the backend owes the step to Connected; hotplug-error "no such device"\n';
      assertEquals(failed.text.includes(line), true, failed.text);
    } finally {
      await guest.destroy();
      await dom0("xenstore-rm", backend).catch(() => {});
    }
  },
});
