/**
 * How long each packaged form takes to start, beside an empty Deno program: medians of interleaved runs. It builds the
 * packages, and unpacks or installs them below a temporary folder.
 *
 * @module
 */

import { packageOf, packages, sh } from "../package/host.ts";

const RUNS = 20;

/** What is run, and how often as long as the empty program it may take. */
const COMMANDS: readonly (readonly [words: string, aim: number])[] = [
  ["--version", 1.3],
  ["--simulator bind-virq dom_exc --hold 0s", 1.7],
  ["run --simulator -e virqs", 2.5],
];

/** The npm package's launcher has to find Deno first. */
const AIM_OF_NPM = 1.5;

const folder = await Deno.makeTempDir();
try {
  await packages();
  await sh(`mkdir deb tar npm && dpkg-deb -x '${await packageOf(/amd64\.deb$/)}' deb`, { cwd: folder });
  await sh(`tar -C tar --strip-components=1 -xf '${await packageOf(/amd64\.tar\.xz$/)}'`, { cwd: folder });
  await sh(`npm install --silent --no-fund --no-audit -g --prefix npm '${await packageOf(/\.tgz$/)}'`, { cwd: folder });
  // The .deb runs where it was unpacked, with a cache of its own.
  await sh('sed -i "s:=/usr/lib:=$PWD/deb/usr/lib:; s:-/var/cache:-$PWD/deb/var/cache:" deb/usr/bin/evtchn', {
    cwd: folder,
  });
  const forms = [["deb", "deb/usr/bin/evtchn"], ["archive", "tar/bin/evtchn"], ["npm", "npm/bin/evtchn"]];
  const cases = forms.flatMap(([form, path]) =>
    COMMANDS.map(([words, aim]) => ({
      name: `${form}: evtchn ${words}`,
      aim: form === "npm" && words === "--version" ? AIM_OF_NPM : aim,
      command: [`${folder}/${path}`, ...words.split(" ")],
    }))
  );
  await Deno.writeTextFile(`${folder}/empty.ts`, "");
  await bench([Deno.execPath(), "run", `${folder}/empty.ts`], cases);
} finally {
  await Deno.remove(folder, { recursive: true });
}

interface Case {
  readonly name: string;
  readonly aim: number;
  readonly command: readonly string[];
}

async function bench(empty: readonly string[], cases: readonly Case[]): Promise<void> {
  const commands = [empty, ...cases.map(({ command }) => command)];
  const times = commands.map(() => [] as number[]);
  for (let run = -2; run < RUNS; run++) {
    for (const [i, command] of commands.entries()) {
      const milliseconds = await time(command);
      if (run >= 0) times[i].push(milliseconds); // the first runs fill the caches
    }
  }
  const [base, ...medians] = times.map((each) => each.sort((a, b) => a - b)[RUNS / 2]);
  print(`Start, median of ${RUNS} interleaved runs; an empty Deno program: ${base.toFixed(1)} ms`);
  for (const [i, { name, aim }] of cases.entries()) {
    const ratio = (medians[i] / base).toFixed(2);
    print(`  ${name.padEnd(56)}${medians[i].toFixed(1).padStart(7)} ms  ${ratio}x (aim: at most ${aim}x)`);
  }
}

async function time([program, ...args]: readonly string[]): Promise<number> {
  const start = performance.now();
  const { success } = await new Deno.Command(program, { args, stdout: "null", stderr: "inherit" }).output();
  if (!success) throw new Error(`Cannot run ${program} ${args.join(" ")}`);
  return performance.now() - start;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}
