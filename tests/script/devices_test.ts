import { assertEquals } from "@std/assert";
import { TestHost } from "../support/test_host.ts";
import { test } from "../support/test.ts";
import { failure, faults, lines, results, script } from "../support/scripts.ts";

test("device prints its name and ports; without INDEX it takes the next number", async () => {
  assertEquals(await lines("device vif 1; device vbd 1 --backend 2\ndevice vif 1\ndevice vtpm 2 --fault unwritten"), [
    "vif/0 9 10",
    "vbd/51712 11",
    "vif/1 12 13",
    "vtpm/0",
  ]);
});

test("device, store-write and store-rm print one record each", async () => {
  assertEquals(
    await results(`
device vif 2 3 --queues 2 --backend 1
device vkbd 1 --fault gone
store-write /local/domain/1/data/x "a b"
@1 store-write data/y ""
store-rm /local/domain/1/data
`),
    [
      { op: "device", domain: 2, device: "vif/3", backend_domain: 1, ports: [9, 10, 11, 12], line: 2 },
      { op: "device", domain: 1, device: "vkbd/0", backend_domain: 99, ports: [13], line: 3 },
      { op: "store-write", path: "/local/domain/1/data/x", line: 4 },
      { op: "store-write", path: "data/y", line: 5 },
      { op: "store-rm", path: "/local/domain/1/data", line: 6 },
    ],
  );
});

test("a device or node that cannot be made gives an error with the reason", async () => {
  assertEquals(
    await failure("device vif 77"),
    "1: device vif 77: Cannot make vif for domain 77 with its backend in domain 0: ESRCH",
  );
  assertEquals(await failure('store-write "/a b" 1'), '1: store-write "/a b" 1: Cannot write "/a b": EINVAL');
  assertEquals(await failure("store-rm /no/no"), '1: store-rm /no/no: Cannot remove "/no/no": ENOENT');
});

test("invalid words of device and store-write are found before the script runs", async () => {
  assertEquals(await faults("device vif\ndevice floppy 1\ndevice vif 1 --fault odd\ndevice vif 1 x\nstore-write /a"), [
    "1: device vif: DOM is missing",
    '2: device floppy 1: There is no kind of device "floppy"',
    '3: device vif 1 --fault odd: Cannot use "odd" as --fault: expected waiting, unwritten, closed, unbound, elsewhere, gone, shared, stuck-backend, stuck-guest, no-driver, hotplug, half, closing, storm, silent',
    '4: device vif 1 x: Cannot use "x" as INDEX: expected a number',
    "5: store-write /a: VALUE is missing",
  ]);
});

test("on a real device device and store-write are refused before the script runs", async () => {
  const host = new TestHost();
  host.files["-"] = "device vif 1\nstore-write /a 1\nstore-rm /a\n";
  const { status, stderr } = await host.run(["run", "-"]);
  assertEquals([status, stderr.split("\n").filter((line) => line.startsWith("evtchn"))], [2, [
    'evtchn: run: -:1: device vif 1: Cannot use "device" here: it is for a simulated host that lives on',
    'evtchn: run: -:2: store-write /a 1: Cannot use "store-write" here: it is for a simulated host that lives on',
    'evtchn: run: -:3: store-rm /a: Cannot use "store-rm" here: it is for a simulated host that lives on',
  ]]);
});

test("a device that exists is not made again, and the error names it", async () => {
  assertEquals(
    await failure("device vif 1 0; device vif 1 0"),
    "1: device vif 1 0: Cannot make vif/0 for domain 1 with its backend in domain 0: EEXIST",
  );
});

test("without a simulated xenstore device and store-write are refused, and the hint says so", async () => {
  for (const statement of ["device vif 1", "store-write /a 1", "store-rm /a"]) {
    const { status, stderr } = await new TestHost().run(["-d", "sim:illumos", "run", "-e", statement]);
    assertEquals([status, stderr.endsWith(": ENOTSUP\nhint: only sim:linux has a xenstore\n")], [1, true], stderr);
  }
});

test("a wrong number of queues is refused with the numbers that the kind may have", async () => {
  for (
    const [words, hint] of [
      ["vif 1 --queues 32", "a vif has 1 to 16 queues"],
      ["vbd 1 --queues 0", "a vbd has 1 to 16 queues"],
      ["9pfs 1 --queues 9", "a 9pfs has 1 to 8 rings"],
      ["vkbd 1 --queues 2", "a vkbd has one queue"],
    ]
  ) {
    const { status, stderr } = await script(`device ${words}`);
    assertEquals([status, stderr.split("\n")[1]], [1, `hint: ${hint}`]);
  }
});
