/**
 * The text of `xenstore-ls -f` and `-fp` (tools/xs-clients/xenstore_client.c, do_ls): a line for each node, with its
 * path, ` = "`, the value quoted by sanitise_value, `"`, and with -p ` (` permissions `)`. Quotes in a value are not
 * escaped, so a value ends at the last quote of its line.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { decodeText, encodeText } from "../xenstore/wire.ts";

/** The most nodes. Each of 1,000 guests may have 1,000, xenstored's usual limit. */
const NODES_MAX = 1_000_000;

export interface StoreNode {
  /** Undefined: it could not be read. */
  readonly value?: string;
  /** By name, in the order of the text. */
  readonly children: Map<string, StoreNode>;
  /** Whether the text ends within what is below it. */
  readonly cut?: boolean;
}

interface OpenNode extends StoreNode {
  value?: string;
  cut?: boolean;
}

const node = (): OpenNode => ({ value: "", children: new Map<string, OpenNode>() });

/** What stands behind the last quote: nothing, or permissions. */
const PERMISSIONS = /^(?:[ .]*\([a-z0-9,]*\))?$/;

/**
 * Reads the nodes. Lines that are none, such as errors of xenstore-ls, are skipped.
 *
 * @param cut Whether the end of the text is missing.
 * @throws {UsageError} There are too many nodes.
 */
export function parseXenstoreLs(text: string, cut: boolean): StoreNode {
  const root = node();
  let last: readonly OpenNode[] = [root];
  let count = 0;
  for (const line of text.split("\n")) {
    const [path, value] = pathAndValue(line);
    if (path === undefined) continue;
    last = [root];
    let current: OpenNode = root;
    for (const name of path.slice(1).split("/")) {
      let below = current.children.get(name) as OpenNode | undefined;
      if (below === undefined) {
        if (++count > NODES_MAX) throw new UsageError(`Cannot read xenstore's nodes: there are more than ${NODES_MAX}`);
        current.children.set(name, below = node());
      }
      current = below;
      (last as OpenNode[]).push(below);
    }
    current.value = value;
  }
  if (cut) { for (const each of last) each.cut = true; }
  return root;
}

const NODE = /^(\/[A-Za-z0-9\-/_@:+.]{1,3072})(?: = "([^]*)|:)$/;

/** Undefined: the line is no node's. */
function pathAndValue(line: string): readonly [path?: string, value?: string] {
  const start = line.indexOf(" ");
  const [, path, rest] = NODE.exec(start < 0 || line[0] !== "/" ? line.slice(0, 3080) : line) ?? [];
  if (path === undefined || path.includes("//") || path.endsWith("/")) return [];
  if (rest === undefined) return [path];
  const end = rest.lastIndexOf('"');
  if (end < 0 || !PERMISSIONS.test(rest.slice(end + 1).slice(0, 5000))) return [];
  return [path, unquoted(rest.slice(0, end))];
}

const SHORT: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, "\\": 92 };

/** A value as its bytes are: undoes sanitise_value. */
export function unquoted(text: string): string {
  if (!text.includes("\\")) return text;
  const bytes: number[] = [];
  const plain = encodeText(text);
  for (let i = 0; i < plain.length; i++) {
    if (plain[i] !== 92) {
      bytes.push(plain[i]);
      continue;
    }
    const [escape, short, hex, octal] = /^(?:([tnr\\])|x([0-9a-f]{2})|([0-7]{3}))/.exec(
      String.fromCharCode(...plain.subarray(i + 1, i + 4)),
    ) ?? [];
    if (escape === undefined) {
      bytes.push(92); // no escape of sanitise_value: as it stands
      continue;
    }
    bytes.push(short !== undefined ? SHORT[short] : hex !== undefined ? parseInt(hex, 16) : parseInt(octal, 8) & 0xFF);
    i += escape.length;
  }
  return decodeText(Uint8Array.from(bytes));
}

/** A value as sanitise_value writes it. */
export function quotedValue(value: string): string {
  if (/^[ !-[\]-~]*$/.test(value)) return value;
  let text = "";
  for (const byte of encodeText(value)) {
    if (byte === 92) text += "\\\\";
    else if (byte >= 0x20 && byte <= 0x7E) text += String.fromCharCode(byte);
    else if (byte === 9) text += "\\t";
    else if (byte === 10) text += "\\n";
    else if (byte === 13) text += "\\r";
    else text += byte < 8 ? `\\${byte.toString(8).padStart(3, "0")}` : `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return text;
}
