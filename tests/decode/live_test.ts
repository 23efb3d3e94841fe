import { assertEquals, assertRejects } from "@std/assert";
import { liveDump, lookAtBits } from "../../lib/decode/live.ts";
import { DeviceError } from "../../lib/errors.ts";
import { FakeView } from "../support/fake_view.ts";
import { DUMP } from "../hostile/dump.ts";
import { test } from "../support/test.ts";

const ALIVE = { dying: false, shutdown: false, paused: false };

function printing(text: string, ...domains: number[]): FakeView {
  const view = new FakeView();
  view.dumps.push(text);
  view.xenDomains = domains.map((domain) => ({ domain, ...ALIVE }));
  return view;
}

test("the bits of a port are those of its domain's line", async () => {
  const bits = await lookAtBits(printing(DUMP));
  assertEquals(bits.whole, true);
  assertEquals([bits.of(0, 26)?.masked, bits.of(1, 1)?.masked, bits.of(1, 26), bits.of(2, 1)], [
    true,
    false,
    undefined,
    undefined,
  ]);
});

test("ports above the first heading belong to the domain before it, as Xen dumps them in order", async () => {
  const cut = DUMP.slice(DUMP.indexOf("(XEN)       26"));
  const bits = await lookAtBits(printing(cut, 0, 1, 2));
  assertEquals([bits.whole, bits.of(0, 26)?.masked, bits.of(0, 24)], [false, true, undefined]);
  const alone = await lookAtBits(printing("(XEN)    7 [1/0/  -   ]: s=6 n=0 x=0\n", 0, 1, 2));
  assertEquals([alone.of(2, 7)?.pending, alone.of(1, 7)], [true, undefined]);
});

test("a Xen that prints nothing for the key is an error", async () => {
  const error = await assertRejects(() => liveDump(printing("(XEN) something else\n")), DeviceError);
  assertEquals([error.errno, error.hint], ["ENODATA", "this Xen prints nothing for its debug key e"]);
});
