/**
 * `stats` on a real Xen host: what the kernel's own files say, number by number, from both ends of a guest's devices; and
 * a storm from the guest, which the kernel makes wait.
 *
 * The guest starts in the first of these tests that runs; the last one destroys it.
 */
import { assert, assertEquals } from "@std/assert";
import type { DeviceStatsRecord } from "../../lib/records.ts";
import { run } from "../support/process.ts";
import { dom0, guestTests } from "./guest.ts";

const test = guestTests("stats");

/** Somebody without rights. */
const NOBODY = 65534;

/** Puts a line among the results. What a test prints on Deno's own streams the reporter keeps to itself. */
function tell(line: string): void {
  Deno.writeTextFileSync("/proc/self/fd/2", line + "\n", { append: true });
}

const parsed = <T>(lines: string): T[] => lines.split("\n").slice(0, -1).map((line) => JSON.parse(line));

/** What the kernel says of a device, read by a shell. */
async function sysfs(device: string): Promise<
  Pick<
    DeviceStatsRecord,
    "event_channels" | "events" | "spurious_events" | "eoi_delayed_jiffies"
  >
> {
  const names = ["event_channels", "events", "spurious_events", "jiffies_eoi_delayed"];
  const folder = `/sys/bus/xen-backend/devices/${device}/xenbus`;
  const text = await dom0("cat", ...names.map((name) => `${folder}/${name}`));
  const [event_channels, events, spurious_events, eoi_delayed_jiffies] = text.split("\n").map(Number);
  return { event_channels, events, spurious_events, eoi_delayed_jiffies };
}

/** The lines of /proc/interrupts whose names begin so: name, and a count a processor. */
async function interrupts(prefix: string): Promise<[string, ...number[]][]> {
  const lines = (await dom0("cat", "/proc/interrupts")).split("\n").map((line) => line.trim().split(/\s+/));
  const counts = lines[0].length;
  return lines.filter((words) => words.at(-1)!.startsWith(prefix))
    .map((words) => [words.at(-1)!, ...words.slice(1, 1 + counts).map(Number)]);
}

async function stats(...words: string[]): Promise<DeviceStatsRecord[]> {
  const { status, stdout, stderr } = await run(["stats", "--json", ...words]);
  assertEquals([status, stderr], [0, ""]);
  return parsed<DeviceStatsRecord>(stdout).filter(({ device }) => device !== undefined);
}

test("dom0's backends have the numbers of sysfs and /proc/interrupts", async ({ domid }) => {
  await dom0(
    "sh",
    "-c",
    `until [ "$(xenstore-read /local/domain/0/backend/vif/${domid}/0/state)" = 4 ]; do sleep 1; done`,
  );
  const found = await stats(String(domid));
  assertEquals(
    found.map(({ device, device_domain, end, remote_domain, remote_name }) => [
      device,
      device_domain,
      end,
      remote_domain,
      remote_name,
    ]),
    [["vbd/51712", domid, "backend", domid, "guest"], ["vif/0", domid, "backend", domid, "guest"]],
  );
  const [vbd, vif] = found;
  for (const [record, name] of [[vbd, `vbd-${domid}-51712`], [vif, `vif-${domid}-0`]] as const) {
    const { event_channels, events, spurious_events, eoi_delayed_jiffies } = record;
    assertEquals({ event_channels, events, spurious_events, eoi_delayed_jiffies }, await sysfs(name), name);
  }
  const queues = ({ queues }: DeviceStatsRecord) =>
    queues.map(({ interrupt, cpus }) => [interrupt, ...cpus.map(({ cpu, interrupts }) => `${cpu}:${interrupts}`)]);
  const theirs = (lines: [string, ...number[]][]) =>
    lines.map(([name, ...counts]) => [name, ...counts.flatMap((count, cpu) => count > 0 ? [`${cpu}:${count}`] : [])]);
  assertEquals(queues(vif), theirs(await interrupts(`vif${domid}.0-`)));
  assertEquals(queues(vbd), theirs(await interrupts("blkif-backend")));
  assertEquals([queues(vif).length, queues(vbd).length], [4, 2]);
});

