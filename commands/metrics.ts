import { type Act, flag, type Option, type Outcome, period, value, verb, words } from "../lib/cli/verb.ts";
import { saySkipped } from "../lib/cli/lost.ts";
import { TIMEOUT } from "../lib/cli/store_timeout.ts";
import { DeviceError, errnoOf, UsageError } from "../lib/errors.ts";
import { type HostMetrics, lookAtMetrics } from "../lib/inspect/metrics.ts";
import { parseU32 } from "../lib/parse.ts";
import { CONTENT_TYPE, lookedAt, metricsText, RememberedWaits } from "../lib/render/metrics.ts";
import { STORE_TIMEOUT } from "../lib/view/host_view.ts";

/** Milliseconds between two looks at the bits of ports at which an event waits, as `wiring` has it. */
const SETTLE = 200;

/** Milliseconds for which a look is answered again. */
const MIN_INTERVAL = 5000;

const PATH = "/metrics";

const ALONE = { notInScript: "a script's own host ends with it; print the text" };

/** `metrics` */
export default verb({
  help: `Prints what this host is like in the text format of Prometheus: ports used and left, wiring and its faults, \
events and delays of devices, who has the device open, which sources answered. A source that does not answer is \
xen_evtchn_source_up 0, and the rest is there all the same.

--output replaces FILE at once, for the textfile collector of node_exporter. Deno lets evtchn write below /run and /tmp \
alone: write there, and link it into the collector's folder. --listen answers ${PATH} over HTTP, for Prometheus itself, \
at 127.0.0.1 if only a port is given, until a signal. However many ask, there is one look at a time, and it is \
answered again until --min-interval is over.

A domain's label is its name, else its number; of two domains of one name each has its number too. What guests write \
is cut and escaped. Of a family there are at most 200 series of a domain and 10,000 in all: xen_evtchn_series_dropped \
says how many are left out.

With --bits it presses Xen's debug key e, as \`wiring\` does, and counts the ports that are stuck. Each time Xen's \
console ring loses as much of what \`xl dmesg\` shows, and with a serial console Xen stands still while it prints.`,
  examples: ["metrics", "metrics --output /run/evtchn.prom", "metrics --listen 9758"],
  options: {
    output: { ...words("FILE", "Replace this file, below /run or /tmp", "o"), ...ALONE },
    listen: {
      ...value(parseAddress, "[ADDRESS:]PORT", "Answer Prometheus at this address"),
      ...ALONE,
      notRecorded: "a snapshot does not change",
    },
    minInterval: period("With --listen: how long one look is answered again [5s]"),
    ping: { ...flag("Also measure round trips through Xen"), notRecorded: "a snapshot has no handle" },
    bits: {
      ...flag("Also look at pending and mask bits, and count ports that are stuck"),
      notRecorded: "a snapshot is one look, in which no port is stuck",
    },
    timeout: TIMEOUT,
  } satisfies Record<string, Option<unknown>>,
  looks: true,
  whole: true,
  check({ output, listen, minInterval }, _, json) {
    if (json) throw noRecords();
    if (output !== undefined && listen !== undefined) {
      throw new UsageError("Cannot use --output and --listen together: Prometheus would have each series twice");
    }
    if (minInterval !== undefined && listen === undefined) {
      throw new UsageError("Cannot use --min-interval without --listen");
    }
  },
  records: [],
  async run(act, { output, listen, minInterval = MIN_INTERVAL, ping = false, bits = false, timeout }) {
    if (act.json) throw noRecords();
    const looked = { ping, bits, timeout };
    if (listen !== undefined) return await answer(act, listen, minInterval, looked);
    if (output !== undefined) return await replace(act, output, looked);
    await act.write(metricsText(await look(act, looked)));
  },
});

function noRecords(): UsageError {
  return new UsageError(
    "Cannot use --json with metrics: Prometheus reads its text alone",
    "`list`, `wiring`, `stats` and `holders` have the same as records",
  );
}

interface Asked {
  readonly ping: boolean;
  readonly bits: boolean;
  readonly timeout: number | undefined;
}

async function look(act: Act, { ping, bits, timeout = STORE_TIMEOUT }: Asked): Promise<HostMetrics> {
  const { clock, signal } = act;
  const view = await act.view();
  await view.setStoreTimeout(timeout); // opens xenstore anew, if its connection has ended
  return await lookAtMetrics(view, {
    clock,
    signal,
    ...bits && { settle: SETTLE },
    ...ping && { ping: () => roundTrips(act) },
  });
}

