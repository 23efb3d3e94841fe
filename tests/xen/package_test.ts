/**
 * The installed .deb on the real driver, in a dom0 without a network. `deno task test:xen --filter package` puts it there;
 * any other run goes without it.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { run } from "../support/process.ts";
import { DEVICE } from "./device.ts";

const EVTCHN = "/usr/bin/evtchn";
const TBUF = 4;

const installed = await Deno.stat(EVTCHN).then(() => true, () => false);

Deno.test({
  name: "package: the installed evtchn binds, lists and holds a session on the real device",
  ignore: !installed,
  async fn() {
    const evtchn = (...words: string[]) => run(words, { command: [EVTCHN] });
    assertMatch((await evtchn("--version")).stdout, /^\d+\.\d+\.\d+\n$/);
    const bound = await evtchn("bind-virq", String(TBUF), "--hold", "0s", "--device", DEVICE);
    assertMatch(bound.stdout, /^\d+\n$/, bound.stderr);
    const session = await run([], {
      command: [
        "sh",
        "-euc",
        `eval "$(${EVTCHN} session start)"
        port=$(${EVTCHN} bind-virq ${TBUF})
        ${EVTCHN} list self | awk -v port=$port '$1 == port { print $3, $4 }'
        test "$(${EVTCHN} complete ports | cut -f 1)" = "$port"
        eval "$(${EVTCHN} session stop)"`,
      ],
    });
    assertEquals([session.status, session.stdout, session.stderr], [0, "virq virq:tbuf\n", ""]);
  },
});
