/** The licence and the notices of what is in a package, in the form of Debian's copyright file. @module */

import { ROOT } from "./build.ts";
import { bundledPackages } from "./bundle.ts";

interface Part {
  readonly copyright: string;
  readonly licence: string;
  readonly comment?: string;
}

/** The npm packages in the bundle, by name. */
const BUNDLED: Readonly<Record<string, Part>> = {
  "@stricli/core": { copyright: "Bloomberg Finance L.P.", licence: "Apache-2.0" },
  "@viz-js/viz": {
    copyright: "Michael Daines",
    licence: "Expat",
    comment: "It holds Graphviz (Eclipse Public License, https://graphviz.org/license/) and the Expat parser\n" +
      " (the licence of that name, https://libexpat.github.io) in object code; their sources are there.",
  },
  "deno-std": { copyright: "2018-2026 the Deno authors", licence: "Expat" },
  "fast-string-truncated-width": { copyright: "2024-present Fabio Spampinato", licence: "Expat" },
  "fast-string-width": { copyright: "2024-present Fabio Spampinato", licence: "Expat" },
};

const DENO: Part = {
  copyright: "2018-2026 the Deno authors",
  licence: "Expat",
  comment: "The binary as the Deno authors publish it for npm. It holds V8 (BSD-3-Clause, 2006-2026 the V8 project\n" +
    " authors), SQLite (public domain) and Rust libraries, most of them under the Expat licence or Apache-2.0:\n" +
    " Cargo.lock of that version at https://github.com/denoland/deno names each. SQLite was\n" +
    " compiled into the binary, which is why it differs from the library of this system.",
};

const APACHE = "Apache-2.0";

/**
 * The text of the file.
 *
 * @param deno The version of Deno in the package; undefined: it is not in there.
 * @param debian Whether the Apache licence is read where Debian has it; else it is in the text.
 * @throws {Error} If the program uses an npm package that is not known here.
 */
export async function notices(deno: string | undefined, debian: boolean): Promise<string> {
  const [title, own, ...mit] = (await Deno.readTextFile(`${ROOT}/LICENSE`)).trim().split("\n\n");
  if (title !== "MIT License") throw new Error("Cannot write notices: LICENSE is another one");
  const bundled = (await bundledPackages()).map((name) => {
    const part = BUNDLED[name];
    if (part === undefined) throw new Error(`Cannot write notices: nothing is known of ${name}`);
    return stanza("usr/lib/evtchn/*.js", { ...part, comment: [`npm package ${name}`, part.comment].join(". ") });
  });
  const apache = debian
    ? [" On Debian systems its text is in /usr/share/common-licenses/Apache-2.0."]
    : indented(await Deno.readTextFile(new URL("licenses/Apache-2.0.txt", import.meta.url)));
  return [
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
    "Upstream-Name: evtchn",
    "",
    ...stanza("*", { copyright: own.replace("Copyright (c) ", ""), licence: "Expat" }),
    ...bundled.flat(),
    ...deno === undefined ? [] : stanza("usr/lib/evtchn/deno", { ...DENO, comment: `Deno ${deno}. ${DENO.comment}` }),
    "License: Expat",
    ...indented(mit.join("\n\n")),
    "",
    `License: ${APACHE}`,
    ...apache,
    "",
  ].join("\n");
}

function stanza(files: string, { copyright, licence, comment }: Part): string[] {
  return [
    `Files: ${files}`,
    `Copyright: ${copyright}`,
    `License: ${licence}`,
    ...comment === undefined ? [] : [`Comment: ${comment}`],
    "",
  ];
}

function indented(text: string): string[] {
  return text.trimEnd().split("\n").map((line) => line.trim() === "" ? " ." : ` ${line}`);
}
