import { assertEquals } from "@std/assert";
import { VERBS } from "../../commands/mod.ts";
import { complete } from "../../lib/script/complete.ts";
import { test } from "../support/test.ts";

const KNOWN = {
  table: VERBS,
  words: ["help"],
  ports: ["27"],
  channels: ["5:12"],
  names: ["p"],
  domains: () => Promise.resolve(["0", "5", "Domain-0", "web"]),
};

for (
  const [line, candidates] of [
    ["watch --time ", ["delta", "elapsed", "local", "none", "unix", "utc"]],
    ["watch -t u", ["unix", "utc"]],
    ["watch --timeout ", []],
    ["watch --num-events 3 2", ["27"]],
    ["watch --quiet 5", ["5:12"]],
    ["@1 q = unbind ", ["$p", "27"]],
    ["help notif", ["notify"]],
    ["bind-virq tb", ["tbuf"]],
    ["device v", ["vbd", "vdispl", "vfb", "vif", "vkbd", "vscsi", "vsnd", "vtpm", "vusb"]],
    ["device vif sel", ["self"]],
    ["list 5 ", ["0", "5", "Domain-0", "self", "web"]],
    ["wiring w", ["web"]],
    ["print ", []],
    ["there-is-none x", []],
  ] as const
) {
  test(`Tab after "${line}"`, async () => assertEquals((await complete(line, KNOWN))[0], [...candidates]));
}
