/**
 * Names for the numbers that differ from run to run, so that a session is the same text on every host.
 *
 * - Ports are `P1`, `P2` and so on, in the order in which binds, reads and events print them. A number is replaced only
 *   if it is a known port, and only where it must mean a port of this domain (see {@linkcode PORT_CONTEXTS}). A port of
 *   another domain (`5:N`, `port N of domain 5`) keeps its number.
 * - Descriptors that a command opens itself are `F1` and so on; one that the shell opened keeps its number.
 * - Times are `T`.
 *
 * @module
 */

/** Commands that print each port on its own line. */
const PRINTS_PORTS = /\b(?:bind-virq|bind-interdomain|alloc-unbound|read)\b/;

const LONE_NUMBER = /^\d+$/gm;

/** Output that makes a port known. Each matches only the number. */
const TELLS_OF_PORT: readonly RegExp[] = [
  /(?<="op":"(?:bind-virq|bind-interdomain|alloc-unbound|unbind|notify)","port":)\d+/g,
  /(?<="op":"read","ports":\[[\d,]*)\d+/g,
  /(?<="event":"pending","time":"[^"]*","port":)\d+/g,
  /(?<=^(?:\S+ {2})?port )\d+(?= {2})/gm,
  /(?<=^port=)\d+/gm,
  /(?<=(?:holding|watching) port )\d+/g,
  /(?<=^evtchn: watching .*port )\d+/gm,
  /(?<=^evtchn: watch: port )\d+(?= fired too)/gm,
  /(?<=^ioctl\(\d+, IOCTL_EVTCHN_BIND_.*\) = )\d+$/gm,
];

/** A port, or a channel to one, in a captured variable. */
const CAPTURED_PORT = /(?<=^(?:0:)?)\d+$/gm;

/** Output in which a known number is a port of this domain. Each matches only the number. */
const PORT_CONTEXTS: readonly RegExp[] = [
  /(?<=\bport )\d+\b(?! of domain (?!0\b|self\b))/g,
  /(?<="port":)\d+/g,
  /(?<="channel":"|\bchannel=)\d+(?="| )/g,
  /(?<="ports":\[[\d,]*)\d+/g,
  /(?<="op":"(?:notify|unbind|watch|expect)","error":"\w+","subject":")\d+(?=")/g,
  /(?<=\b(?:0|self):)\d+\b/g,
  /^\d+(?=: (?:ok|E[A-Z]+): )/gm,
  /(?<=\bport=)\d+/g,
  /(?<="remote_domain":0,"remote_port":)\d+/g,
  /(?<=\bremote_domain=0, remote_port=)\d+/g,
  /(?<=^(?:read|write)\(\d+, \[[\d, ]*)\d+/gm,
  /(?<=^ioctl\(\d+, IOCTL_EVTCHN_BIND_.*\) = )\d+$/gm,
];

const OPENED = /(?<=^(?:open|dup)\(.*\) = )\d+$/gm;

/** Output in which a number is a descriptor. */
const DESCRIPTOR_CONTEXTS: readonly RegExp[] = [
  OPENED,
  /(?<=^(?:close|dup|fcntl|ioctl|read|write)\()\d+\b/gm,
  /(?<=\bfd=)\d+/g,
];

/** RFC 3339 or seconds since 1970, both with microseconds. */
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)|\b\d{10}\.\d{6}\b/g;

/** The names of one session. */
export class Names {
  readonly #ports = new Map<string, string>();

  /** Learns the ports in a command's output and captured text, and returns the output with names. */
  apply(command: string, output: string, captured = ""): string {
    const alone = PRINTS_PORTS.test(command) ? [LONE_NUMBER] : [];
    learn(this.#ports, "P", output, [...alone, ...TELLS_OF_PORT]);
    learn(this.#ports, "P", captured, [CAPTURED_PORT]);
    const descriptors = new Map<string, string>(); // each command is a new process
    learn(descriptors, "F", output, [OPENED]);
    let text = output.replace(TIME, "T");
    // Ports first: the patterns for traced calls expect the descriptor as a number.
    for (const context of [...alone, ...PORT_CONTEXTS]) text = rename(this.#ports, text, context);
    for (const context of DESCRIPTOR_CONTEXTS) text = rename(descriptors, text, context);
    return text;
  }
}

/** Adds a name for each new number that `sources` find in `text`, in the order of the text. */
function learn(names: Map<string, string>, prefix: string, text: string, sources: readonly RegExp[]): void {
  const found = sources.flatMap((source) => [...text.matchAll(source)]).sort((a, b) => a.index - b.index);
  for (const [number] of found) {
    if (!names.has(number)) names.set(number, `${prefix}${names.size + 1}`);
  }
}

function rename(names: ReadonlyMap<string, string>, text: string, context: RegExp): string {
  return text.replace(context, (number) => names.get(number) ?? number);
}