/** As `ping` without a channel does it. */
const ROUNDS = { count: 100, interval: 0, timeout: 1000, warmup: 1, patient: false };

const QUANTILES = [0.5, 0.9, 0.99];

async function roundTrips(act: Act): Promise<Map<number, number>> {
  const [{ loopback }, { openListener }, { ping }] = await Promise.all([
    import("../lib/ping/target.ts"),
    import("../lib/ping/listener.ts"),
    import("../lib/ping/ping.ts"),
  ]);
  const { clock, patientClock, signal } = act;
  const device = await act.handle();
  const { hops, undo } = await loopback(device);
  try {
    const say = saySkipped(act);
    const ports = hops.map(({ hear }) => hear);
    const listener = await openListener(device, ports, patientClock, (skipped) => void say(skipped));
    try {
      const silent = { answered: () => {}, overdue: () => {}, late: () => {} };
      const { answered, times } = await ping({ device, listener, hops, clock, signal }, ROUNDS, silent);
      if (answered === 0) throw new DeviceError("metrics", "ETIMEDOUT", "self", "Cannot ping self");
      const found = times.quantiles(...QUANTILES);
      return new Map(QUANTILES.map((quantile, i) => [quantile, found[i] / 1e6]));
    } finally {
      await listener.close();
    }
  } finally {
    await undo();
  }
}

/** Seconds since 1970. */
const secondsNow = ({ clock }: Act) => clock.now() / 1e6;

async function replace(act: Act, path: string, asked: Asked): Promise<void> {
  const earlier = await act.host.readText(path, true).catch(() => ""); // there is none, or it is of no use
  const metrics = await look(act, asked);
  if (act.signal.aborted) return;
  const now = secondsNow(act);
  const text = metricsText(metrics, RememberedWaits.from(earlier, now).at(now));
  try {
    await act.host.replaceFile(path, text + lookedAt(now));
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, error: unknown): unknown {
  if (error instanceof Deno.errors.NotCapable) {
    return new DeviceError(
      "metrics",
      "EACCES",
      path,
      `Cannot write "${path}"`,
      "Deno lets evtchn write below /run and /tmp alone: write there, and link the file to where it is wanted",
    );
  }
  const errno = error instanceof Deno.errors.NotFound ? "ENOENT" : errnoOf(error);
  return errno === undefined ? error : new DeviceError("metrics", errno, path, `Cannot write "${path}"`);
}

interface Address {
  readonly address: string;
  readonly port: number;
}

/** The last port of TCP. */
const LAST_PORT = 65_535;

function parseAddress(text: string): Address {
  const [, six, four, digits = text] = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(\d+)$/.exec(text) ?? [];
  const port = parseU32(digits);
  const address = six ?? (four || "127.0.0.1");
  if (port !== undefined && port <= LAST_PORT && /^\d/.test(digits) && address !== "") return { address, port };
  throw new UsageError(`Cannot listen at "${text}": expected ADDRESS:PORT or PORT, as 127.0.0.1:9758`);
}

async function answer(
  act: Act,
  { address, port }: Address,
  minInterval: number,
  asked: Asked,
): Promise<Outcome | void> {
  const { clock, signal } = act;
  const waits = new RememberedWaits();
  const fresh = async () => {
    const metrics = await look(act, asked);
    const text = metricsText(metrics, waits.at(secondsNow(act)));
    waits.looked();
    return text;
  };
  let last: { readonly text: Promise<string>; readonly until: number } | undefined;
  let looking: Promise<string> | undefined;
  const text = () => {
    if (looking !== undefined) return looking;
    if (last !== undefined && clock.monotonic() < last.until) return last.text;
    looking = fresh();
    void looking.then(
      () => last = { text: looking!, until: clock.monotonic() + minInterval },
      () => {},
    ).finally(() => looking = undefined);
    return looking;
  };
  const where = address.includes(":") ? `[${address}]` : address;
  const serving = await act.host.serve({ address, port, path: PATH, contentType: CONTENT_TYPE, text })
    .catch((error) => {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      throw new DeviceError("metrics", errno, `${where}:${port}`, `Cannot listen at ${where}:${port}`);
    });
  const stop = () => serving.close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await act.say(`metrics: http://${where}:${serving.port}${PATH}`);
    await serving.ended;
  } finally {
    signal.removeEventListener("abort", stop);
    serving.close();
  }
}
