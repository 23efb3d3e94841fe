/** How long a jiffy is, from what a kernel tells; and that nothing is said where it does not. */
import { assertEquals } from "@std/assert";
import { kernelHz } from "../../lib/inspect/kernel_hz.ts";
import { FakeView } from "../support/fake_view.ts";
import { test } from "../support/test.ts";

/** What a kernel says that was built with `hz` and runs for so many seconds, of which it counted `late` fewer. */
function kernel(hz: number, seconds: number, { late = 0, bits = 64 } = {}) {
  const jiffies = 2n ** 32n - BigInt(300 * hz) + BigInt(Math.floor((seconds - late) * hz));
  const view = new FakeView();
  const count = bits === 32 ? jiffies % 2n ** 32n : jiffies;
  view.texts.set("/proc/schedstat", `version 15\ntimestamp ${count}\ncpu0 0 0 0 0 0 0 0 0 0\n`);
  view.texts.set("/proc/uptime", `${seconds.toFixed(2)} 1.00\n`);
  return view;
}

test("a real kernel of Debian, under an emulator: 250 a second", async () => {
  const view = new FakeView();
  view.texts.set(
    "/proc/schedstat",
    "version 15\ntimestamp 4294933406\ncpu0 0 0 0 0 0 0 77335311843 26273772216 6908\n",
  );
  view.texts.set("/proc/uptime", "168.11 169.66\n");
  assertEquals(await kernelHz(view.files()), 250);
  view.texts.clear();
  view.texts.set("/proc/timer_list", "Timer List Version: v0.9\nnow at 166919273348 nsecs\n\njiffies: 4294933517\n");
  assertEquals(await kernelHz(view.files()), 250);
});

test("every value that kernels are built with is told, from the first seconds to years", async () => {
  for (const hz of [100, 250, 300, 1000]) {
    for (const seconds of [1, 60, 600, 86_400, 10 * 365 * 86_400]) {
      assertEquals(await kernelHz(kernel(hz, seconds, { late: Math.min(seconds, 3) }).files()), hz, `${hz} ${seconds}`);
    }
  }
  assertEquals(await kernelHz(kernel(250, 86_400 * 400, { bits: 32 }).files()), 250);
});

test("a count of a million digits, which no kernel has, is not read", async () => {
  const view = kernel(250, 86_400);
  view.texts.set("/proc/schedstat", `version 15\ntimestamp ${"9".repeat(1_000_000)}\n`);
  assertEquals(await kernelHz(view.files()), undefined);
});

test("around the fifth minute, when jiffies come round, every value fits, and none is told", async () => {
  for (const seconds of [295, 300, 305]) {
    assertEquals(await kernelHz(kernel(250, seconds).files()), undefined, `${seconds} s`);
  }
});

test("no value is guessed: of a kernel that slept, of another build, of files that say nothing", async () => {
  assertEquals(await kernelHz(kernel(250, 86_400, { late: 3600 }).files()), undefined);
  assertEquals(await kernelHz(kernel(64, 86_400).files()), undefined);
  const silent = new FakeView();
  assertEquals(await kernelHz(silent.files()), undefined);
  silent.texts.set("/proc/schedstat", "version 15\n");
  silent.texts.set("/proc/uptime", "what\n");
  silent.texts.set("/proc/timer_list", "now at x nsecs\njiffies: 7\n");
  assertEquals(await kernelHz(silent.files()), undefined);
});
