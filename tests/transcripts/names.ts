/**
 * Names for the numbers that differ from run to run, so that a session reads the same on every host.
 *
 * - Ports are `P1`, `P2` and so on in the order in which the session learns of them: from what a bind, a read or an
 *   event says. A number is replaced only if it has been learnt, and only where nothing but a port of this domain can
 *   stand: a line of its own that a bind or a read printed; `port N`, `"port":N`, `"ports":[N]`; the subject of an
 *   error about a port; a channel that is a number, or `0:N`, or `self:N`; `port=N`, which also is how a session lays
 *   out `watch --format`; arguments and results of traced calls. A port of another domain (`5:N`, `port N of domain
 *   5`) keeps its number.
 * - Descriptors that a command opens itself are `F1` and so on; one that the shell opened keeps its number.
 * - Times are `T`.
 *
 * @module
 */

/** Commands that print a port, or ports, on lines of their own. */
const PRINTS_PORTS = /\b(?:bind-virq|bind-interdomain|alloc-unbound|read)\b/;

const LONE_NUMBER = /^\d+$/gm;

/** Where the kernel has told of a port. Each matches the number alone. */
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

/** In what a variable captured: a port, or a channel to one. */
const CAPTURED_PORT = /(?<=^(?:0:)?)\d+$/gm;

/** Where a number is a port of this domain, if it is one that has been learnt. Each matches the number alone. */
const PORT_CONTEXTS: readonly RegExp[] = [
  /(?<=\bport )\d+\b(?! of domain (?!0\b|self\b))/g,
  /(?<="port":)\d+/g,
  /(?<="channel":"|\bchannel=)\d+(?="| )/g,
  /(?<="ports":\[[\d,]*)\d+/g,
  /(?<="op":"(?:notify|unbind|watch|expect)","error":"\w+","subject":")\d+(?=")/g,
  /(?<=\b(?:0|self):)\d+\b/g,
  /(?<=\bport=)\d+/g,
  /(?<=\bremote_domain=0, remote_port=)\d+/g,
  /(?<=^(?:read|write)\(\d+, \[[\d, ]*)\d+/gm,
  /(?<=^ioctl\(\d+, IOCTL_EVTCHN_BIND_.*\) = )\d+$/gm,
];

const OPENED = /(?<=^(?:open|dup)\(.*\) = )\d+$/gm;

/** Where a number is a descriptor. The first two match nothing but what {@linkcode OPENED} or a call names. */
const DESCRIPTOR_CONTEXTS: readonly RegExp[] = [
  OPENED,
  /(?<=^(?:close|dup|fcntl|ioctl|read|write)\()\d+\b/gm,
  /(?<=\bfd=)\d+/g,
];

/** RFC 3339 with microseconds, and seconds since 1970 with as many. */
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)|\b\d{10}\.\d{6}\b/g;

/** What one session has named so far. */
export class Names {
  readonly #ports = new Map<string, string>();

  /**
   * Learns from what one command printed and captured, and names the numbers in what it printed.
   *
   * @param command The command.
   * @param output What it printed.
   * @param captured What it put into a variable.
   * @returns The output with names.
   */
  apply(command: string, output: string, captured = ""): string {
    const alone = PRINTS_PORTS.test(command) ? [LONE_NUMBER] : [];
    learn(this.#ports, "P", output, [...alone, ...TELLS_OF_PORT]);
    learn(this.#ports, "P", captured, [CAPTURED_PORT]);
    const descriptors = new Map<string, string>(); // each command is a process of its own
    learn(descriptors, "F", output, [OPENED]);
    let text = output.replace(TIME, "T");
    // Ports first: the contexts of a traced call begin with its descriptor, as a number.
    for (const context of [...alone, ...PORT_CONTEXTS]) text = rename(this.#ports, text, context);
    for (const context of DESCRIPTOR_CONTEXTS) text = rename(descriptors, text, context);
    return text;
  }
}

/** Names the numbers that any of `sources` finds in `text`, in the order in which they stand there. */
function learn(names: Map<string, string>, prefix: string, text: string, sources: readonly RegExp[]): void {
  const found = sources.flatMap((source) => [...text.matchAll(source)]).sort((a, b) => a.index - b.index);
  for (const [number] of found) {
    if (!names.has(number)) names.set(number, `${prefix}${names.size + 1}`);
  }
}

function rename(names: ReadonlyMap<string, string>, text: string, context: RegExp): string {
  return text.replace(context, (number) => names.get(number) ?? number);
}
