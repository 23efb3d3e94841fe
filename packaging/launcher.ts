/** The sh programs that start a packaged evtchn, made from the first line of main.ts and from the table of verbs. @module */

import { COMMON_OPTIONS } from "../lib/cli/options.ts";
import { optionName } from "../lib/cli/usage.ts";
import type { Option, Table } from "../lib/cli/verb.ts";
import { ARCHITECTURES } from "./build.ts";
import { denoWords, MAIN } from "./bundle.ts";

/** Deno's binaries, below node_modules. */
const NPM_BINARIES = ARCHITECTURES.map(({ deno }) => `${deno.slice(0, deno.lastIndexOf("@"))}/deno`);

/** How a launcher finds `$lib`, the folder of the bundle, and `$deno`. */
export interface Place {
  /** Lines of sh that set both. */
  readonly find: readonly string[];
}

/** Installed at one place. Deno remembers there what it knows of evtchn's files, so that no home is written. */
export const SYSTEM: Place = {
  find: ["lib=/usr/lib/evtchn", "deno=$lib/deno", "export DENO_DIR=${DENO_DIR:-/var/cache/evtchn}"],
};

const BESIDE = [
  "self=$0",
  '[ ! -L "$self" ] || self=$(readlink -f -- "$self")',
  "case $self in",
  "/*) ;;",
  '*/*) self=$(CDPATH= cd -- "${self%/*}" && pwd)/${self##*/} ;;',
  "*) self=$PWD/$self ;;",
  "esac",
  "top=${self%/*/*}",
  "lib=$top/lib/evtchn",
];

/** In whatever folder it was unpacked. */
export const UNPACKED: Place = { find: [...BESIDE, "deno=$lib/deno"] };

/** Installed by npm, which puts Deno's binary into a package beside this one or inside it; else it is on the PATH. */
export const NPM: Place = {
  find: [
    ...BESIDE,
    "deno=deno",
    `for path in ${NPM_BINARIES.map((name) => `"$top/../${name}" "$top/node_modules/${name}"`).join(" ")}; do`,
    '\t[ ! -x "$path" ] || deno=$path',
    "done",
  ],
};

/** The text of the launcher. */
export async function launcher({ find }: Place, table: Table): Promise<string> {
  const words = await denoWords();
  return `#!/bin/sh
# Starts evtchn with a Deno that reads only what evtchn needs: everything, where the words may name a file.
${find.join("\n")}
read=
for word; do
	case $word in
	--) break ;;
	${(await namingFiles(table)).join(" | ")}) read=/, ;;
	esac
done
export DENO_NO_UPDATE_CHECK=1
exec "$deno" ${words.map(inShell).join(" ")} "$lib/${MAIN}" "$@"
`;
}

/** A word of the first line, for sh. */
function inShell(word: string): string {
  if (word.startsWith("-R=")) return `"${word.replace("-R=/,/opt/evtchn", "-R=$read$lib")}"`;
  const text = word.replace(/,\$\{HOME\}([^ ,]*)/, "${HOME:+,$HOME$1}");
  return /[^\w/.,=-]/.test(text) ? `"${text}"` : text;
}

/** Patterns of the words with which a command line may name a file. A pattern more costs nothing but a permission. */
async function namingFiles(table: Table): Promise<string[]> {
  const patterns = new Set<string>();
  const add = (options: Readonly<Record<string, Option<unknown>>>) => {
    for (const [key, { short, needs }] of Object.entries(options)) {
      if (needs !== "files") continue;
      patterns.add(optionName(key)).add(`${optionName(key)}=*`);
      if (short !== undefined) patterns.add(`-${short}*`).add(`-[!-]*${short}*`);
    }
  };
  add(COMMON_OPTIONS);
  for (const { name, load } of table.values()) {
    const { default: verb } = await load();
    if (verb.needs?.includes("files")) patterns.add(name.split(" ").at(-1)!);
    add(verb.options ?? {});
  }
  return [...patterns].sort();
}
