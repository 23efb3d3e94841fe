/** docs/fleet on real Prometheus and node_exporter: a simulated host breaks and is cured. `deno task test:fleet` */
import { assertEquals } from "@std/assert";
import { withShells } from "../support/session_shell.ts";
import { inFolder } from "../support/folder.ts";
import { programs } from "./programs.ts";

const FLEET = new URL("../../docs/fleet/", import.meta.url).pathname;

type Program = Awaited<ReturnType<typeof programs>>;

async function output(program: string, args: readonly string[], input = "", cwd = FLEET): Promise<string> {
  const child = new Deno.Command(program, { args: [...args], cwd, stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  assertEquals(code, 0, text.decode(stdout) + text.decode(stderr));
  return text.decode(stdout) + text.decode(stderr);
}

/** Gives `work` a folder and the programs in it. */
const withPrograms = (work: (program: Program, folder: string) => Promise<void>) =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/programs`);
    await work(await programs(`${folder}/programs`), folder);
  });

Deno.test("promtool accepts the rules, and each fires when it should", async () => {
  await withPrograms(async (program) => {
    await output(program("promtool"), ["check", "rules", "alerts.yml"]);
    await output(program("promtool"), ["test", "rules", "alerts_test.yml"]);
  });
});

Deno.test("promtool has nothing to say of the text, whatever a guest is called", async () => {
  await withPrograms(async (program) => {
    await withShells(async (shells) => {
      const script = `eval "$(evtchn session start --simulator)" && evtchn create 8 --name "$NAME" &&
        evtchn device vif 8 --fault waiting >/dev/null && evtchn device vbd 2 --fault unbound >/dev/null &&
        evtchn metrics --ping --bits`;
      const { stdout, stderr } = await shells.run(script, { NAME: String.raw`we"b\x{} #` });
      assertEquals([stderr, /source_up/.test(stdout)], ["", true]);
      assertEquals(await output(program("promtool"), ["check", "metrics"], stdout), "");
    });
  });
});

/** A port of loopback that nobody has. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Runs a program while `work` runs. */
async function during(program: string, args: readonly string[], work: () => Promise<void>): Promise<void> {
  const child = new Deno.Command(program, { args: [...args], stdout: "null", stderr: "null" }).spawn();
  try {
    await work();
  } finally {
    child.kill("SIGTERM");
    await child.status;
  }
}

/** How often somebody looks whether it is so by now, milliseconds, and how long at the most. */
const AGAIN = 250;
const PATIENCE = 60_000;

/** Asks until the answer is as it should be. Prometheus tells nobody when it has evaluated. */
async function until<T>(what: string, ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<number> {
  const began = performance.now();
  let last: T | undefined;
  while (performance.now() - began < PATIENCE) {
    last = await ask().catch(() => undefined);
    if (last !== undefined && wanted(last)) return performance.now() - began;
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
  }
  throw new Error(`${what}: not within ${PATIENCE} ms; the last answer: ${JSON.stringify(last)}`);
}

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: string;
}

Deno.test("a wiring that breaks fires its alert through node_exporter and Prometheus, and a cure ends it", async () => {
  await withPrograms(async (program, folder) => {
    const [collector, server] = [freePort(), freePort()];
    await Deno.mkdir(`${folder}/textfiles`);
    // The rules as they are, but for how long something has to last.
    const rules = (await Deno.readTextFile(`${FLEET}alerts.yml`)).replace(/^( +for:) .*$/gm, "$1 2s");
    await Deno.writeTextFile(`${folder}/alerts.yml`, rules);
    await Deno.writeTextFile(
      `${folder}/prometheus.yml`,
      `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [alerts.yml]
scrape_configs:
  - job_name: node
    static_configs: [{ targets: ["127.0.0.1:${collector}"] }]
`,
    );
    const exporting = [
      "--collector.disable-defaults",
      "--collector.textfile",
      `--collector.textfile.directory=${folder}/textfiles`,
      `--web.listen-address=127.0.0.1:${collector}`,
    ];
    const watching = [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${server}`,
    ];
    const firing = async () => {
      const { data }: { data: { alerts: Alert[] } } = await (await fetch(`http://127.0.0.1:${server}/api/v1/alerts`))
        .json();
      return data.alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels);
    };
    const up = async () => {
      const query = encodeURIComponent("xen_evtchn_source_up == 1");
      const answer = await (await fetch(`http://127.0.0.1:${server}/api/v1/query?query=${query}`)).json();
      return answer.data.result.length as number;
    };
    await withShells(async (shells) => {
      const session = `EVTCHN_SESSION=$(echo "$XDG_RUNTIME_DIR"/evtchn/*); export EVTCHN_SESSION`;
      const sh = async (script: string) => {
        const { status, stderr } = await shells.run(`${session}; ${script}`);
        assertEquals([status, stderr], [0, ""], script);
      };
      const look = () => sh(`evtchn metrics --output '${folder}/textfiles/evtchn.prom'`);
      assertEquals((await shells.run("evtchn session start --simulator > /dev/null")).status, 0);
      await sh("evtchn create 8 --name web && evtchn device vif web > /dev/null");
      await look();
      await during(
        program("prometheus-node-exporter"),
        exporting,
        () =>
          during(program("prometheus"), watching, async () => {
            await until("the sources", up, (count) => count === 5);
            assertEquals(await firing(), []);

            await sh("evtchn device vbd web --fault unbound > /dev/null");
            await look();
            await until("the alert", firing, (alerts) => alerts.length > 0);
            const [{ alertname, domain, device, verdict }, ...others] = await firing();
            assertEquals([alertname, domain, device, verdict], ["XenWiringBroken", "web", "vbd/51712", "unbound"]);
            assertEquals(others, []);

            await sh(
              "evtchn store-rm /local/domain/8/device/vbd/51712 && " +
                "evtchn store-rm /local/domain/0/backend/vbd/8/51712 && evtchn device vbd web > /dev/null",
            );
            await look();
            await until("the end of the alert", firing, (alerts) => alerts.length === 0);
          }),
      );
    });
  });
});
