/** A host whose terminal shows no more than ASCII. @module */

import type { Host, Output } from "../host/host.ts";
import { asciiJson, asciiText } from "../render/ascii.ts";
import { withOutputs } from "./derived_host.ts";
import type { CommonFlags } from "./options.ts";

/** What says how characters are written, the strongest first, as in setlocale(3). */
const VARIABLES = ["LC_ALL", "LC_CTYPE", "LANG"];

/**
 * Whether output has to be ASCII: by `--ascii`, or because the locale's characters are not UTF-8. Where no variable
 * names a locale they are taken for UTF-8.
 */
export function isAscii({ ascii = false }: CommonFlags, host: Pick<Host, "env">): boolean {
  if (ascii) return true;
  const locale = VARIABLES.map((name) => host.env(name)).find((value) => value !== undefined && value !== "");
  return locale !== undefined && !/utf-?8/i.test(locale);
}

/**
 * The host with everything that is printed in ASCII.
 *
 * @param json Whether records are printed, which stay the same JSON.
 */
export function asciiHost(host: Host, json: boolean): Host {
  const write = json ? asciiJson : asciiText;
  const outputs = { stdout: asciiOutput(host.stdout, write), stderr: asciiOutput(host.stderr, write) };
  return {
    ...withOutputs(host, outputs),
    async openPrompt(options) {
      const prompt = await host.openPrompt(options);
      return {
        terminal: prompt.terminal,
        read: () => prompt.read(),
        above: (text) => prompt.above(write(text)),
        close: () => prompt.close(),
      };
    },
    async openTerminal(listener) {
      const terminal = await host.openTerminal(listener);
      return {
        size: () => terminal.size(),
        show: (lines) => terminal.show(lines.map(asciiText)),
        close: () => terminal.close(),
      };
    },
  };
}

function asciiOutput(output: Output, ascii: (text: string) => string): Output {
  return {
    ascii: true,
    get terminal() {
      return output.terminal;
    },
    get columns() {
      return output.columns;
    },
    writeSync: (text) => output.writeSync(ascii(text)),
    write: (text) => output.write(ascii(text)),
  };
}
