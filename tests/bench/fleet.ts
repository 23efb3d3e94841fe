/** Many simulated hosts, each with a server of its own, that a real Prometheus scrapes: none is missed. */

import { systemClock } from "../../lib/clock.ts";
import { serve } from "../../lib/host/http_server.ts";
import { lookAtMetrics } from "../../lib/inspect/metrics.ts";
import { CONTENT_TYPE, metricsText } from "../../lib/render/metrics.ts";
import { simulatedKernel } from "../../lib/sim/mod.ts";
import { KernelView } from "../../lib/view/kernel_view.ts";
import { programs } from "../fleet/programs.ts";

const [hosts = 500, seconds = 120, interval = 5] = Deno.args.map(Number);

const clock = systemClock();
const { signal } = new AbortController();
const looks: number[] = [];

async function host(): Promise<number> {
  const kernel = await simulatedKernel("linux", 0, clock);
  for (const domain of [4, 5, 6, 7]) kernel.world.destroyDomain(domain); // three guests are left
  for (const domain of [1, 2, 3]) {
    await kernel.world.createDevice({ kind: "vif", domain, backend: 0 });
    await kernel.world.createDevice({ kind: "vbd", domain, backend: 0 });
  }
  const view = new KernelView(kernel, clock);
  const { port } = await serve({
    address: "127.0.0.1",
    port: 0,
    path: "/metrics",
    contentType: CONTENT_TYPE,
    async text() {
      const began = performance.now();
      const text = metricsText(await lookAtMetrics(view, { clock, signal }));
      looks.push(performance.now() - began);
      return text;
    },
  });
  return port;
}

const folder = await Deno.makeTempDir();
try {
  const program = await programs(folder);
  const ports: number[] = [];
  for (let i = 0; i < hosts; i++) ports.push(await host());
  const targets = ports.map((port) => `"127.0.0.1:${port}"`).join(", ");
  await Deno.writeTextFile(
    `${folder}/prometheus.yml`,
    `global: { scrape_interval: ${interval}s, scrape_timeout: ${interval}s }
scrape_configs:
  - job_name: evtchn
    static_configs: [{ targets: [${targets}] }]
`,
  );
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const server = `127.0.0.1:${free.addr.port}`;
  free.close();
  const prometheus = new Deno.Command(program("prometheus"), {
    args: [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=${server}`,
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await new Promise((resolve) => setTimeout(resolve, (seconds + interval) * 1000));
    const query = async (text: string) => {
      const answer = await (await fetch(`http://${server}/api/v1/query?query=${encodeURIComponent(text)}`)).json();
      return Number(answer.data.result[0]?.value[1] ?? 0);
    };
    const scrapes = await query(`sum(count_over_time(up[${seconds}s]))`);
    const missed = await query(`sum(count_over_time(up[${seconds}s])) - sum(sum_over_time(up[${seconds}s]))`);
    const series = await query("sum(scrape_samples_scraped)");
    const slowest = await query(`max(max_over_time(scrape_duration_seconds[${seconds}s]))`);
    const memory = (path: string) => /^VmRSS:\s+(\d+) kB/m.exec(Deno.readTextFileSync(path))?.[1] ?? "?";
    const cpu = (path: string) => {
      const columns = Deno.readTextFileSync(path).split(") ")[1].split(" ");
      return (Number(columns[11]) + Number(columns[12])) / 100;
    };
    looks.sort((a, b) => a - b);
    const at = (rank: number) => looks[Math.ceil(rank * looks.length) - 1].toFixed(1);
    const lines = [
      `${hosts} hosts, every ${interval} s, ${seconds} s: ${scrapes} scrapes, ${missed} missed, slowest ${slowest} s`,
      `series: ${series}; a look: median ${at(0.5)} ms, p99 ${at(0.99)} ms`,
      `the hosts: ${memory("/proc/self/status")} kB, ${cpu("/proc/self/stat")} s of CPU`,
      `Prometheus: ${memory(`/proc/${prometheus.pid}/status`)} kB, ${cpu(`/proc/${prometheus.pid}/stat`)} s of CPU`,
    ];
    await Deno.stdout.write(new TextEncoder().encode(`${lines.join("\n")}\n`));
  } finally {
    prometheus.kill("SIGTERM");
    await prometheus.status;
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
Deno.exit(0); // the servers would go on
