/** What docs/fleet asks Prometheus for is what `metrics` prints. `deno task test:fleet` runs it on Prometheus itself. */
import { assert, assertEquals } from "@std/assert";
import { test } from "../support/test.ts";

const textOf = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));

const METRIC = /\bxen_[a-z_]+/g;

const metricsIn = (text: string) => [...new Set(text.match(METRIC) ?? [])].sort();

/** The families that are made. */
const made = async () => metricsIn((await textOf("lib/render/metrics.ts")).replace(/^const \w+ = \/.*$/gm, ""));

test("docs/metrics.md has every family, and no other", async () => {
  assertEquals(metricsIn(await textOf("docs/metrics.md")), await made());
});

test("alert rules and the dashboard ask for families that there are", async () => {
  const known = await made();
  for (const path of ["docs/fleet/alerts.yml", "docs/fleet/alerts_test.yml", "docs/fleet/dashboard.json"]) {
    const asked = metricsIn(await textOf(path));
    assert(asked.length > 5, path);
    assertEquals(asked.filter((name) => !known.includes(name)), [], path);
  }
});

test("every alert has a test, and an annotation that says what to do", async () => {
  const rules = (await textOf("docs/fleet/alerts.yml")).split(/^ +- alert: /m).slice(1);
  const tested = new Set(
    [...(await textOf("docs/fleet/alerts_test.yml")).matchAll(/alertname: (\w+)/g)].map(([, n]) => n),
  );
  const names = rules.map((rule) => rule.slice(0, rule.indexOf("\n")));
  assertEquals(names.filter((name) => !tested.has(name)), []);
  assertEquals([...tested].filter((name) => !names.includes(name)), []);
  for (const rule of rules) assert(/description: .*`(?:evtchn|systemctl) /.test(rule), rule);
});

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

test("the dashboard's panels have numbers and places of their own, and ask the Prometheus that is chosen", async () => {
  const { panels, templating }: { panels: Panel[]; templating: { list: { name: string }[] } } = JSON.parse(
    await textOf("docs/fleet/dashboard.json"),
  );
  assertEquals(templating.list.map(({ name }) => name), ["datasource", "instance"]);
  assertEquals(new Set(panels.map(({ id }) => id)).size, panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + i % w},${y + Math.floor(i / w)}`)
  );
  assertEquals(new Set(cells).size, cells.length);
  assert(panels.every(({ gridPos: { x, w } }) => x + w <= 24));
  for (const { title, targets } of panels) {
    for (const { expr, datasource } of targets) {
      assertEquals(datasource.uid, "${datasource}", title);
      assert(expr.includes('instance=~"$instance"'), `${title}: ${expr}`);
    }
  }
});
