/**
 * A disk that nobody's hotplug script attends to, between two real drivers: who owes the next step, until it is connected.
 *
 * Its folders are written by hand, as the toolstack does it. The guest is destroyed at the end, with its disk.
 */
import { assertEquals } from "@std/assert";
import type { WiringEvent } from "../../lib/records.ts";
import { start } from "../support/process.ts";
import { DEVICE } from "./device.ts";
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
  const { output: text } = await shell.run(`evtchn wiring -q ${domid}`);
  const { output } = await shell.run(`evtchn wiring -q ${domid} --json`);
  const records = output.trimEnd().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  const { frontend_state, backend_state, owes, step, hotplug_status, hotplug_error } =
    records.find(({ device }) => device === `vbd/${DISK}`) ?? {};
  return { text, states: `${frontend_state}/${backend_state}`, owes, step, hotplug_status, hotplug_error };
}

Deno.test({
  name:
    "handshake: a disk that waits for its script is told with who owes which step, and watched until it is connected",
  sanitizeOps: true,
  sanitizeResources: true,
  async fn() {
    await using guest = await Guest.attach();
    const { backend } = foldersOf(guest);
    const watch = start(["--device", DEVICE, "wiring", "--watch", "--json", `${guest.domid}`]);
    try {
      await watch.stdout.until(/"device":"vbd\/51712".*\n/); // the disk that the guest has: the watch has begun
      await plug(guest);
      // blkfront has written its channel; blkback waits for the block device, which the script names
      await watch.stdout.until(
        /"frontend_state":"Initialised","backend_state":"InitWait".*"owes":"backend","step":"Connected".*\n/,
      );
      const waiting = await look(guest);
      assertEquals([waiting.states, waiting.owes, waiting.step], ["Initialised/InitWait", "backend", "Connected"]);
      assertEquals(waiting.text.includes("the backend owes the step to Connected\n"), true, waiting.text);

      await write(backend, { "hotplug-error": "no such device", "hotplug-status": "error" });
      const failed = await look(guest);
      assertEquals([failed.hotplug_status, failed.hotplug_error], ["error", "no such device"]);
      const line = 'the backend owes the step to Connected; hotplug-error "no such device"\n';
      assertEquals(failed.text.includes(line), true, failed.text);

      await dom0("xenstore-rm", `${backend}/hotplug-error`);
      await write(backend, { "physical-device": "1:1", "hotplug-status": "connected" }); // /dev/ram1
      const told = await watch.stdout.until(
        /"frontend_state":"Connected","backend_state":"Connected","duration_us".*\n/,
      );
      const steps = told.split("\n").filter((line) => line.includes(`vbd/${DISK}`) && line.includes("duration_us"))
        .map((line) => JSON.parse(line) as WiringEvent & { duration_us: number; owes?: string });
      assertEquals([steps.at(-1)?.owes, steps.every(({ duration_us }) => duration_us > 0)], [undefined, true]);
      assertEquals((await look(guest)).text, "");
    } finally {
      watch.process.kill("SIGINT");
      await watch.end();
      await guest.destroy();
      await dom0("xenstore-rm", `/local/domain/0/backend/vbd/${guest.domid}/${DISK}`).catch(() => {});
    }
  },
});