test("an ordinary user sees the counters too, without the names that xenstore has", async ({ domid }) => {
  const { status, stdout, stderr } = await run(["stats", "--json", String(domid)], { uid: NOBODY });
  assertEquals([status, stderr], [0, ""]);
  const [vbd, vif] = parsed<DeviceStatsRecord>(stdout);
  assertEquals([vbd.device, vbd.remote_domain, vbd.remote_name], ["vbd/51712", domid, undefined]);
  assertEquals([vif.events, vif.event_channels], [(await sysfs(`vif-${domid}-0`)).events, 4]);
});

test("in the guest the kernel counts nothing of its frontends but their interrupts", async (guest) => {
  const { status, stdout, stderr } = await guest.run("evtchn stats --json");
  assertEquals([status, stderr], [0, ""]);
  const found = parsed<DeviceStatsRecord>(stdout).filter(({ device }) => device !== undefined);
  assertEquals(
    found.map(({ device, end, remote_domain, event_channels, uncounted }) => [
      device,
      end,
      remote_domain,
      event_channels,
      uncounted,
    ]),
    [["vbd/51712", "frontend", 0, 0, true], ["vif/0", "frontend", 0, 0, true]],
  );
  const names = found.map(({ queues }) => queues.map(({ interrupt }) => interrupt));
  assertEquals(names, [["blkif", "blkif"], ["vif0-q0-tx", "vif0-q0-rx", "vif0-q1-tx", "vif0-q1-rx"]]);
});

test("a storm from the guest is spurious, is made to wait, and top --host marks it", async (guest) => {
  const { domid } = guest;
  await dom0("ip", "link", "set", `vif${domid}.0`, "up"); // until then netback takes no interrupt
  const before = await sysfs(`vif-${domid}-0`);
  assertEquals(
    (await guest.run(
      "umount /proc/xen; rmmod xenfs; rmmod xen-privcmd; cd /lib/modules && " +
        "insmod xen-privcmd.ko unrestricted=1 && insmod xenfs.ko && mount -t xenfs xenfs /proc/xen",
    )).status,
    0,
  );
  const port = await dom0("xenstore-read", `/local/domain/${domid}/device/vif/0/queue-0/event-channel-tx`);
  const storm = await guest.start(
    `exec deno run -A --cached-only --no-check /evtchn/tests/xen/guest/storm.ts ${port}`,
  );
  await storm.stdout.until(/sending/);
  const top = await run(["top", "--host", "--refreshes", "3", "--interval", "1s", "--json"]);
  assertEquals([top.status, top.stderr], [0, ""]);
  const looks = parsed<DeviceStatsRecord>(top.stdout);
  const marked = looks.find(({ storm }) => storm);
  assertEquals([marked?.device, marked?.device_domain], ["vif/0", domid], top.stdout);
  const { events, spurious_events, eoi_delayed_jiffies } = await sysfs(`vif-${domid}-0`);
  assert(spurious_events! > before.spurious_events! && eoi_delayed_jiffies! > before.eoi_delayed_jiffies!);
  tell(
    `storm: ${events} events, ${spurious_events} spurious, ${eoi_delayed_jiffies} jiffies delayed; ` +
      `${marked!.rate_per_s} events/s, ${marked!.eoi_delayed_ms_per_s} ms/s delayed`,
  );
  // Debian builds its kernels with 250 jiffies a second; around the fifth minute nobody can tell.
  const uptime = Number((await dom0("cat", "/proc/uptime")).split(" ")[0]);
  const [, vif] = await stats(String(domid));
  if (uptime < 230 || uptime > 370) assertEquals(vif.eoi_delayed_ms, vif.eoi_delayed_jiffies! * 4);
  else assert([undefined, vif.eoi_delayed_jiffies! * 4].includes(vif.eoi_delayed_ms));
  await guest.destroy(); // and with it the storm: its console may be lost by now on a slow machine
});
